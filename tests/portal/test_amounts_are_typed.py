"""Amounts as customers type them in nine languages: what cannot be misread is read, all else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.faces.shared.formatting import amount, bare_amount
from fareledger.faces.shared.typed_amount import example_amount, read_typed_amount

LOCALES = ("en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "ja-JP", "ar")
CURRENCIES = ("GBP", "EUR", "USD", "JPY", "KWD")


@given(st.integers(0, 10**12), st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
def test_what_we_show_can_be_typed(minor: int, currency: str, locale: str) -> None:
    for shown in (bare_amount(minor, currency, locale), amount(minor, currency, locale)):
        assert read_typed_amount(shown, currency=currency, locale=locale) == minor, shown


@pytest.mark.parametrize(
    ("text", "locale", "minor"),
    [
        ("1,240.00", "en-GB", 124_000),
        ("£1240", "en-GB", 124_000),
        ("1 240.5", "en-GB", 124_050),
        ("1.240,00", "de-DE", 124_000),
        ("1.240", "de-DE", 124_000),
        ("12,5", "fr-FR", 1_250),
        ("١٢٫٥", "ar", 1_250),
    ],
)
def test_plain_ways_to_write_it(text: str, locale: str, minor: int) -> None:
    assert read_typed_amount(text, currency="GBP", locale=locale) == minor


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("", "en-GB"),
        ("1.240", "en-GB"),
        ("1,24", "en-GB"),
        ("12,34,567", "en-GB"),
        ("-5", "en-GB"),
        ("1e3", "en-GB"),
        ("12.50", "de-DE"),
        ("1,000,00", "de-DE"),
        ("9" * 30, "en-GB"),
    ],
)
def test_what_could_be_misread_is_refused(text: str, locale: str) -> None:
    assert read_typed_amount(text, currency="GBP", locale=locale) is None


@pytest.mark.parametrize(("currency", "text"), [("JPY", "10.0"), ("KWD", "1.2345"), ("GBP", "1.234")])
def test_no_more_decimals_than_the_currency_has(currency: str, text: str) -> None:
    assert read_typed_amount(text, currency=currency, locale="en-GB") is None


def test_the_example_is_one() -> None:
    for locale in LOCALES:
        assert read_typed_amount(example_amount("EUR", locale), currency="EUR", locale=locale) == 124_000
