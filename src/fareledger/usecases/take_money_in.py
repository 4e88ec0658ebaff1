"""What happens to a booking when a provider confirms that money of an attempt arrived: once, and always in
full.

The amount closes the plan rows the customer chose, then the oldest due ones; a partial cover splits a row;
what no open row can bear becomes a closed row of its own and so a refund due (P5). It decides nothing about
the attempt.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fareledger.domain.allocation import Close, allocate
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Attempt, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.post_movement import Source, post_payment, tell
from fareledger.usecases.queue_email import ReceiptFacts, queue_receipt

SOURCE = "attempt"


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Money of one attempt that the provider confirmed: when it was captured (aware UTC) and who brought the
    news.
    """

    attempt: Attempt
    covered_ids: Collection[UUID]
    captured_at: datetime
    actor: str


def take_money_in(operator: Operator, *, locked: LockedBooking, arrived: Arrived) -> tuple[UUID, ...]:
    """Close rows, post the entry, tell the timeline and queue the receipt, inside the caller's transaction.

    Needs the booking's lock. Returns the ids of the rows that closed.
    """
    before = locked.figures
    closed = _close_rows(operator, locked=locked, arrived=arrived)
    source = _source(operator, arrived)
    reached("before_post")
    post_payment(locked.booking, operator=operator, amount_minor=arrived.attempt.amount_minor, source=source)
    reached("after_post")
    _tell(locked, arrived=arrived, source=source)
    figures = locked.figures
    queue_receipt(
        operator,
        booking=locked.booking,
        source_key=f"receipt:{SOURCE}:{arrived.attempt.id}",
        facts=ReceiptFacts(
            kind="receipt",
            amount_minor=arrived.attempt.amount_minor,
            received_at=arrived.captured_at,
            instrument=_instrument(arrived.attempt),
            receipt_number=closed[0].receipt_number or 0,
            paid_before_minor=before.paid_minor - before.refunded_minor,
            payable_minor=figures.payable_minor,
            left_minor=figures.outstanding_minor,
            next_due=_next_due(locked),
        ),
    )
    return tuple(row.id for row in closed)


def _close_rows(operator: Operator, *, locked: LockedBooking, arrived: Arrived) -> list[Transaction]:
    allocation = allocate(
        locked.plan, amount_minor=arrived.attempt.amount_minor, covered_ids=arrived.covered_ids
    )
    value_date = arrived.captured_at.astimezone(operator.time_zone).date()
    rows = {row.id: row for row in locked.transactions}
    closed = []
    for part in allocation.closes:
        row = rows[part.row_id]
        if part.remainder_minor:
            locked.transactions.append(_remainder(row, part))
        row.amount_minor = part.amount_minor
        _close(row, locked=locked, arrived=arrived, value_date=value_date)
        row.save()
        closed.append(row)
    if allocation.surplus_minor:
        row = _surplus(locked, amount_minor=allocation.surplus_minor, due_date=value_date)
        _close(row, locked=locked, arrived=arrived, value_date=value_date)
        row.save(force_insert=True)
        locked.transactions.append(row)
        closed.append(row)
    return closed


def _close(row: Transaction, *, locked: LockedBooking, arrived: Arrived, value_date: date) -> None:
    row.receipt_number = locked.next_receipt_number
    row.status = "closed"
    row.method = "credit_card"
    row.provider = arrived.attempt.provider
    row.channel = arrived.attempt.channel
    row.external_reference = arrived.attempt.provider_reference or ""
    row.closed_at = now()
    row.closed_by = arrived.actor
    row.value_date = value_date


def _remainder(row: Transaction, part: Close) -> Transaction:
    """Insert the open row for what a partial cover leaves, due when the whole was."""
    return Transaction.objects.create(
        operator_id=row.operator_id,
        id=new_id(),
        booking_id=row.booking_id,
        kind=row.kind,
        type="partial",
        method=row.method,
        amount_minor=part.remainder_minor,
        planned_minor=part.remainder_minor,
        due_date=row.due_date,
        rule_based=row.rule_based,
        source=row.source,
        channel=row.channel,
        comment=row.comment,
        split_from=row.id,
        opened_at=now(),
    )


def _surplus(locked: LockedBooking, *, amount_minor: int, due_date: date) -> Transaction:
    """Make the row of money that nothing in the plan asked for."""
    return Transaction(
        operator_id=locked.booking.operator_id,
        id=new_id(),
        booking_id=locked.booking.id,
        kind="payment",
        type="partial",
        method="credit_card",
        amount_minor=amount_minor,
        planned_minor=amount_minor,
        due_date=due_date,
        rule_based=False,
        source="portal",
        channel="portal",
        opened_at=now(),
    )


def _tell(locked: LockedBooking, *, arrived: Arrived, source: Source) -> None:
    attempt, figures = arrived.attempt, locked.figures
    text = f"{plain_amount(attempt.amount_minor, currency=attempt.currency)} received by card"
    if figures.refund_due:
        due = plain_amount(-figures.outstanding_minor, currency=attempt.currency)
        text += f"; {due} more than is payable, so a refund is due"
    payload: dict[str, object] = {
        "text": text,
        "amount_minor": attempt.amount_minor,
        "provider": attempt.provider,
        "reference": attempt.provider_reference or "",
        "channel": attempt.channel,
        "attempt_id": str(attempt.id),
    }
    tell(locked.booking, kind="payment_received", actor=arrived.actor, source=source, payload=payload)


def _source(operator: Operator, arrived: Arrived) -> Source:
    recorded_at = now()
    return Source(
        name=SOURCE,
        id=str(arrived.attempt.id),
        provider=arrived.attempt.provider,
        channel=arrived.attempt.channel,
        occurred_at=arrived.captured_at,
        recorded_at=recorded_at,
        day=recorded_at.astimezone(operator.time_zone).date(),
    )


def _instrument(attempt: Attempt) -> str:
    brand = {"amex": "American Express"}.get(attempt.card_brand, attempt.card_brand.capitalize()) or "Card"
    return f"{brand} ending {attempt.card_last4}" if attempt.card_last4 else brand


def _next_due(locked: LockedBooking) -> tuple[tuple[date, int], ...]:
    still = [row for row in locked.plan if row.is_open and row.kind == "payment"]
    return tuple(
        (row.due_date, row.amount_minor) for row in sorted(still, key=lambda row: (row.due_date, row.id))
    )
