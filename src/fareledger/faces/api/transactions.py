"""The endpoints that plan, delete, commit and reverse rows of a payment plan; the rules stand in the use cases.

Amounts are whole minor units of the booking's currency, refunds too: their kind says the sign.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router
from pydantic import BaseModel, ConfigDict, Field

from fareledger.domain.money import MAX_MINOR
from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import MovementAnswer
from fareledger.faces.api.bookings import CHANNEL, Reference
from fareledger.faces.api.declared import KEYED, OF_ROW, SENDING, endpoint
from fareledger.faces.api.keys import InsufficientScope, caller_of, is_staff
from fareledger.faces.api.once import answered_once
from fareledger.faces.api.parameters import refuse_unknown
from fareledger.faces.api.sending import Done
from fareledger.faces.api.write_answers import movement_answer
from fareledger.usecases.booking_body import Day, OptionalDay
from fareledger.usecases.commit_transaction import MAX_REFERENCE, Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.plan_transaction import MAX_COMMENT, MAX_METHOD_NAME, WantedRow, plan_transaction
from fareledger.usecases.reverse_transaction import MAX_REASON, Correction, take_back
from fareledger.usecases.show_booking import Billing, billing_by_id, billing_by_reference

TransactionId = Annotated[
    UUID, Path(description="The row's id.", examples=["019c2f4e-6a3b-7c21-9d50-8f1e2b3c4d5e"])
]
Positive = Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MAX_MINOR})]

router = Router(tags=["Transactions"])
_PLANNING: Final = (
    "nothing_to_plan", "more_than_unplanned", "past_due_date", "unknown_method", "invalid_text", "invalid_amount",
)  # fmt: skip
_GONE: Final = ("already_closed", "already_deleted")


class _Body(BaseModel):
    """Known fields of exact types only."""

    model_config = ConfigDict(extra="forbid", strict=True)


class PlanBody(_Body):
    """A row to plan. `total` takes all that is unplanned and needs no amount; `other` as a method needs its name.

    `comment` is internal: only a key with the staff scope gives and sees one.
    """

    kind: Literal["payment", "refund"]
    method: Annotated[str, Field(examples=["credit_card"])]
    method_name: Annotated[str, Field(json_schema_extra={"maxLength": MAX_METHOD_NAME})] = ""
    type: Literal["total", "partial"]
    amount: Positive | None = None
    due_date: Day
    comment: Annotated[str, Field(json_schema_extra={"maxLength": MAX_COMMENT})] = ""


class CommitBody(_Body):
    """What really moved. Without an amount it is as planned, without a value date it moved today."""

    amount: Positive | None = None
    value_date: OptionalDay = None
    external_reference: Annotated[str, Field(json_schema_extra={"maxLength": MAX_REFERENCE})] = ""
    send_confirmation: bool


class ReverseBody(_Body):
    """Why a closed row is taken back; internal."""

    reason: Annotated[str, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_REASON})]


@router.post(
    "/bookings/{reference}/transactions",
    summary="Plan a payment or a refund",
    **endpoint(
        "post_transaction",
        scope=keys.PLAN,
        answers={201: MovementAnswer},
        problems=(*SENDING, *KEYED, "booking_not_found", *_PLANNING),
        examples=examples.PLAN,
    ),
)
def post_transaction(request: HttpRequest, *, reference: Reference, body: PlanBody) -> HttpResponse:
    """Add an open row to the plan. A payment is planned while `unplanned` is above 0, a refund while it is below."""
    caller = caller_of(request)
    if body.comment and not is_staff(request):
        raise InsufficientScope(keys.STAFF)
    wanted = WantedRow(
        kind=body.kind,
        method=body.method,
        method_name=body.method_name,
        type=body.type,
        amount_minor=body.amount,
        due_date=body.due_date,
        comment=body.comment,
    )

    def plan(booking_id: UUID) -> dict[str, Any]:
        planned = plan_transaction(
            caller.operator, booking_id=booking_id, wanted=wanted, actor=caller.actor, channel=CHANNEL
        )
        return {"transaction_id": planned}

    return _moved(request, reference=reference, act=plan, status=201)


@router.delete(
    "/bookings/{reference}/transactions/{transaction_id}",
    summary="Delete an open row",
    **endpoint(
        "delete_transaction",
        scope=keys.PLAN,
        answers={204: None},
        problems=(*OF_ROW, *_GONE, "payment_in_progress"),
        examples={},
    ),
)
def delete(request: HttpRequest, *, reference: Reference, transaction_id: TransactionId) -> HttpResponse:
    """Take an open row out of the plan; what it covered becomes unplanned. Closed rows never change."""
    refuse_unknown(request)
    caller = caller_of(request)
    booking_id = _booking(request, reference=reference).booking.id
    delete_transaction(
        caller.operator, booking_id=booking_id, transaction_id=transaction_id, actor=caller.actor
    )
    return HttpResponse(status=204)


@router.post(
    "/bookings/{reference}/transactions/{transaction_id}/commit",
    summary="Record that money moved",
    **endpoint(
        "commit_transaction",
        scope=keys.PLAN,
        answers={200: MovementAnswer},
        problems=(
            *SENDING, *KEYED, *OF_ROW, *_GONE,
            "invalid_amount", "refund_exceeds_paid", "value_date_in_future", "invalid_text",
        ),
        examples=examples.COMMIT,
    ),
)  # fmt: skip
def commit(
    request: HttpRequest, *, reference: Reference, transaction_id: TransactionId, body: CommitBody
) -> HttpResponse:
    """Close an open row at what was really received or paid back.

    Less than planned leaves an open row for the rest, with the same due date; more is recorded in full, and the
    surplus shows as a refund due. With `send_confirmation` the customer gets an email.
    """
    caller = caller_of(request)
    received = Received(
        amount_minor=body.amount,
        value_date=body.value_date,
        external_reference=body.external_reference,
        send_confirmation=body.send_confirmation,
        channel=CHANNEL,
    )

    def close(booking_id: UUID) -> dict[str, Any]:
        rest = commit_transaction(
            caller.operator,
            booking_id=booking_id,
            transaction_id=transaction_id,
            received=received,
            actor=caller.actor,
        )
        return {"transaction_id": transaction_id, "rest_id": rest}

    return _moved(request, reference=reference, act=close)


@router.post(
    "/bookings/{reference}/transactions/{transaction_id}/reverse",
    summary="Take a recorded movement back",
    **endpoint(
        "reverse_transaction",
        scope=keys.REVERSE,
        answers={201: MovementAnswer},
        problems=(
            *SENDING, *KEYED, *OF_ROW,
            "already_reversed", "reversal_exceeds_received", "not_reversible", "reason_needed",
        ),
        examples=examples.REVERSE,
    ),
)  # fmt: skip
def reverse(
    request: HttpRequest, *, reference: Reference, transaction_id: TransactionId, body: ReverseBody
) -> HttpResponse:
    """Correct a mistake: a closed offline row stays as it is, and a new row and entry take it back.

    A payment at checkout may have closed several rows. Reversing one of them reverses all, because they are one
    movement: each gets a reversing row, one entry takes back the sum, and the answer is about the row in the address.
    """
    caller = caller_of(request)

    def correct(booking_id: UUID) -> dict[str, Any]:
        reversing = take_back(
            caller.operator,
            booking_id=booking_id,
            transaction_id=transaction_id,
            correction=Correction(reason=body.reason, channel=CHANNEL),
            actor=caller.actor,
        )
        return {"transaction_id": reversing}

    return _moved(request, reference=reference, act=correct, status=201)


def _moved(
    request: HttpRequest, *, reference: str, act: Callable[[UUID], dict[str, Any]], status: int = 200
) -> HttpResponse:
    """Do something to a row once, and answer the row with the figures that follow."""
    refuse_unknown(request)

    def once() -> Done:
        booking_id = _booking(request, reference=reference).booking.id
        rows = act(booking_id)
        billing = billing_by_id(caller_of(request).operator, booking_id=booking_id)
        return Done(status=status, body=movement_answer(billing, staff=is_staff(request), **rows))

    return answered_once(request, act=once)


def _booking(request: HttpRequest, *, reference: str) -> Billing:
    return billing_by_reference(caller_of(request).operator, reference=reference)
