"""What may be chosen of a brand, and that every choice gives tokens that keep the contrast promises."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.brand import DARK_SURFACES, LIGHT_SURFACES, derive
from fareledger.domain.brand_checks import checks
from fareledger.domain.brand_choices import FONTS, Choices, InvalidBrand, checked, tokens_of
from fareledger.domain.colour import contrast

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
PLAIN = Choices(
    name="Acme Travel",
    primary="#0a5c66",
    support_email="help@acmetravel.example",
    support_phone="0117 496 0124",
    support_hours="Every day",
)
INK = {"light": "#14171c", "dark": "#f2f4f7"}


@given(COLOURS, st.sampled_from(sorted(FONTS)))
def test_any_choice_is_readable_in_both_modes_by_the_tokens_alone(primary: str, font: str) -> None:
    """Read from the CSS values, as a browser would, and not from what the derivation says of itself."""
    tokens = tokens_of(replace(PLAIN, primary=primary, font=font))
    for mode, surfaces in (("light", LIGHT_SURFACES), ("dark", DARK_SURFACES)):
        seen = {
            name: in_mode(value, mode=mode) for name, value in tokens.items() if name.startswith("--brand")
        }
        for surface in surfaces:
            assert contrast(seen["--brand-link"], other=surface) >= 4.5
            assert contrast(seen["--brand-edge"], other=surface) >= 3
        assert contrast(seen["--brand-on"], other=seen["--brand"]) >= 4.5
        assert contrast(seen["--brand-on"], other=seen["--brand-hover"]) >= 4.5
        assert contrast(INK[mode], other=seen["--brand-tint"]) >= 4.5


@given(COLOURS)
def test_the_table_of_contrasts_never_has_to_say_fail(primary: str) -> None:
    assert all(check.passes for check in checks(derive(primary)))


def test_the_hostile_three_are_moved_where_they_must_be() -> None:
    moved = {primary: {check.use for check in checks(derive(primary)) if check.moved}
             for primary in ("#fffde7", "#05070f", "#808080")}  # fmt: skip
    assert moved["#fffde7"] == {"link_light", "edge_light"}
    assert moved["#05070f"] == {"link_dark", "edge_dark"}
    assert moved["#808080"] == {"link_light", "link_dark"}


def in_mode(value: str, *, mode: str) -> str:
    both = re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", value)
    return both[1 if mode == "light" else 2] if both else value


@pytest.mark.parametrize(
    "host", ["pay.acme.example", "a.bc", "PAY.Acme.Example.", "xn--bcher-kva.example", ""]
)
def test_a_public_host_name_is_kept_in_lower_case(host: str) -> None:
    assert checked(replace(PLAIN, host=host)).host == host.lower().rstrip(".")


@pytest.mark.parametrize(
    "host",
    ["acme", "localhost", "pay.localhost", "pay.acme.internal", "127.0.0.1", "[::1]", "-a.example", "a_b.example",
     "pay.acme.example:80", "pay.acme.example/x", "*.acme.example", "bücher.example", "a..example", "a" * 64 + ".eu",
     "1.in-addr.arpa", "pay acme.example", "pay.acme.example\nX: y", ("a" * 60 + ".") * 5 + "example"],
)  # fmt: skip
def test_what_is_no_public_host_name_is_refused(host: str) -> None:
    with pytest.raises(InvalidBrand):
        checked(replace(PLAIN, host=host))


def test_choices_survive_being_stored() -> None:
    assert Choices.from_json({**PLAIN.to_json(), "of_a_later_release": 1}) == PLAIN
