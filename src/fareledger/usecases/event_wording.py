"""The few words that sentences of the timeline share.

The timeline is sealed when it is written, so its sentences are in one plain form for every reader: a
currency code, commas for thousands, dates as ISO 8601. Pages format the amounts they show themselves,
from the payload.
"""

from typing import Final

from fareledger.domain.money import exponent

_METHODS: Final = {
    "credit_card": "credit card",
    "bank_transfer": "bank transfer",
    "cash": "cash",
    "other": "other means",
    "undecided": "a method to be decided",
}


def plain_amount(amount_minor: int, *, currency: str) -> str:
    """Write an amount of minor units as "GBP 1,240.00", exact to the minor unit."""
    places = exponent(currency)
    major, minor = divmod(abs(amount_minor), 10**places)
    sign = "−" if amount_minor < 0 else ""
    decimals = f".{minor:0{places}}" if places else ""
    return f"{currency} {sign}{major:,}{decimals}"


def method_words(method: str, *, name: str = "") -> str:
    """Write a method as people say it: "credit card", or the name that somebody gave to another one."""
    return name or _METHODS.get(method, method.replace("_", " "))


def counted(number: int, *, noun: str) -> str:
    """Write "1 row" or "2 rows"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
