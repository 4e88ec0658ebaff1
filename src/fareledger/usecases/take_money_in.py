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

from fareledger.persistence.models import Attempt
from fareledger.persistence.operators import Operator
from fareledger.usecases.attempt_words import instrument_of, received_words
from fareledger.usecases.clock import now
from fareledger.usecases.close_rows import Closed, Movement, close_oldest
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.post_movement import Source, post_payment, tell
from fareledger.usecases.queue_email import ReceiptFacts, queue_receipt
from fareledger.usecases.save_plan import add_rows, update_row

SOURCE = "attempt"
# Whoever brought the news, the money is the customer's doing, and the story reads the same.
PAYER = "Customer"


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """Money of one attempt that the provider confirmed, and when it was captured (aware UTC)."""

    attempt: Attempt
    covered_ids: Collection[UUID]
    captured_at: datetime


def take_money_in(operator: Operator, *, locked: LockedBooking, arrived: Arrived) -> tuple[UUID, ...]:
    """Close rows, post the entry, tell the timeline and queue the receipt, inside the caller's transaction.

    Needs the booking's lock. Returns the ids of the rows that closed.
    """
    before = locked.figures
    done = _close_rows(operator, locked=locked, arrived=arrived)
    closed = [row for row in (*done.closed, *done.added) if row.status == "closed"]
    source = _source(operator, arrived=arrived)
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
            instrument=instrument_of(arrived.attempt),
            receipt_number=min(row.receipt_number or 0 for row in closed),
            paid_before_minor=before.paid_minor - before.refunded_minor,
            payable_minor=figures.payable_minor,
            left_minor=figures.outstanding_minor,
            next_due=_next_due(locked),
        ),
    )
    return tuple(row.id for row in closed)


def _close_rows(operator: Operator, *, locked: LockedBooking, arrived: Arrived) -> Closed:
    attempt = arrived.attempt
    movement = Movement(
        amount_minor=attempt.amount_minor,
        method=attempt.method,
        provider=attempt.provider,
        channel=attempt.channel,
        external_reference=attempt.provider_reference or "",
        closed_at=now(),
        closed_by=PAYER,
        value_date=arrived.captured_at.astimezone(operator.time_zone).date(),
    )
    done = close_oldest(
        locked.transactions,
        booking=locked.booking,
        movement=movement,
        receipt_number=locked.next_receipt_number,
        chosen=arrived.covered_ids,
    )
    for row in done.closed:
        update_row(row)
    add_rows(done.added)
    locked.transactions.extend(done.added)
    return done


def _tell(locked: LockedBooking, *, arrived: Arrived, source: Source) -> None:
    attempt, figures = arrived.attempt, locked.figures
    text = f"{plain_amount(attempt.amount_minor, currency=attempt.currency)} {received_words(attempt)}"
    if figures.refund_due:
        due = plain_amount(-figures.outstanding_minor, currency=attempt.currency)
        text += f"; {due} more than is payable, so a refund is due"
    payload: dict[str, object] = {
        "text": text,
        "amount_minor": attempt.amount_minor,
        "provider": attempt.provider,
        "reference": attempt.provider_reference or "",
        "channel": attempt.channel,
        "method": attempt.method,
        "attempt_id": str(attempt.id),
    }
    tell(locked.booking, kind="payment_received", actor=PAYER, source=source, payload=payload)


def _source(operator: Operator, *, arrived: Arrived) -> Source:
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


def _next_due(locked: LockedBooking) -> tuple[tuple[date, int], ...]:
    still = [row for row in locked.plan if row.is_open and row.kind == "payment"]
    return tuple(
        (row.due_date, row.amount_minor) for row in sorted(still, key=lambda row: (row.due_date, row.id))
    )
