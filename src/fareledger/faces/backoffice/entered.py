"""Reads what staff typed into dates and whole numbers; what is not exactly one of them is refused.

Nothing is guessed. Amounts are in `amounts.py`; what the values mean is for use cases to judge.
"""

import re
from datetime import date
from typing import Final

_WHOLE: Final = re.compile(r"\d{1,6}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def entered_day(text: str) -> date | None:
    """Read "2027-04-12", the form in which browsers send a date; None for anything else."""
    try:
        return date.fromisoformat(text.strip()) if _DAY.fullmatch(text.strip()) else None
    except ValueError:
        return None


def entered_number(text: str) -> int | None:
    """Read a whole number without a sign; None for anything else."""
    return int(text) if _WHOLE.fullmatch(text.strip()) else None
