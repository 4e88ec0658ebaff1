"""What may be an operator's logo: a PNG, a WebP or an SVG, small, and nothing but a picture.

Of a raster file the frame is checked, not every pixel: browsers decode it, in a sandbox of their own. An SVG is read
by an allow-list and written anew, so that nothing of the file that was handed in is served as it came.
"""

from __future__ import annotations

import re
import struct
import zlib
from html import escape
from typing import Final
from xml.etree import ElementTree

from fareledger.domain.errors import Refused

MAX_BYTES: Final = 200 * 1024
MAX_SIDE: Final = 4000
_MAX_ELEMENTS: Final = 2000
_MAX_DEPTH: Final = 40

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_ELEMENTS: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "svg g defs symbol use path rect circle ellipse line polyline polygon text tspan linearGradient radialGradient "
        "stop clipPath mask title desc",
    )
)
# Words about the picture, and not part of it.
_LEFT_OUT: Final = frozenset(("metadata",))
_ATTRIBUTES: Final = frozenset(
    re.findall(
        r"[\w-]+",
        "id class viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform "
        "fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit "
        "stroke-dasharray stroke-dashoffset stroke-opacity opacity clip-path clip-rule mask gradientUnits "
        "gradientTransform spreadMethod offset stop-color stop-opacity clipPathUnits maskUnits maskContentUnits "
        "font-family font-size font-weight font-style text-anchor letter-spacing dx dy display visibility color "
        "version",
    )
)
# No colon, so no address of any kind; url( only towards the picture itself.
_VALUE: Final = re.compile(r"[\w\s#.,()%+*'\"/-]*")
_OUTWARDS: Final = re.compile(r"url\(\s*['\"]?(?!#)", re.IGNORECASE)
_DECLARED: Final = re.compile(r"<!(?!--|\[CDATA\[)")
_LENGTH: Final = re.compile(r"\s*(\d+(\.\d+)?)(px)?\s*")


class InvalidLogo(Refused):
    """A file that cannot be a logo; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(code="invalid_logo", message=message, field="/logo")


def clean_logo(content: bytes) -> bytes:
    """Check a logo and return what is served of it: a raster as it came, an SVG written anew. Raises InvalidLogo."""
    if len(content) > MAX_BYTES:
        raise InvalidLogo(f"The file has more than {MAX_BYTES // 1024} KB.")
    kind = logo_type(content)
    if kind == "image/png":
        _check_sides(*_png_sides(content))
        return content
    if kind == "image/webp":
        _check_sides(*_webp_sides(content))
        return content
    return _clean_svg(content)


def logo_type(content: bytes) -> str:
    """Return the media type by what the file begins with, whatever its name says."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "image/svg+xml"


def _check_sides(width: int, height: int, /) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise InvalidLogo(f"The picture must be between 1 and {MAX_SIDE} pixels wide and high.")


def _png_sides(content: bytes) -> tuple[int, int]:
    """Walk over the chunks, each with its checksum, to the last; return width and height."""
    at, sides, last = 8, (0, 0), b""
    while last != b"IEND":
        head = content[at : at + 8]
        if len(head) < 8:
            raise InvalidLogo("The PNG file is not complete.")
        size, last = struct.unpack(">I4s", head)
        body, checksum = content[at + 8 : at + 8 + size], content[at + 8 + size : at + 12 + size]
        if len(checksum) < 4 or zlib.crc32(last + body) != int.from_bytes(checksum, "big"):
            raise InvalidLogo("The PNG file is damaged.")
        if at == 8:
            if last != b"IHDR" or size != 13:
                raise InvalidLogo("The PNG file is damaged.")
            sides = struct.unpack(">II", body[:8])
        at += 12 + size
    return sides


def _webp_sides(content: bytes) -> tuple[int, int]:
    if int.from_bytes(content[4:8], "little") + 8 != len(content) or len(content) < 30:
        raise InvalidLogo("The WebP file is not complete.")
    kind, body = content[12:16], content[20:]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise InvalidLogo("The WebP file is damaged.")


