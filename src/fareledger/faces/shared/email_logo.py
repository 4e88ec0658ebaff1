"""The operator's logo in a letter: it travels with the letter, so that nobody is asked for it and nothing is told.

Mail programs show neither SVG nor, some of them, WebP, and many block pictures in the address itself: so the logo is
drawn as PNG and goes along as a part of the message that the letter names (RFC 2392). In a browser, where there is no
message, the same picture stands in the address. Where pictures are switched off the name is read in its place.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fareledger.faces.shared.pdf.typesetting import picture_png
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.letterhead import letterhead, picture_of
from fareledger.usecases.send_email import Picture

_NAMED: Final = re.compile(r"cid:logo-([0-9a-f]{16})@fareledger")
# Where the sides stand in a PNG, and how many of its pixels are one of the letter's.
_SIDES: Final = slice(16, 24)
_SHARPER: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLogo:
    """A logo as a template takes it: the address of its part, its sides in the letter's pixels."""

    address: str
    width: int
    height: int


def logos_of(operator: Operator) -> tuple[dict[str, LetterLogo | None], tuple[Picture, ...]]:
    """Return the logos by the ground they stand on, and the pictures that go along with a letter that shows them."""
    head = letterhead(operator)
    drawn = {
        "light": (head.mark, picture_png(head.logo)),
        "dark": (head.dark_mark, picture_png(head.logo_dark)),
    }
    if not drawn["light"][1]:
        return {"light": None, "dark": None}, ()
    logos = {ground: _logo(png, mark=mark) for ground, (mark, png) in drawn.items()}
    pictures = tuple(Picture(name=_name(mark), content=png) for mark, png in drawn.values() if png)
    return logos, pictures


def by_itself(html: str, *, pictures: Iterable[Picture]) -> str:
    """Return a letter's HTML with its pictures in it, for a browser."""
    for picture in pictures:
        html = html.replace(f"cid:{picture.name}", _inline(picture.content))
    return html


def kept_by_itself(html: str, *, operator: Operator) -> str:
    """Return the HTML that was kept of a letter with the logo it was sent with."""
    return _NAMED.sub(
        lambda named: _inline(picture_png(picture_of(operator, mark=named[1]))) or named[0], html
    )


def _logo(png: bytes, *, mark: str) -> LetterLogo | None:
    if not png:
        return None
    sides = png[_SIDES]
    width, height = int.from_bytes(sides[:4], "big"), int.from_bytes(sides[4:], "big")
    return LetterLogo(address=f"cid:{_name(mark)}", width=width // _SHARPER, height=height // _SHARPER)


def _name(mark: str) -> str:
    return f"logo-{mark}@fareledger"


def _inline(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode()}" if png else ""
