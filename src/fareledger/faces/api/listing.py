"""The endpoint that lists bookings, in stretches: each answer carries a cursor to what follows."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import BookingListAnswer
from fareledger.faces.api.declared import endpoint
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.parameters import InvalidParameter, refuse_unknown
from fareledger.faces.api.sending import Done, send
from fareledger.faces.api.write_answers import booking_line
from fareledger.usecases.booking_body import Moment, OptionalDay
from fareledger.usecases.booking_query import STATUSES, query_of
from fareledger.usecases.list_bookings import slice_found

MAX_LIMIT: Final = 200
# What is asked for in the address, and what the question of the list calls it.
_FILTERS: Final = {
    "search": "q",
    "status": "status",
    "currency": "currency",
    "departs_from": "departs_from",
    "departs_to": "departs_to",
    "booked_from": "booked_from",
    "booked_to": "booked_to",
}
_KNOWN: Final = (*_FILTERS, "changed_since", "limit", "cursor")
_MOMENT: Final[JsonDict] = {"format": "date-time"}

router = Router(tags=["Bookings"])


class Asked(BaseModel):
    """Which bookings are asked for; every filter narrows the list."""

    search: str = Field(
        "", description="Text in the reference, names or email; an amount; the reference of a provider."
    )
    status: str = Field(
        "", description=f"One of {', '.join(STATUSES)}.", json_schema_extra={"enum": ["", *STATUSES]}
    )
    currency: str = Field("", description="ISO 4217 code of a currency that the operator sells in.")
    departs_from: OptionalDay = Field(None, description="Trips that start on this day or later.")
    departs_to: OptionalDay = Field(None, description="Trips that start on this day or earlier.")
    booked_from: OptionalDay = Field(None, description="Booked on this day or later.")
    booked_to: OptionalDay = Field(None, description="Booked on this day or earlier.")
    changed_since: Moment | None = Field(
        None,
        description="Came in, changed or was cancelled at this moment or later. Money that moves does not count.",
        json_schema_extra=_MOMENT,
    )
    limit: int = Field(
        50,
        description="How many bookings one answer has at most.",
        json_schema_extra={"minimum": 1, "maximum": MAX_LIMIT},
    )
    cursor: str = Field("", description="The `next_cursor` of the answer before.")


@router.get(
    "/bookings",
    summary="List bookings",
    **endpoint(
        "list_bookings",
        scope=keys.READ,
        answers={200: BookingListAnswer},
        problems=("unknown_status", "unknown_currency", "invalid_date", "range_reversed"),
        examples=examples.LIST_BOOKINGS,
    ),
)
def list_bookings(request: HttpRequest, *, asked: Annotated[Asked, Query()]) -> HttpResponse:
    """Answer bookings, most lately changed first, and a cursor to those that follow."""
    refuse_unknown(request, known=_KNOWN)
    if not 1 <= asked.limit <= MAX_LIMIT:
        raise InvalidParameter("limit", message=f"Give a number from 1 to {MAX_LIMIT}.")
    operator = caller_of(request).operator
    values = {field: str(getattr(asked, name) or "") for name, field in _FILTERS.items()}
    question = replace(query_of(values, operator=operator), changed_since=asked.changed_since)
    before = _read_cursor(asked.cursor) if asked.cursor else None
    found = slice_found(operator, asked=question, limit=asked.limit, before=before)
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
