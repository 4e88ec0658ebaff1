"""Brand colours: the three of the design exactly, and any other colour readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.brand import DARK_SURFACES, LIGHT_SURFACES, derive
from fareledger.domain.colour import InvalidColour, contrast, from_oklch, parse, to_oklch

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")

DESIGNED = {
    "#0a5c66": {
        "--brand": "#0a5c66",
        "--brand-on": "#ffffff",
        "--brand-hover": "#004a53",
        "--brand-link": "light-dark(#0a5c66, #5096a0)",
        "--brand-edge": "light-dark(#0a5c66, #307882)",
        "--brand-tint": "light-dark(#ebf2f3, #122329)",
    },
    "#101f45": {
        "--brand": "#101f45",
        "--brand-on": "#ffffff",
        "--brand-hover": "#23345c",
        "--brand-link": "light-dark(#101f45, #768cba)",
        "--brand-edge": "light-dark(#101f45, #596e9a)",
        "--brand-tint": "light-dark(#ecedf0, #131823)",
    },
    "#ffe100": {
        "--brand": "#ffe100",
        "--brand-on": "#000000",
        "--brand-hover": "#e9cd00",
        "--brand-link": "light-dark(#7f7000, #ffe100)",
        "--brand-edge": "light-dark(#a18d00, #ffe100)",
        "--brand-tint": "light-dark(#fffdeb, #3e3b17)",
    },
}


def worst(colour: str, *, surfaces: tuple[str, ...]) -> float:
    return min(contrast(colour, other=surface) for surface in surfaces)


@pytest.mark.parametrize("primary", DESIGNED)
def test_the_designed_brands_come_out_exactly(primary: str) -> None:
    assert derive(primary).tokens() == DESIGNED[primary]


@given(COLOURS)
def test_any_colour_gives_a_readable_brand(primary: str) -> None:
    brand = derive(primary)
    assert contrast(brand.primary, other=brand.on) >= 4.5
    assert contrast(brand.hover, other=brand.on) >= 4.5
    assert brand.hover != brand.primary
    assert worst(brand.link_light, surfaces=LIGHT_SURFACES) >= 4.6
    assert worst(brand.link_dark, surfaces=DARK_SURFACES) >= 4.6
    assert worst(brand.edge_light, surfaces=LIGHT_SURFACES) >= 3
    assert worst(brand.edge_dark, surfaces=DARK_SURFACES) >= 3


@given(COLOURS)
def test_a_colour_survives_the_way_to_oklch_and_back(colour: str) -> None:
    assert from_oklch(to_oklch(colour)) == colour


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert contrast("#000000", other="#ffffff") == pytest.approx(21)
    assert contrast("#777777", other="#777777") == pytest.approx(1)
    assert contrast("#767676", other="#ffffff") == pytest.approx(4.54, abs=0.01)


def test_a_short_colour_is_written_in_full() -> None:
    assert parse("#FA0") == "#ffaa00"


@pytest.mark.parametrize("text", ["", "red", "0a5c66", "#0a5c6", "#0a5c66ff", "#0g5c66", "#0a5c66\n"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidColour):
        derive(text)
