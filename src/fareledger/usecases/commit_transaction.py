"""Staff say that an offline payment or refund has really happened: its row closes, at what really moved.

Row, ledger entry, timeline and the customer's confirmation are written in one transaction. Less than
planned leaves an open row for the rest; more is recorded in full and shows as a refund due, because
money that arrived is never refused. Money that moves through a provider closes rows in
`record_outcome.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.booking import METHODS
from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.figures import Figures
from fareledger.domain.money import MAX_MINOR
from fareledger.domain.wording import is_line
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.close_rows import Movement, close_row
from fareledger.usecases.event_wording import method_words, plain_amount
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, post_payment, post_refund, tell
from fareledger.usecases.queue_email import ReceiptFacts, queue_receipt
from fareledger.usecases.save_plan import add_rows, update_row
from fareledger.usecases.show_booking import OFFLINE

MAX_REFERENCE = 40


class TransactionNotFound(NotFound):
    """This booking has no such row in its plan."""

    def __init__(self, transaction_id: UUID) -> None:
        super().__init__(code="transaction_not_found", message="This booking has no such row in its plan.")
        self.transaction_id = transaction_id


class AlreadyClosed(Conflict):
    """Somebody closed the row before; says who and when."""

    def __init__(self, *, closed_by: str, closed_at: datetime | None) -> None:
        at = f" on {closed_at:%Y-%m-%d at %H:%M} UTC" if closed_at else ""
        super().__init__(code="already_closed", message=f"{closed_by or 'Somebody'} closed this row{at}.")
        self.closed_by = closed_by
        self.closed_at = closed_at


class InvalidCommit(Refused):
    """What is said to have happened cannot have happened so; `field` names what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What was really received or paid back. None means as planned: its amount, its method, today."""

    amount_minor: int | None = None
    value_date: date | None = None
    method: str | None = None
    external_reference: str = ""
    send_confirmation: bool = True
    channel: str = "back_office"


@retried_on_deadlock
def commit_transaction(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, received: Received, actor: Actor
) -> UUID | None:
    """Close an open row with money that moved outside any provider; return the id of the row for the rest.

    Raises NotPermitted, BookingNotFound, TransactionNotFound, AlreadyClosed and InvalidCommit.
    """
    actor.require(Permission.COMMIT)
    moment = now()
    day = moment.astimezone(operator.time_zone).date()
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        row = _open_row(locked, transaction_id=transaction_id)
        before = locked.figures
        amount_minor = _amount(row, received=received, figures=before)
        movement = Movement(
            amount_minor=amount_minor,
            method=_method(row, received=received),
            provider=OFFLINE,
            channel=received.channel,
            external_reference=_reference(received),
            closed_at=moment,
            closed_by=actor.name,
            value_date=_value_date(received, day=day),
        )
        rest = close_row(
            row, movement=movement, amount_minor=amount_minor, receipt_number=locked.next_receipt_number
        )
        update_row(row)
        if rest is not None:
            add_rows([rest])
            locked.transactions.append(rest)
        _post(locked, row=row, operator=operator, movement=movement)
        if received.send_confirmation:
            _confirm(locked, row=row, operator=operator, before=before)
    return rest.id if rest else None


def _open_row(locked: LockedBooking, *, transaction_id: UUID) -> Transaction:
    row = next((row for row in locked.transactions if row.id == transaction_id), None)
    if row is None:
        raise TransactionNotFound(transaction_id)
    if row.status != "open":
        raise AlreadyClosed(closed_by=row.closed_by, closed_at=row.closed_at)
    return row


def _amount(row: Transaction, *, received: Received, figures: Figures) -> int:
    amount_minor = row.amount_minor if received.amount_minor is None else received.amount_minor
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_MINOR:
        raise InvalidCommit(code="invalid_amount", message="Give whole minor units above 0.", field="/amount")
    if row.kind == "refund" and amount_minor > figures.paid_minor - figures.refunded_minor:
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


def _post(locked: LockedBooking, *, row: Transaction, operator: Operator, movement: Movement) -> None:
    booking = locked.booking
    source = Source(
        name="transaction",
        id=str(row.id),
        provider=OFFLINE,
        channel=movement.channel,
        occurred_at=_moved_at(row, operator=operator),
        recorded_at=movement.closed_at,
        day=movement.closed_at.astimezone(operator.time_zone).date(),
    )
    post = post_payment if row.kind == "payment" else post_refund
    post(booking, operator=operator, amount_minor=row.amount_minor, source=source)
    amount = plain_amount(row.amount_minor, currency=booking.currency)
    verb = "received" if row.kind == "payment" else "refunded"
    payload: dict[str, object] = {
        "text": f"{amount} {verb} by {method_words(row.method)}",
        "amount_minor": row.amount_minor,
        "planned_minor": row.planned_minor,
        "transaction_id": str(row.id),
        "external_reference": row.external_reference,
        "channel": movement.channel,
    }
    kind = "payment_received" if row.kind == "payment" else "refund_paid"
    tell(booking, kind=kind, actor=movement.closed_by, source=source, payload=payload)


def _moved_at(row: Transaction, *, operator: Operator) -> datetime:
    """The moment of the money: now if it moved today, else noon of its day where the operator is."""
    closed_at, value_date = row.closed_at, row.value_date
    if closed_at is None or value_date is None:
        raise AssertionError("a closed row says when it closed")
    if value_date == closed_at.astimezone(operator.time_zone).date():
        return closed_at
    return datetime.combine(value_date, time(12), tzinfo=operator.time_zone).astimezone(UTC)


def _confirm(locked: LockedBooking, *, row: Transaction, operator: Operator, before: Figures) -> None:
    after = locked.figures
    upcoming = sorted(
        (one.due_date, one.amount_minor) for one in locked.plan if one.is_open and one.kind == "payment"
    )
    facts = ReceiptFacts(
        kind="receipt" if row.kind == "payment" else "refund_confirmation",
        amount_minor=row.amount_minor,
        received_at=_moved_at(row, operator=operator),
        instrument=method_words(row.method),
        receipt_number=row.receipt_number or 0,
        paid_before_minor=before.paid_minor - before.refunded_minor,
        payable_minor=after.payable_minor,
        left_minor=after.outstanding_minor,
        next_due=tuple(upcoming),
    )
    queue_receipt(operator, booking=locked.booking, source_key=f"receipt:{row.id}", facts=facts)
