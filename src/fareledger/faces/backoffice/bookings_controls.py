"""What stands around the list of bookings: its filters as controls and as chips that can be removed, columns to order
by, and the addresses of all of them. Nothing is read from the database here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.formatting import short_date
from fareledger.usecases.booking_query import ORDERS, PAYMENT_STATUSES, BookingQuery, address_query
from fareledger.usecases.list_bookings import BookingList

# What everybody has as a tab, in their order.
BUILT_IN: Mapping[str, BookingQuery] = {
    "All": BookingQuery(),
    "Overdue": BookingQuery(overdue=True),
    "Refund due": BookingQuery(refund_due=True),
    "Departing in 30 days": BookingQuery(departing_days=30),
}
_ORDER_WORDS = {
    "changed_down": "most lately changed first",
    "changed_up": "longest unchanged first",
    "reference_up": "by reference",
    "reference_down": "by reference, last first",
    "departs_up": "earliest departure first",
    "departs_down": "latest departure first",
    "outstanding_down": "most outstanding first, by currency",
    "outstanding_up": "least outstanding first, by currency",
    "due_up": "next due first",
    "due_down": "last due first",
}


@dataclass(frozen=True)
class Chip:
    """One filter that is on, in words, and the address of the list without it."""

    words: str
    address: str


@dataclass(frozen=True)
class Column:
    """One head of the table. `address` orders by it, or is empty; `sorted` is what aria-sort says."""

    words: str
    address: str = ""
    sorted: str = ""
    end: bool = False
    hidden: bool = False


def address(asked: BookingQuery, *, page: int = 1) -> str:
    """Return the address of the list for a question."""
    query = address_query(asked, page=page)
    return reverse("office_bookings") + (f"?{query}" if query else "")


def page_address(found: BookingList, *, number: int) -> str:
    """Return the address of another page of the same list; empty when there is no such page."""
    if not 1 <= number <= found.pages or number == found.page:
        return ""
    return address(found.asked, page=number)


def order_words(asked: BookingQuery) -> str:
    """Say how the list is ordered."""
    return _ORDER_WORDS[asked.order]


def orders() -> list[tuple[str, str]]:
    """Give every order with its words, for a control."""
    return list(_ORDER_WORDS.items())


def statuses() -> list[tuple[str, str]]:
    """Give every payment status with its words, for a control."""
    return [(code, say("booking", code)) for code in PAYMENT_STATUSES]


def chips(asked: BookingQuery) -> list[Chip]:
    """Give the filters that are on; each leads to the list without it."""
    return [Chip(words, address(replace(asked, **without))) for words, without in _on(asked)]


def _on(asked: BookingQuery) -> Iterator[tuple[str, dict[str, Any]]]:
    if asked.search:
        yield f"“{asked.search}”", {"search": ""}
    if asked.payment_status:
        yield say("booking", asked.payment_status), {"payment_status": ""}
    if asked.overdue:
        yield "Overdue", {"overdue": False}
    if asked.refund_due:
        yield "Refund due", {"refund_due": False}
    if asked.cancelled:
        yield "Cancelled" if asked.cancelled == "yes" else "Not cancelled", {"cancelled": ""}
    if asked.departing_days is not None:
        yield f"Departing in {asked.departing_days} days", {"departing_days": None}
    for what, name in (("Departs", "departs"), ("Booked", "booked")):
        for way, words in (("from", "from"), ("to", "until")):
            day = getattr(asked, f"{name}_{way}")
            if day is not None:
                yield f"{what} {words} {short_date(day)}", {f"{name}_{way}": None}
    for way, words in (("from", "from"), ("to", "up to")):
        amount = getattr(asked, f"outstanding_{way}")
        if amount is not None:
            said = f"{amount:,f}".replace("-", "−")
            yield f"Outstanding {words} {asked.currency} {said}", {f"outstanding_{way}": None}
    if asked.currency:
        # Amounts are compared within one currency, so without it they go too.
        yield asked.currency, {"currency": "", "outstanding_from": None, "outstanding_to": None}


def columns(asked: BookingQuery) -> list[Column]:
    """Give the heads of the table; pressing the one it is ordered by turns the order round."""
    return [
        _sortable("Reference", by="reference", asked=asked),
        Column("Lead passenger"),
        Column("Package"),
        _sortable("Departs", by="departs", asked=asked),
        Column("Status"),
        Column("Currency", hidden=True),
        Column("Payable", end=True),
        Column("Paid", end=True),
        _sortable("Outstanding", by="outstanding", asked=asked, end=True),
        _sortable("Next due", by="due", asked=asked, end=True),
    ]


def _sortable(words: str, *, by: str, asked: BookingQuery, end: bool = False) -> Column:
    current, _, way = asked.order.rpartition("_")
    turned = {"up": "down", "down": "up"}[way] if current == by else ORDERS[by]
    there = address(replace(asked, order=f"{by}_{turned}"))
    said = {"up": "ascending", "down": "descending"}[way] if current == by else ""
    return Column(words, address=there, sorted=said, end=end)


def kept_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into the controls, so that a refused question can be put right."""
    return {name: values.get(name, "")[:100] for name in _CONTROLS}


def values_of(asked: BookingQuery) -> dict[str, str]:
    """Return what the controls show for a question."""

    def said(value: object) -> str:
        return "" if value is None else str(value)

    return {
        "q": asked.search,
        "status": asked.payment_status,
        "overdue": "yes" if asked.overdue else "",
        "refund_due": "yes" if asked.refund_due else "",
        "cancelled": asked.cancelled,
        "currency": asked.currency,
        "departing": said(asked.departing_days),
        "departs_from": said(asked.departs_from),
        "departs_to": said(asked.departs_to),
        "booked_from": said(asked.booked_from),
        "booked_to": said(asked.booked_to),
        "outstanding_from": said(asked.outstanding_from),
        "outstanding_to": said(asked.outstanding_to),
        "sort": asked.order,
    }


_CONTROLS = tuple(values_of(BookingQuery()))
