"""The endpoints of bookings: taking one in, reading it, its billing and ledger, listing them, portal links.

One call of a use case each; what is wrong is raised there and answered by `problems.py`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import BaseModel, ConfigDict

from fareledger.domain.errors import Refused
from fareledger.domain.wording import reference_key
from fareledger.faces.api.answers import (
    BillingAnswer,
    BookingListAnswer,
    LedgerAnswer,
    PortalLinkAnswer,
    ProblemAnswer,
)
from fareledger.faces.api.keys import STAFF, caller_of
from fareledger.faces.api.write_answers import billing_answer, booking_answer, booking_line, ledger_answer
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_body import BookingBody
from fareledger.usecases.list_bookings import slice_bookings
from fareledger.usecases.read_booking import details_of
from fareledger.usecases.send_portal_link import create_portal_link, send_portal_link
from fareledger.usecases.show_booking import Billing, billing_by_id, billing_by_reference

CHANNEL: Final = "api"
MAX_LIMIT: Final = 200

router = Router(tags=["Bookings"])
_READ_PROBLEMS: Final = dict.fromkeys((401, 403, 404, 422), ProblemAnswer)
_WRITE_PROBLEMS: Final = dict.fromkeys((400, 401, 403, 404, 409, 411, 413, 415, 422, 429), ProblemAnswer)


class ReferenceDiffers(Refused):
    """The address and the body name two bookings."""

    def __init__(self) -> None:
        super().__init__(
            code="reference_differs",
            message="The reference of the body is not the one of the address.",
            field="/reference",
        )


class InvalidParameter(Refused):
    """A parameter of the address that is not known or cannot be."""

    def __init__(self, name: str, *, message: str) -> None:
        super().__init__(code="invalid_parameter", message=message, field=f"/{name}")


class LinkBody(BaseModel):
    """What to do with a new link: email it to the customer, or answer its address."""

    model_config = ConfigDict(extra="forbid", strict=True)

    send_email: bool = False


@router.put(
    "/bookings/{reference}",
    response={200: BookingBody, 201: BookingBody, **_WRITE_PROBLEMS},
    summary="Create or change a booking",
    operation_id="put_booking",
)
def put_booking(
    request: HttpRequest, *, response: HttpResponse, reference: str, body: BookingBody
) -> Status[dict[str, Any]]:
    """Take a whole booking in: the first time it is created (201), later it and its payment plan are changed.

    A second copy changes nothing and keeps the ETag. Amounts are whole minor units; without `terms` those of
    the operator apply, or stay as they were agreed.
    """
    operator = caller_of(request).operator
    _refuse_unknown(request, known=())
    if reference_key(reference) != reference_key(body.reference):
        raise ReferenceDiffers
    accepted = accept_booking(
        operator,
        details=details_of(body, operator=operator),
        channel=CHANNEL,
        actor=caller_of(request).actor,
        expected_version=body.version,
    )
    billing = billing_by_id(operator, booking_id=accepted.booking_id)
    _tag(response, billing=billing)
    if accepted.outcome != "created":
        return Status(200, booking_answer(billing))
    response["Location"] = request.path
    return Status(201, booking_answer(billing))


@router.get(
    "/bookings/{reference}",
    response={200: BookingBody, **_READ_PROBLEMS},
    summary="Read a booking",
    operation_id="get_booking",
)
def get_booking(request: HttpRequest, *, response: HttpResponse, reference: str) -> dict[str, Any]:
    """Answer a booking as it was last sent, with its version; the reference may be in any spelling."""
    billing = billing_by_reference(caller_of(request).operator, reference=reference)
    _tag(response, billing=billing)
    return booking_answer(billing)


@router.get(
    "/bookings/{reference}/billing",
    response={200: BillingAnswer, **_READ_PROBLEMS},
    exclude_unset=True,
    summary="Read figures and payment plan",
    operation_id="get_billing",
)
def get_billing(request: HttpRequest, *, reference: str) -> BillingAnswer:
    """Answer what a booking costs, what was paid and refunded, what has still to move, and its plan."""
    caller = caller_of(request)
    billing = billing_by_reference(caller.operator, reference=reference)
    return billing_answer(billing, staff=STAFF in caller.scopes)


@router.get(
    "/bookings/{reference}/ledger",
    response={200: LedgerAnswer, **_READ_PROBLEMS},
    summary="Read journal entries",
    operation_id="get_ledger",
)
def get_ledger(request: HttpRequest, *, reference: str) -> LedgerAnswer:
    """Answer the balanced entries behind a booking's figures, each with its lines and hashes."""
    return ledger_answer(billing_by_reference(caller_of(request).operator, reference=reference))


@router.get(
    "/bookings",
    response={200: BookingListAnswer, **_READ_PROBLEMS},
    summary="List bookings",
    operation_id="list_bookings",
)
def list_bookings(
    request: HttpRequest,
    *,
    search: str = "",
    status: str = "",
    limit: int = 50,
    cursor: str = "",
) -> BookingListAnswer:
    """Answer bookings, most lately changed first.

    `search` looks at reference, names, email and the reference of a provider; `status` is one of unpaid,
    partially_paid, paid, overdue, refund_due, departing, cancelled; `cursor` is the `next_cursor` of the
    answer before.
    """
    _refuse_unknown(request, known=("search", "status", "limit", "cursor"))
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
    return BookingListAnswer(bookings=[booking_line(row) for row in found.rows], next_cursor=next_cursor)


@router.post(
    "/bookings/{reference}/portal-links",
    response={201: PortalLinkAnswer, **_WRITE_PROBLEMS},
    summary="Make a one-time portal link",
    operation_id="post_portal_link",
)
def post_portal_link(request: HttpRequest, *, reference: str, body: LinkBody) -> Status[PortalLinkAnswer]:
    """Make a link that opens this booking in the customer portal, once; older links stop working.

    With `send_email` it goes to the customer and its address is not answered.
    """
    operator = caller_of(request).operator
    booking_id = billing_by_reference(operator, reference=reference).booking.id
    if body.send_email:
        sent = send_portal_link(
            operator, booking_id=booking_id, asked_by="operator", actor=caller_of(request).actor
        )
        return Status(201, PortalLinkAnswer(url=None, sent_to=sent.to_email, expires_at=sent.expires_at))
    made = create_portal_link(
        operator, booking_id=booking_id, asked_by="operator", actor=caller_of(request).actor
    )
    return Status(201, PortalLinkAnswer(url=made.url, sent_to=None, expires_at=made.expires_at))


def _refuse_unknown(request: HttpRequest, *, known: Collection[str]) -> None:
    """Refuse a misspelt filter, which would otherwise answer with everything."""
    unknown = next((name for name in request.GET if name not in known), None)
    if unknown is not None:
        raise InvalidParameter(unknown[:40], message="This address takes no such parameter.")


def _tag(response: HttpResponse, *, billing: Billing) -> None:
    response["ETag"] = f'"{billing.booking.version}"'
    response["Cache-Control"] = "no-store"


def _cursor(changed_at: datetime, *, booking_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{changed_at.isoformat()}|{booking_id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, _, booking_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(booking_id)
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidParameter("cursor", message="Give the next_cursor of an answer, as it was.") from None
