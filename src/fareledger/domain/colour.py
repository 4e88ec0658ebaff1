"""Colour arithmetic: sRGB, OKLCH and contrast.

Only what brand tokens need. OKLCH is Björn Ottosson's (https://bottosson.github.io/posts/oklab/); contrast is
the ratio of WCAG 2.2. Floats are welcome here, since no colour is money.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from fareledger.domain.errors import Refused

Triple = tuple[float, float, float]

_HEX: Final = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
# How far out of sRGB still rounds to a colour inside it.
_GAMUT_SLACK: Final = 1e-4
_BISECTIONS: Final = 30


class InvalidColour(Refused):
    """A text that is no colour of the form #rgb or #rrggbb."""

    def __init__(self, text: object) -> None:
        message = f"{str(text)[:20]!r} is not a colour of the form #0a5c66."
        super().__init__(code="invalid_colour", message=message)


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour by lightness (0 to 1), chroma and hue (radians): equal steps look equal."""

    lightness: float
    chroma: float
    hue: float


def parse(text: object) -> str:
    """Read a colour and write it as #rrggbb in lower case. Raises InvalidColour."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise InvalidColour(text)
    digits = text[1:].lower()
    return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))


def contrast(one: str, *, other: str) -> float:
    """Compute the contrast ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mix(colour: str, *, into: str, share: float) -> str:
    """Lay a colour over another at this opacity (0 to 1), as a browser blends it."""
    over, under = _channels(colour), _channels(into)
    return _hex(tuple(o * share + u * (1 - share) for o, u in zip(over, under, strict=True)))


def to_oklch(colour: str) -> Oklch:
    """Convert #rrggbb to OKLCH."""
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return Oklch(lightness, math.hypot(a, b), math.atan2(b, a))


def from_oklch(colour: Oklch) -> str:
    """Convert OKLCH to #rrggbb; a chroma that sRGB cannot show is lowered, hue and lightness stay."""
    shown = colour
    if not _in_gamut(_to_linear(colour)):
        low, high = 0.0, colour.chroma
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            shown = Oklch(colour.lightness, middle, colour.hue)
            low, high = (middle, high) if _in_gamut(_to_linear(shown)) else (low, middle)
        shown = Oklch(colour.lightness, low, colour.hue)
    return _hex(tuple(_gamma(channel) for channel in _to_linear(shown)))


def _to_linear(colour: Oklch) -> Triple:
    a, b = colour.chroma * math.cos(colour.hue), colour.chroma * math.sin(colour.hue)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _in_gamut(linear: Triple) -> bool:
    return all(-_GAMUT_SLACK <= channel <= 1 + _GAMUT_SLACK for channel in linear)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> Triple:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, channel))):02x}" for channel in channels)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    clipped = min(1.0, max(0.0, channel))
    return clipped * 12.92 if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
