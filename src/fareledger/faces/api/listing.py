"""The endpoint that lists bookings, in stretches: each answer carries a cursor to what follows."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import BookingListAnswer
from fareledger.faces.api.declared import endpoint
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.parameters import InvalidParameter, refuse_unknown
from fareledger.faces.api.sending import Done, send
from fareledger.faces.api.write_answers import booking_line
from fareledger.usecases.list_bookings import slice_bookings

MAX_LIMIT: Final = 200
_KNOWN: Final = ("search", "status", "limit", "cursor")

router = Router(tags=["Bookings"])


@router.get(
    "/bookings",
    summary="List bookings",
    **endpoint(
        "list_bookings",
        scope=keys.READ,
        answers={200: BookingListAnswer},
        problems=("unknown_status",),
        examples=examples.LIST_BOOKINGS,
    ),
)
def list_bookings(
    request: HttpRequest,
    *,
    search: Annotated[
        str, Query(description="Text in the reference, names, email, or the reference of a provider.")
    ] = "",
    status: Annotated[
        str,
        Query(
            description="One of unpaid, partially_paid, paid, overdue, refund_due, departing, cancelled.",
            examples=["overdue"],
        ),
    ] = "",
    limit: Annotated[
        int,
        Query(
            description="How many bookings one answer has at most.",
            minimum=1,
            maximum=MAX_LIMIT,
        ),
    ] = 50,
    cursor: Annotated[str, Query(description="The `next_cursor` of the answer before.")] = "",
) -> HttpResponse:
    """Answer bookings, most lately changed first, and a cursor to those that follow."""
    refuse_unknown(request, known=_KNOWN)
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidParameter("limit", message=f"Give a number from 1 to {MAX_LIMIT}.")
    found = slice_bookings(
        caller_of(request).operator,
        search=search,
        status=status,
        limit=limit,
        before=_read_cursor(cursor) if cursor else None,
    )
    next_cursor = _cursor(found.rows[-1].changed_at, booking_id=found.rows[-1].id) if found.more else None
    lines = [booking_line(row) for row in found.rows]
    return send(Done(body=BookingListAnswer(bookings=lines, next_cursor=next_cursor)))


def _cursor(changed_at: datetime, *, booking_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{changed_at.isoformat()}|{booking_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, booking_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(booking_id)
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidParameter("cursor", message="Give the next_cursor of an answer, as it was.") from None
