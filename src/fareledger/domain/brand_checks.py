"""What a brand colour is checked for: where it is used, what contrast that needs, and what it has.

The derived colours hold by construction; this says so in figures, and which of them had to be moved for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fareledger.domain.brand import DARK_SURFACES, LIGHT_SURFACES, Brand
from fareledger.domain.colour import contrast

TEXT_NEEDS = 4.5
EDGE_NEEDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One use of the brand: the colour that is shown, what it lies on, the contrast it needs and has.

    `chosen` is what the operator's own colour would have had there; `moved` says that another is shown for it.
    """

    use: str
    shown: str
    on: str
    needs: float
    has: float
    chosen: float
    moved: bool

    @property
    def passes(self) -> bool:
        """Whether the colour that is shown has what it needs."""
        return self.has >= self.needs


def checks(brand: Brand) -> tuple[Check, ...]:
    """Give every pair of colours that people must be able to tell apart, in both modes, at its worst surface."""
    light, dark = LIGHT_SURFACES, DARK_SURFACES
    return (
        _on_brand("button", brand.primary, brand=brand),
        _on_brand("button_hover", brand.hover, brand=brand),
        _on_surfaces("link_light", brand.link_light, brand=brand, surfaces=light, needs=TEXT_NEEDS),
        _on_surfaces("edge_light", brand.edge_light, brand=brand, surfaces=light, needs=EDGE_NEEDS),
        _on_surfaces(
            "ink_on_tint_light", "#14171c", brand=brand, surfaces=(brand.tint_light,), needs=TEXT_NEEDS
        ),
        _on_surfaces("link_dark", brand.link_dark, brand=brand, surfaces=dark, needs=TEXT_NEEDS),
        _on_surfaces("edge_dark", brand.edge_dark, brand=brand, surfaces=dark, needs=EDGE_NEEDS),
        _on_surfaces(
            "ink_on_tint_dark", "#f2f4f7", brand=brand, surfaces=(brand.tint_dark,), needs=TEXT_NEEDS
        ),
    )


def _on_brand(use: str, fill: str, /, *, brand: Brand) -> Check:
    has = contrast(brand.on, other=fill)
    return Check(use=use, shown=brand.on, on=fill, needs=TEXT_NEEDS, has=has, chosen=has, moved=False)


def _on_surfaces(use: str, shown: str, /, *, brand: Brand, surfaces: Sequence[str], needs: float) -> Check:
    worst = min(surfaces, key=lambda surface: contrast(shown, other=surface))
    own = use.startswith("ink_")
    has = contrast(shown, other=worst)
    chosen = has if own else min(contrast(brand.primary, other=surface) for surface in surfaces)
    return Check(
        use=use,
        shown=shown,
        on=worst,
        needs=needs,
        has=has,
        chosen=chosen,
        moved=not own and shown != brand.primary,
    )
