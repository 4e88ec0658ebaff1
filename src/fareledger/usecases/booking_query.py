"""What somebody may ask of the list of bookings, and how that is written in an address.

A question is a value: the same one makes the page, the count, the files and a mailing, so they never differ. Reading
it from an address refuses what is unknown with the name of the control, and writing it gives the shortest address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import Refused
from fareledger.domain.money import exponent
from fareledger.domain.wording import reference_key
from fareledger.persistence.booking_list import Wanted
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import today

MAX_SEARCH: Final = 100
PAYMENT_STATUSES: Final = ("unpaid", "partially_paid", "paid")
# What a list may be ordered by, each with the way it is first looked at: up or down.
ORDERS: Final = {"changed": "down", "reference": "up", "departs": "up", "outstanding": "down", "due": "up"}
# Older addresses, and the API, have all of these in one field.
_IN_STATUS: Final[dict[str, dict[str, Any]]] = {
    **{word: {"payment_status": word} for word in PAYMENT_STATUSES},
    "overdue": {"overdue": True},
    "refund_due": {"refund_due": True},
    "departing": {"departing_days": 30},
    "cancelled": {"cancelled": "yes"},
}
STATUSES: Final = tuple(_IN_STATUS)
_AMOUNT: Final = re.compile(r"(?:[A-Za-z]{3}\s*)?(\d{1,3}(?:,\d{3})+|\d{1,13})(?:\.(\d{1,3}))?", re.ASCII)
_LIMIT: Final = re.compile(r"[-−]?(\d{1,3}(?:,\d{3})+|\d{1,13})(?:\.\d{1,3})?", re.ASCII)


class InvalidQuery(Refused):
    """The list cannot be asked like that; `errors` names every control at fault, as `/name`."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(code=first.code, message=first.message, field=first.pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingQuery:
    """One question to the list. Empty text and None ask for nothing; outstanding amounts are of `currency`.

    `order` is one of ORDERS with the way after it, such as `departs_up`; `ids` are bookings somebody ticked;
    `changed_since` is asked by the API only.
    """

    search: str = ""
    payment_status: str = ""
    overdue: bool = False
    refund_due: bool = False
    cancelled: str = ""
    currency: str = ""
    departing_days: int | None = None
    departs_from: date | None = None
    departs_to: date | None = None
    booked_from: date | None = None
    booked_to: date | None = None
    changed_since: datetime | None = None
    outstanding_from: Decimal | None = None
    outstanding_to: Decimal | None = None
    order: str = "changed_down"
    ids: tuple[str, ...] | None = None

    @property
    def narrows(self) -> bool:
        """Whether it asks for less than everything."""
        return replace(self, order="changed_down") != BookingQuery()


def query_of(values: Mapping[str, str], *, operator: Operator) -> BookingQuery:
    """Read a question from the fields of an address; unknown fields are not looked at. Raises InvalidQuery."""
    reader = _Reader(values, operator=operator)
    found = BookingQuery(
        search=values.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH],
        overdue=reader.ticked("overdue"),
        refund_due=reader.ticked("refund_due"),
        cancelled=reader.one_of("cancelled", words=("yes", "no")),
        currency=reader.one_of("currency", words=operator.currencies),
        departing_days=reader.days("departing"),
        departs_from=reader.day("departs_from"),
        departs_to=reader.day("departs_to"),
        booked_from=reader.day("booked_from"),
        booked_to=reader.day("booked_to"),
        outstanding_from=reader.amount("outstanding_from"),
        outstanding_to=reader.amount("outstanding_to"),
        order=reader.order("sort"),
    )
    found = reader.with_status(found)
    reader.check(found)
    if reader.errors:
        raise InvalidQuery(reader.errors)
    if found.outstanding_from is not None or found.outstanding_to is not None:
        return replace(found, currency=found.currency or operator.currencies[0])
    return found


def address_query(asked: BookingQuery, *, page: int = 1) -> str:
    """Write a question as the query of an address, without the mark; empty when it asks for everything."""
    written = {
        "q": asked.search,
        "status": asked.payment_status,
        "overdue": "yes" if asked.overdue else "",
        "refund_due": "yes" if asked.refund_due else "",
        "cancelled": asked.cancelled,
        "currency": asked.currency,
        "departing": asked.departing_days,
        "departs_from": asked.departs_from,
        "departs_to": asked.departs_to,
        "booked_from": asked.booked_from,
        "booked_to": asked.booked_to,
        "outstanding_from": asked.outstanding_from,
        "outstanding_to": asked.outstanding_to,
        "sort": "" if asked.order == "changed_down" else asked.order,
        "page": page if page > 1 else "",
    }
    return urlencode({name: str(value) for name, value in written.items() if value not in ("", None)})


