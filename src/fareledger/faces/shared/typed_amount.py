"""Amounts as customers type them in their own language: "1,240.00", "1.240,00", "1 240"; read without any float.

Strict where a guess could cost somebody money: "1.240" is one thousand two hundred and forty in German and no amount of
pounds in English, and what could be either is refused. Staff type into `faces/backoffice/amounts.py`.
"""

import re
import unicodedata
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_symbol

from fareledger.domain.money import exponent
from fareledger.faces.shared.formatting import babel_locale, bare_amount

_LONGEST = 24
_SPACES = re.compile("[\\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]+")
_MARKS = re.compile("[\N{LEFT-TO-RIGHT MARK}\N{RIGHT-TO-LEFT MARK}\N{ARABIC LETTER MARK}\u2066-\u2069]")


def read_typed_amount(text: str, /, *, currency: str, locale: str) -> int | None:
    """Return the amount in minor units; None when it is none in this language, or has too many decimals."""
    decimal, group = separators(locale)
    bare = _plain_digits(_MARKS.sub("", text)).replace("\N{ARABIC DECIMAL SEPARATOR}", decimal)
    bare = bare.replace("\N{ARABIC THOUSANDS SEPARATOR}", group)
    for sign in (
        currency,
        *(get_currency_symbol(currency, locale=one) for one in (babel_locale(locale), "en")),
    ):
        bare = bare.replace(_MARKS.sub("", sign), "")
    bare = _SPACES.sub(" ", bare).strip()
    between = f"[{re.escape(group)}' \N{RIGHT SINGLE QUOTATION MARK}]"
    found = re.fullmatch(
        rf"(\d+|\d{{1,3}}(?:{between}\d{{3}})+)(?:{re.escape(decimal)}(\d+))?", bare, flags=re.ASCII
    )
    if found is None or len(bare) > _LONGEST:
        return None
    whole, fraction = re.sub(r"\D", "", found[1]), found[2] or ""
    if len(fraction) > exponent(currency):
        return None
    return int(Decimal(f"{whole}.{fraction or 0}").scaleb(exponent(currency)))


def separators(locale: str, /) -> tuple[str, str]:
    """Return the decimal sign of a language and what groups its thousands."""
    symbols = Locale.parse(babel_locale(locale)).number_symbols["latn"]
    return str(symbols["decimal"]), str(symbols["group"])


def example_amount(currency: str, locale: str, /) -> str:
    """Return an amount as it may be typed: "1,240.00" in English, "1.240,00" in German."""
    return bare_amount(1240 * 10 ** exponent(currency), currency, locale)


def _plain_digits(text: str) -> str:
    """Write digits of other scripts as the ones we know."""
    return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)
