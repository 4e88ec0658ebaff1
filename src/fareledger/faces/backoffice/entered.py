"""Reads what staff typed into amounts, dates and whole numbers; what is not exactly one of them is refused.

Nothing is guessed, and an amount never has more decimals than its currency. What the values mean is for use cases to
judge.
"""

import re
from datetime import date
from typing import Final

from fareledger.domain.money import exponent
from fareledger.faces.backoffice.amounts import read_amount

_WHOLE: Final = re.compile(r"\d{1,6}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def entered_amount(text: str, *, currency: str) -> int | None:
    """Read "1,240.00" as minor units, as every form of the office does; None for what is no amount of this currency."""
    return read_amount(text, currency=currency)


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
