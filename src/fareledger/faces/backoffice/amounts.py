"""Amounts as staff type them: "2,500.00", "2500", "2500,5"; read into whole minor units without any float."""

import re
from decimal import Decimal

from fareledger.domain.money import exponent
from fareledger.faces.shared.formatting import TRUE_MINUS, bare_amount

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?")
_PLAIN = re.compile(r"\d+([.,]\d+)?")


def read_amount(text: str, /, *, currency: str) -> int | None:
    """Return the amount in minor units; None when it is none, or has more decimals than the currency.

    A comma groups thousands when three digits follow every one, else it is the decimal sign.
    """
    bare = re.sub(r"\s", "", text.replace(currency, ""))
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    elif not _PLAIN.fullmatch(bare):
        return None
    minor = Decimal(bare.replace(",", ".")).scaleb(exponent(currency))
    return int(minor) if len(bare) <= 24 and minor == minor.to_integral_value() else None


def not_an_amount(currency: str) -> str:
    """Say that an amount cannot be read, with one of the currency that can: "1,240.00", "1,240", "1,240.000"."""
    return f"Enter the amount in figures, such as {bare_amount(1240 * 10 ** exponent(currency), currency)}"


def typed_amount(amount_minor: int, *, currency: str) -> str:
    """Write minor units as a field shows them: "1240.00"."""
    return bare_amount(amount_minor, currency).replace(",", "").replace(TRUE_MINUS, "-")
