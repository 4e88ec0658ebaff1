"""Logos: pictures come through, what could do anything is refused, and nothing else of a file is kept."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.logo import MAX_BYTES, InvalidLogo, clean_logo, logo_type

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9"'


def svg(inside: str, *, more: str = "") -> bytes:
    return f"{HEAD}{more}>{inside}</svg>".encode()


def chunk(kind: bytes, body: bytes, /) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 8, height: int = 4, /) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def webp(width: int, height: int, /) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + sides
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_drawing_comes_through() -> None:
    drawn = clean_logo(
        svg('<defs><linearGradient id="a"><stop offset="1" stop-color="#fff"/></linearGradient></defs>'
            '<path d="M0 0 9 9" fill="url(#a)" transform="rotate(3)"/><use xlink:href="#a"/><text>A &amp; B</text>')
    ).decode()  # fmt: skip
    assert '<path d="M0 0 9 9" fill="url(#a)" transform="rotate(3)">' in drawn
    assert '<use href="#a">' in drawn
    assert "<text>A &amp; B</text>" in drawn
    assert clean_logo(drawn.encode()).decode() == drawn


def test_what_a_drawing_program_adds_is_left_out() -> None:
    drawn = clean_logo(
        b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-16'?><!-- a program -->"
        + svg(
            '<metadata><any xmlns="x:y">who</any></metadata><g style="fill:#0a5c66;-inkscape-font:x" data-x="1"/>'
        )
    ).decode()
    assert "who" not in drawn
    assert "program" not in drawn
    assert '<g fill="#0a5c66">' in drawn


@pytest.mark.parametrize(
    "evil",
    [
        svg("<script>alert(1)</script>"),
        svg("<g><SCRIPT/></g>"),
        svg('<script xmlns="http://www.w3.org/2000/svg" href="data:,x"/>'),
        svg("<foreignObject><b/></foreignObject>"),
        svg("<style>@import url(https://evil.example)</style>"),
        svg('<image href="https://evil.example/x.png"/>'),
        svg('<a href="javascript:alert(1)"><path/></a>'),
        svg('<use href="https://evil.example/x.svg#a"/>'),
        svg('<use xlink:href="data:image/svg+xml,x"/>'),
        svg('<path fill="url(https://evil.example/#a)"/>'),
        svg("<path style=\"fill:url( 'https://evil.example')\"/>"),
        svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
        svg('<set attributeName="onload" to="x"/>'),
        svg("", more=' onload="alert(1)"'),
        svg('<path onclick="alert(1)"/>'),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
        b'<!doctype svg SYSTEM "file:///etc/passwd">' + svg(""),
        b"<!DOCTYPE svg>" + svg(""),
        svg("<g>" * 60 + "</g>" * 60),
        svg("<g/>" * 3000),
        b"<html><body/></html>",
        b'<svg viewBox="0 0 1 1"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        svg("<g>"),
        svg("&unknown;"),
        svg("").decode().encode("utf-16"),
        b"",
        b"GIF89a",
        b"\xff\xd8\xff\xe0 a photograph",
    ],
)
def test_what_is_no_picture_is_refused(evil: bytes) -> None:
    with pytest.raises(InvalidLogo):
        clean_logo(evil)


@given(st.text(max_size=200))
def test_whatever_is_written_inside_no_script_and_no_address_comes_out(text: str) -> None:
    try:
        drawn = clean_logo(svg(text)).decode().lower()
    except InvalidLogo:
        return
    assert "<script" not in drawn
    assert " on" not in drawn.partition(">")[0]


def test_a_png_and_a_webp_come_through_as_they_are() -> None:
    for content in (png(), webp(300, 80)):
        assert clean_logo(content) == content
    assert logo_type(png()) == "image/png"
    assert logo_type(webp(3, 3)) == "image/webp"


@pytest.mark.parametrize(
    "broken",
    [
        png()[:-6],
        png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        png(0, 4),
        png(90_000, 4),
        webp(16_000, 4),
        webp(3, 3)[:-1],
        webp(3, 3).replace(b"VP8X", b"VP8?"),
        png() + b"0" * MAX_BYTES,
    ],
)
def test_a_damaged_or_huge_raster_is_refused(broken: bytes) -> None:
    with pytest.raises(InvalidLogo):
        clean_logo(broken)


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_refused(content: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x00\x00\x00WEBP", b"<svg"):
        with pytest.raises(InvalidLogo):
            clean_logo(start + content)