def wanted(asked: BookingQuery, *, operator: Operator) -> Wanted:
    """Say which pieces of SQL a question is made of, and with which arguments."""
    day = today(operator)
    values = {one.name: getattr(asked, one.name) for one in fields(asked)}
    conditions = [
        name
        for name in _CONDITIONS
        if values[name] is not None and values[name] is not False and values[name] != ""
    ]
    if asked.departing_days is not None:
        conditions.append("departing")
    if asked.cancelled:
        conditions.append("cancelled" if asked.cancelled == "yes" else "not_cancelled")
    if asked.ids is not None:
        conditions.append("these")
    found_by, searched = _search(asked.search, operator=operator)
    arguments = {
        **{name: values[name] for name in conditions if name in values},
        **searched,
        "operator_id": operator.id,
        "today": day,
        "departing_until": day + timedelta(days=asked.departing_days or 0),
        "ids": list(asked.ids or ()),
    }
    for name in ("outstanding_from", "outstanding_to"):
        if values[name] is not None:
            arguments[name] = _minor(values[name], currency=asked.currency, up=name == "outstanding_from")
    return Wanted(conditions=conditions, found_by=found_by, order=asked.order, arguments=arguments)


_CONDITIONS: Final = (
    "payment_status",
    "overdue",
    "refund_due",
    "currency",
    "departs_from",
    "departs_to",
    "booked_from",
    "booked_to",
    "changed_since",
    "outstanding_from",
    "outstanding_to",
)


def _search(text: str, *, operator: Operator) -> tuple[list[str], dict[str, Any]]:
    """Say by which ways a text is looked for: words, a reference, a provider's reference, an amount."""
    if not text:
        return [], {}
    ways = ["search", "search_provider"]
    arguments: dict[str, Any] = {"search": _escaped(text.lower()), "exact": text}
    if key := reference_key(text)[:40]:
        ways.append("search_reference")
        arguments["reference_key"] = key
    amounts = _amounts(text, operator=operator)
    if amounts:
        ways.append("search_amount")
        arguments["amount_currencies"] = list(amounts)
        arguments["amounts_minor"] = list(amounts.values())
    return ways, arguments


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _amounts(text: str, *, operator: Operator) -> dict[str, int]:
    """Read a text as an amount in each currency that has so many decimals: "1,240.00" is none in yen."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return {}
    major, decimals = match[1].replace(",", ""), match[2] or ""
    named = text[:3].upper() if text[0].isalpha() else ""
    found = {}
    for currency in operator.currencies:
        places = exponent(currency)
        if len(decimals) <= places and named in ("", currency):
            found[currency] = int(major + decimals.ljust(places, "0"))
    return found


def _minor(amount: Decimal, *, currency: str, up: bool) -> int:
    """Turn a limit into minor units; between two of them the limit is the one that lets nothing else in."""
    scaled = amount.scaleb(exponent(currency))
    return int(scaled.to_integral_value(rounding="ROUND_CEILING" if up else "ROUND_FLOOR"))


class _Reader:
    """Reads the fields of one address and collects what is wrong with them."""

    def __init__(self, values: Mapping[str, str], *, operator: Operator) -> None:
        self.values = values
        self.operator = operator
        self.errors: list[FieldError] = []

    def one_of(self, name: str, *, words: Iterable[str]) -> str:
        """Read one of some words, or nothing."""
        value = self.values.get(name, "").strip()
        known = tuple(words)
        if value and value not in known:
            self._refuse(name, code=f"unknown_{name}", message=f"Give one of {', '.join(known)}.")
            return ""
        return value

    def ticked(self, name: str) -> bool:
        """Read a box that is ticked or not."""
        return self.one_of(name, words=("yes",)) == "yes"

    def day(self, name: str) -> date | None:
        """Read a date as `2027-03-14`."""
        value = self.values.get(name, "").strip()
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self._refuse(name, code="invalid_date", message="Give a date such as 2027-03-14.")
            return None

    def days(self, name: str) -> int | None:
        """Read a number of days from 1 to 366."""
        value = self.values.get(name, "").strip()
        if value and not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= 366):
            self._refuse(name, code="invalid_days", message="Give a number of days from 1 to 366.")
            return None
        return int(value) if value else None

    def amount(self, name: str) -> Decimal | None:
        """Read an amount in major units, in which a comma groups thousands; below zero it is owed to the customer."""
        value = self.values.get(name, "").strip()
        if value and not _LIMIT.fullmatch(value):
            self._refuse(name, code="invalid_amount", message="Give an amount such as 1240.00.")
            return None
        return Decimal(value.replace(",", "").replace("−", "-")) if value else None

    def order(self, name: str) -> str:
        """Read what the list is ordered by."""
        words = [f"{order}_{way}" for order in ORDERS for way in ("up", "down")]
        return self.one_of(name, words=words) or "changed_down"

    def with_status(self, found: BookingQuery) -> BookingQuery:
        """Add what the field `status` says, in which older addresses and the API have several filters."""
        word = self.one_of("status", words=STATUSES)
        return replace(found, **_IN_STATUS[word]) if word else found

    def check(self, found: BookingQuery) -> None:
        """Check what concerns two fields."""
        for first, last in (
            ("departs_from", "departs_to"),
            ("booked_from", "booked_to"),
            ("outstanding_from", "outstanding_to"),
        ):
            low, high = getattr(found, first), getattr(found, last)
            if low is not None and high is not None and high < low:
                self._refuse(last, code="range_reversed", message="The end comes before the beginning.")
        asks_amount = found.outstanding_from is not None or found.outstanding_to is not None
        if asks_amount and not found.currency and len(self.operator.currencies) > 1:
            message = "Choose a currency too: amounts of several currencies cannot be compared."
            self._refuse("currency", code="currency_needed", message=message)

    def _refuse(self, name: str, *, code: str, message: str) -> None:
        self.errors.append(FieldError(f"/{name}", code, message))
