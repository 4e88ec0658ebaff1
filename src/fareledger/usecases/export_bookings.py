"""Gives out exactly the bookings that a question to the list finds, in its order and beyond its pages.

Who may take data out is asked here, and that it was done stands in the access log. What a file of them looks like is
the business of a face.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Literal, TypeVar

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.persistence import booking_list
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.access_log import note_access
from fareledger.usecases.booking_query import BookingQuery, address_query, wanted
from fareledger.usecases.clock import today
from fareledger.usecases.list_bookings import ListedBooking, listed

ExportFormat = Literal["csv", "xlsx"]
# A sheet of a spreadsheet has 1,048,576 rows; more bookings than this are several exports.
MAX_ROWS: Final = 1_000_000
R = TypeVar("R")


class TooManyToExport(Refused):
    """The list has more bookings than a file takes."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_to_export",
            message=f"A file takes at most {MAX_ROWS:,} bookings: narrow the list with a filter.",
        )


def export_bookings(
    operator: Operator,
    *,
    asked: BookingQuery,
    file_format: ExportFormat,
    actor: Actor,
    write: Callable[[Iterable[ListedBooking]], R],
) -> R:
    """Hand every booking of the list to `write`, one by one and as at one moment, and return what it returns.

    Memory stays flat. It is written down before anything is given out. Raises NotPermitted and TooManyToExport.
    """
    actor.require(Permission.EXPORT)
    day = today(operator)
    note_access(
        operator,
        actor=actor,
        kind="exported",
        subject="Bookings",
        # What was searched for may be somebody's name, which must not stay in a log for ever.
        payload={
            "format": file_format,
            "query": address_query(replace(asked, search="")),
            "searched": bool(asked.search),
        },
    )
    with operator_snapshot(operator.id):
        found = booking_list.stream(wanted(asked, operator=operator), limit=MAX_ROWS + 1)
        return write(_counted(listed(row, day=day) for row in found))


def _counted(rows: Iterable[ListedBooking]) -> Iterable[ListedBooking]:
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise TooManyToExport
        yield row
