"""What a confirmation tells of the money of one closed row; commit and a later confirmation say the same.

It reads the plan as it stands and queues nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, time

from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.event_wording import method_words
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.queue_email import ReceiptFacts


def movement_facts(operator: Operator, *, locked: LockedBooking, row: Transaction) -> ReceiptFacts:
    """Describe a closed row of a locked booking, with what is left to pay after it and everything since."""
    figures = locked.figures
    still = [one for one in locked.plan if one.is_open and one.kind == "payment"]
    signed_minor = row.amount_minor if row.kind == "payment" else -row.amount_minor
    return ReceiptFacts(
        kind="receipt" if row.kind == "payment" else "refund_confirmation",
        amount_minor=row.amount_minor,
        received_at=moved_at(row, operator=operator),
        instrument=method_words(row.method, name=row.method_name),
        receipt_number=row.receipt_number or 0,
        paid_before_minor=figures.paid_minor - figures.refunded_minor - signed_minor,
        payable_minor=figures.payable_minor,
        left_minor=figures.outstanding_minor,
        next_due=tuple(sorted((one.due_date, one.amount_minor) for one in still)),
    )


def moved_at(row: Transaction, *, operator: Operator) -> datetime:
    """The moment of the money: now if it moved today, else noon of its day where the operator is."""
    closed_at, value_date = row.closed_at, row.value_date
    if closed_at is None or value_date is None:
        raise AssertionError("a closed row says when it closed")
    if value_date == closed_at.astimezone(operator.time_zone).date():
        return closed_at
    return datetime.combine(value_date, time(12), tzinfo=operator.time_zone).astimezone(UTC)
