"""Amounts are integers of a currency's minor unit; this says how many digits that is and writes one for a
reader.

No arithmetic happens here: fees and sums are integer arithmetic in `settlement`.
"""

from __future__ import annotations

import re
from decimal import Decimal

import iso4217
from babel import Locale, UnknownLocaleError
from babel.numbers import parse_pattern

MOST_MINOR = 10**12 - 1
# CLDR sets a space between a currency written in letters and the figures; babel leaves it out.
BESIDE_LETTERS = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
FALLBACK_LOCALE = Locale.parse("en_GB")


def exponent(currency: str) -> int:
    """Return the digits of the currency's minor unit: 0, 2 or 3.

    Raises ValueError for a code that is not in ISO 4217 or has no such minor unit.
    """
    digits = iso4217.Currency(currency).exponent
    if digits not in {0, 2, 3}:
        raise ValueError(f"{currency} has no usual minor unit")
    return int(digits)


def known_locale(tag: str | None) -> Locale:
    """Return the locale of a BCP 47 tag such as en-GB, or British English when it is unknown."""
    try:
        return Locale.parse(tag or "en-GB", sep="-")
    except (ValueError, UnknownLocaleError):
        return FALLBACK_LOCALE


def format_money(amount_minor: int, *, currency: str, locale: Locale) -> str:
    """Write an amount for a reader of `locale`, with exactly the digits ISO 4217 gives the currency."""
    digits = exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    # CLDR drops the minor digits of some currencies (IQD has 3 in ISO, 0 in CLDR); an amount shows all.
    pattern.frac_prec = (digits, digits)
    value = Decimal(amount_minor).scaleb(-digits)
    written: str = pattern.apply(value, locale, currency=currency, currency_digits=False)
    return BESIDE_LETTERS.sub("\N{NO-BREAK SPACE}", written.replace("-", "−"))