def _clean_svg(content: bytes) -> bytes:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidLogo("The file is no PNG, WebP or SVG picture.") from None
    if _DECLARED.search(text) or "\0" in text:
        raise InvalidLogo("The SVG file declares a document type or entities. Save it without them.")
    writer = _Writer()
    parser = ElementTree.XMLParser(target=writer)  # noqa: S314 -- without declarations there are no entities
    try:
        # As text, so that a declared encoding cannot give the bytes another meaning.
        parser.feed(text)
        cleaned = str(parser.close())
    except ElementTree.ParseError:
        raise InvalidLogo("The file is no PNG, WebP or SVG picture.") from None
    if len(cleaned.encode()) > MAX_BYTES:
        raise InvalidLogo(f"The file has more than {MAX_BYTES // 1024} KB.")
    return cleaned.encode()


class _Writer:
    """Takes an SVG element by element and writes what is allowed of it; refuses what could do anything."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._elements = 0
        self._depth = 0
        self._skipped_from = 0

    def start(self, tag: str, attributes: dict[str, str], /) -> None:
        """Begin an element."""
        self._elements += 1
        self._depth += 1
        if self._elements > _MAX_ELEMENTS or self._depth > _MAX_DEPTH:
            raise InvalidLogo("The SVG file has too many parts. Simplify it, or use a PNG.")
        space, _, name = tag.rpartition("}")
        ours = space.removeprefix("{") == _SVG
        if self._elements == 1 and not (ours and name == "svg"):
            raise InvalidLogo("The file is no PNG, WebP or SVG picture.")
        if self._skipped_from:
            return
        if not ours or name in _LEFT_OUT:
            self._skipped_from = self._depth
            return
        if name not in _ELEMENTS:
            raise InvalidLogo(f"The SVG file has <{name[:20]}> in it, which a logo may not have.")
        opening = f' xmlns="{_SVG}"' if self._depth == 1 else ""
        if self._depth == 1:
            _check_size(attributes)
        kept = _attributes(attributes)
        self._written.append(
            f"<{name}{opening}" + "".join(f' {n}="{escape(v)}"' for n, v in kept.items()) + ">"
        )

    def data(self, text: str) -> None:
        """Take text."""
        if not self._skipped_from:
            self._written.append(escape(text))

    def end(self, tag: str) -> None:
        """End an element."""
        if not self._skipped_from:
            self._written.append(f"</{tag.rpartition('}')[2]}>")
        if self._skipped_from == self._depth:
            self._skipped_from = 0
        self._depth -= 1

    def close(self) -> str:
        """Return the picture."""
        return "".join(self._written)


def _attributes(given: dict[str, str]) -> dict[str, str]:
    """Return the attributes that only draw; a style becomes the attributes that mean the same."""
    kept: dict[str, str] = {}
    for name, value in {**given, **_declarations(given.get("style", ""))}.items():
        if name.lower().startswith("on"):
            raise InvalidLogo("The SVG file has a script in it, which a logo may not have.")
        if name in ("href", _XLINK):
            if not re.fullmatch(r"#[\w.-]+", value):
                raise InvalidLogo("The SVG file points to something outside itself, which a logo may not.")
            kept["href"] = value
        elif name in _ATTRIBUTES:
            if _OUTWARDS.search(value):
                raise InvalidLogo("The SVG file points to something outside itself, which a logo may not.")
            if _VALUE.fullmatch(value):
                kept[name] = value
    return kept


def _declarations(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() in _ATTRIBUTES}


def _check_size(attributes: dict[str, str]) -> None:
    sides = [_LENGTH.fullmatch(attributes.get(side, "")) for side in ("width", "height")]
    if "viewBox" not in attributes and not all(sides):
        raise InvalidLogo("The SVG file says neither a viewBox nor its width and height.")
