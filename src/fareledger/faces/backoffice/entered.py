"""Reads what staff typed into amounts, dates and whole numbers; what is not exactly one of them is refused.

Nothing is guessed: an amount may have commas between thousands and a point before its decimals, and never more
decimals than its currency has. What the values mean is for use cases to judge.
"""

import re
from datetime import date
from typing import Final

from fareledger.domain.money import exponent

_AMOUNT: Final = re.compile(r"(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,3}))?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,6}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def entered_amount(text: str, *, currency: str) -> int | None:
    """Read "1,240.00" as minor units; None for what is no amount of this currency."""
    found = _AMOUNT.fullmatch(text.strip())
    if not found:
        return None
    whole, decimals = found[1].replace(",", ""), found[2] or ""
    places = exponent(currency)
    if len(decimals) > places:
        return None
    return int(whole + decimals.ljust(places, "0"))


def entered_day(text: str) -> date | None:
    """Read "2027-04-12", the form in which browsers send a date; None for anything else."""
    try:
        return date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        return None


def entered_number(text: str) -> int | None:
    """Read a whole number without a sign; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text.strip()) else None


def amount_to_edit(amount_minor: int, *, currency: str) -> str:
    """Write an amount as a field holds it: "1240.00"."""
    places = exponent(currency)
    text = f"{amount_minor:0{places + 1}}"
    return f"{text[:-places]}.{text[-places:]}" if places else text
