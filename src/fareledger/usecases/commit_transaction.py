"""Staff say that an offline payment or refund has really happened: its row closes, at what really moved.

Row, ledger entry, timeline and the customer's confirmation are written in one transaction. Less than
planned leaves an open row for the rest; more is recorded in full and shows as a refund due, because
money that arrived is never refused. Money that moves through a provider closes rows in
`record_outcome.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.booking import METHODS
from fareledger.domain.errors import Refused
from fareledger.domain.money import MAX_MINOR
from fareledger.domain.wording import is_line
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.close_rows import Movement, close_row
from fareledger.usecases.confirm_movement import moved_at, movement_facts
from fareledger.usecases.event_wording import method_words, plain_amount
from fareledger.usecases.find_open_row import (
    AlreadyClosed,
    AlreadyDeleted,
    SentBefore,
    TransactionNotFound,
    Wanted,
    find_open_row,
    form_fact,
    live_attempts,
    refuse_while_refunded,
)
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, post_payment, post_refund, tell
from fareledger.usecases.queue_email import queue_receipt
from fareledger.usecases.save_plan import add_rows, update_row
from fareledger.usecases.show_booking import OFFLINE
from fareledger.usecases.spread_refunds import pending_minor

__all__ = [
    "MAX_REFERENCE",
    "AlreadyClosed",
    "AlreadyDeleted",
    "InvalidCommit",
    "Received",
    "TransactionNotFound",
    "commit_transaction",
]

MAX_REFERENCE = 40
MAX_METHOD_NAME = 40


class InvalidCommit(Refused):
    """What is said to have happened cannot have happened so; `field` names what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What was really received or paid back. None means as planned: its amount, its method, today.

    The method "other" has a `method_name`. A `form_key` makes the same form sent again lead to the first result.
    """

    amount_minor: int | None = None
    value_date: date | None = None
    method: str | None = None
    external_reference: str = ""
    send_confirmation: bool = True
    channel: str = "back_office"
    method_name: str = ""
    form_key: UUID | None = None


@retried_on_deadlock
def commit_transaction(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, received: Received, actor: Actor
) -> UUID | None:
    """Close an open row with money that moved outside any provider; return the id of the row for the rest.

    Raises NotPermitted, BookingNotFound, TransactionNotFound, AlreadyClosed, AlreadyDeleted,
    RefundInProgress and InvalidCommit.
    """
    actor.require(Permission.COMMIT)
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        events = ("payment_received", "refund_paid")
        wanted = Wanted(transaction_id=transaction_id, events=events, form_key=received.form_key)
        try:
            row = find_open_row(locked, wanted=wanted)
        except SentBefore:
            return next((row.id for row in locked.transactions if row.split_from == transaction_id), None)
        refuse_while_refunded(row)
        movement = _movement(row, received=received, locked=locked, said=(operator, actor))
        rest = close_row(
            row,
            movement=movement,
            amount_minor=movement.amount_minor,
            receipt_number=locked.next_receipt_number,
        )
        update_row(row)
        if rest is not None:
            add_rows([rest])
            locked.transactions.append(rest)
        _post(locked, row=row, operator=operator, movement=movement, form_key=received.form_key)
        if received.send_confirmation:
            facts = movement_facts(operator, locked=locked, row=row)
            queue_receipt(operator, booking=locked.booking, source_key=f"receipt:{row.id}", facts=facts)
        _withdraw(row)
    return rest.id if rest else None


def _movement(
    row: Transaction, *, received: Received, locked: LockedBooking, said: tuple[Operator, Actor]
) -> Movement:
    """Check what is said to have happened. Raises InvalidCommit."""
    operator, actor = said
    moment = now()
    method = _method(row, received=received)
    return Movement(
        amount_minor=_amount(row, received=received, locked=locked),
        method=method,
        method_name=_method_name(row, received=received, method=method),
        provider=OFFLINE,
        channel=received.channel,
        external_reference=_reference(received),
        closed_at=moment,
        closed_by=actor.name,
        value_date=_value_date(received, day=moment.astimezone(operator.time_zone).date()),
    )


def _amount(row: Transaction, *, received: Received, locked: LockedBooking) -> int:
    amount_minor = row.amount_minor if received.amount_minor is None else received.amount_minor
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_MINOR:
        raise InvalidCommit(code="invalid_amount", message="Give whole minor units above 0.", field="/amount")
    figures = locked.figures
    left_minor = figures.paid_minor - figures.refunded_minor - pending_minor(locked)
    if row.kind == "refund" and amount_minor > left_minor:
        raise InvalidCommit(
            code="refund_exceeds_paid",
            message="A refund is not larger than what was received and not refunded yet.",
            field="/amount",
        )
    return amount_minor


def _method(row: Transaction, *, received: Received) -> str:
    planned = "bank_transfer" if row.method == "undecided" else row.method
    method = received.method or planned
    if method not in METHODS:
        message = f"Give one of {', '.join(METHODS)}."
        raise InvalidCommit(code="unknown_method", message=message, field="/method")
    return method


def _method_name(row: Transaction, *, received: Received, method: str) -> str:
    if method != "other":
        return ""
    name = received.method_name or row.method_name
    if not is_line(name, longest=MAX_METHOD_NAME, shortest=0):
        message = f"Give one line of at most {MAX_METHOD_NAME} characters."
        raise InvalidCommit(code="invalid_text", message=message, field="/method_name")
    return name


def _reference(received: Received) -> str:
    if not is_line(received.external_reference, longest=MAX_REFERENCE, shortest=0):
        message = f"Give one line of at most {MAX_REFERENCE} characters."
        raise InvalidCommit(code="invalid_text", message=message, field="/external_reference")
    return received.external_reference


def _value_date(received: Received, *, day: date) -> date:
    value_date = received.value_date or day
    if value_date > day:
        message = "The money has moved already: give today or an earlier date."
        raise InvalidCommit(code="value_date_in_future", message=message, field="/value_date")
    return value_date


def _post(
    locked: LockedBooking, *, row: Transaction, operator: Operator, movement: Movement, form_key: UUID | None
) -> None:
    booking = locked.booking
    source = Source(
        name="transaction",
        id=str(row.id),
        provider=OFFLINE,
        channel=movement.channel,
        occurred_at=moved_at(row, operator=operator),
        recorded_at=movement.closed_at,
        day=movement.closed_at.astimezone(operator.time_zone).date(),
    )
    post = post_payment if row.kind == "payment" else post_refund
    post(booking, operator=operator, amount_minor=row.amount_minor, source=source)
    amount = plain_amount(row.amount_minor, currency=booking.currency)
    verb = "received" if row.kind == "payment" else "refunded"
    payload: dict[str, object] = {
        "text": f"{amount} {verb} by {method_words(row.method, name=row.method_name)}",
        "amount_minor": row.amount_minor,
        "planned_minor": row.planned_minor,
        "transaction_id": str(row.id),
        "external_reference": row.external_reference,
        "channel": movement.channel,
        **form_fact(form_key),
    }
    kind = "payment_received" if row.kind == "payment" else "refund_paid"
    tell(booking, kind=kind, actor=movement.closed_by, source=source, payload=payload)


def _withdraw(row: Transaction) -> None:
    """Have the worker take back a payment that the customer is making for the row, before it is paid twice."""
    for attempt_id in live_attempts(row):
        enqueue(
            "withdraw_attempt",
            once=f"withdraw:{attempt_id}",
            operator_id=str(row.operator_id),
            attempt_id=str(attempt_id),
        )
