"""An operator's colours, all derived from the one they chose.

Whatever that colour is, text on it, links, edges and tints stay readable in light and dark mode. The values
are derived once, stored, and served to pages, emails, documents and the provider's frame. The focus ring and
the status colours never depend on a brand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from fareledger.domain.colour import contrast, from_oklch, mix, parse, to_oklch

LIGHT_SURFACES: Final = ("#ffffff", "#f5f6f8")
DARK_SURFACES: Final = ("#14171c", "#1f242b")

# A little above the 4.5 and 3 that WCAG 2.2 asks for, so that rounding in a browser cannot fall below.
_LINK_CONTRAST: Final = 4.6
_EDGE_CONTRAST: Final = 3.05
_EDGE_NEEDED_BELOW: Final = 3.0
_TEXT_CONTRAST: Final = 4.5
_LIGHTNESS_STEP: Final = 0.001
_HOVER_DARKER: Final = -0.06
_HOVER_LIGHTER: Final = 0.08
# Near black, equal steps of lightness are hardly seen: a hover starts here.
_DARKEST_HOVER: Final = 0.25
# Below this lightness a darker hover would hardly be seen.
_DARK_BRAND: Final = 0.3
_TINT_LIGHT: Final = 0.08
_TINT_DARK: Final = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The colours of one operator, as #rrggbb; emails and documents take the light ones."""

    primary: str
    on: str
    hover: str
    link_light: str
    link_dark: str
    edge_light: str
    edge_dark: str
    tint_light: str
    tint_dark: str

    def tokens(self) -> dict[str, str]:
        """Give the values of the CSS custom properties of a brand."""
        return {
            "--brand": self.primary,
            "--brand-on": self.on,
            "--brand-hover": self.hover,
            "--brand-link": f"light-dark({self.link_light}, {self.link_dark})",
            "--brand-edge": f"light-dark({self.edge_light}, {self.edge_dark})",
            "--brand-tint": f"light-dark({self.tint_light}, {self.tint_dark})",
        }


def derive(primary: str) -> Brand:
    """Derive every brand colour from the primary one. Raises InvalidColour."""
    brand = parse(primary)
    on = max(("#ffffff", "#000000"), key=lambda ink: contrast(brand, other=ink))
    return Brand(
        primary=brand,
        on=on,
        hover=_hover(brand, on=on),
        link_light=_readable(brand, surfaces=LIGHT_SURFACES, target=_LINK_CONTRAST, darker=True),
        link_dark=_readable(brand, surfaces=DARK_SURFACES, target=_LINK_CONTRAST, darker=False),
        edge_light=_edge(brand, surfaces=LIGHT_SURFACES, darker=True),
        edge_dark=_edge(brand, surfaces=DARK_SURFACES, darker=False),
        tint_light=mix(brand, into=LIGHT_SURFACES[0], share=_TINT_LIGHT),
        tint_dark=mix(brand, into=DARK_SURFACES[0], share=_TINT_DARK),
    )


def _edge(brand: str, *, surfaces: Sequence[str], darker: bool) -> str:
    if _worst(brand, surfaces=surfaces) >= _EDGE_NEEDED_BELOW:
        return brand
    return _readable(brand, surfaces=surfaces, target=_EDGE_CONTRAST, darker=darker)


def _readable(brand: str, *, surfaces: Sequence[str], target: float, darker: bool) -> str:
    """Change the lightness by as little as gives the contrast on the worst surface; the hue is kept."""
    start = to_oklch(brand)
    direction = -1 if darker else 1
    found, steps = brand, 0
    # Ends at black or white at the latest, which every surface of its mode contrasts with.
    while _worst(found, surfaces=surfaces) < target:
        steps += 1
        lightness = start.lightness + direction * steps * _LIGHTNESS_STEP
        found = from_oklch(replace(start, lightness=min(1.0, max(0.0, lightness))))
    return found


def _hover(brand: str, *, on: str) -> str:
    """Darken a little, or lighten where that would not be seen or would make the text on it hard to read."""
    start = to_oklch(brand)
    darker = from_oklch(replace(start, lightness=max(0.0, start.lightness + _HOVER_DARKER)))
    if start.lightness >= _DARK_BRAND and contrast(darker, other=on) >= _TEXT_CONTRAST:
        return darker
    lighter = max(_DARKEST_HOVER, start.lightness + _HOVER_LIGHTER)
    return from_oklch(replace(start, lightness=min(1.0, lighter)))


def _worst(colour: str, *, surfaces: Sequence[str]) -> float:
    return min(contrast(colour, other=surface) for surface in surfaces)
