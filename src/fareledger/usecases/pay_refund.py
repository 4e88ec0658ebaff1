"""What happens to a booking when a provider confirms that a part of a refund arrived, and when it then fails after all.

The part closes the open refund row at what really went back, or a row of its own when the plan has changed meanwhile:
money that moved is always recorded. It decides nothing about the part.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from fareledger.domain import ledger
from fareledger.domain.accounts import Account
from fareledger.domain.identity import new_id
from fareledger.domain.ledger import EntryKind, Line, Posting
from fareledger.persistence import queries
from fareledger.persistence.models import Attempt, RefundOrder, RefundPart, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from fareledger.usecases.close_rows import Movement, close_row
from fareledger.usecases.confirm_movement import movement_facts
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.post_movement import Source, post_entry, post_online_refund, tell
from fareledger.usecases.queue_email import queue_receipt
from fareledger.usecases.refund_wording import instrument_of
from fareledger.usecases.save_plan import add_rows, update_row

SOURCE = "refund"
REVERSAL = "reversal"
_CHANNEL = "back_office"
_FAILED = "The refund failed after it had been told as done."


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPart:
    """A part of a refund that arrived or failed at the provider, its order, and when (aware UTC)."""

    part: RefundPart
    order: RefundOrder
    at: datetime


def pay_refund(operator: Operator, *, locked: LockedBooking, moved: MovedPart) -> None:
    """Close a row with a part that arrived, post its entry, tell the timeline and queue the confirmation.

    Needs the booking's lock, inside the caller's transaction. The order goes on with the row for the rest.
    """
    part, order = moved.part, moved.order
    payment = Attempt.objects.get(operator_id=operator.id, id=part.payment_attempt_id)
    row = _close_row(operator, locked=locked, moved=moved, method=payment.method)
    source = part_source(operator, part=part, at=moved.at)
    reached("before_post")
    post_online_refund(locked.booking, operator=operator, amount_minor=part.amount_minor, source=source)
    reached("after_post")
    instrument = instrument_of(payment)
    payload: dict[str, object] = {
        "text": f"{plain_amount(part.amount_minor, currency=part.currency)} refunded to {instrument}",
        "amount_minor": part.amount_minor,
        "transaction_id": str(row.id),
        "provider": part.provider,
        "reference": part.provider_reference or "",
        "channel": _CHANNEL,
    }
    tell(locked.booking, kind="refund_paid", actor=order.asked_by, source=source, payload=payload)
    facts = replace(movement_facts(operator, locked=locked, row=row), instrument=instrument)
    queue_receipt(operator, booking=locked.booking, source_key=f"receipt:{row.id}", facts=facts)


def take_refund_back(operator: Operator, *, locked: LockedBooking, moved: MovedPart) -> None:
    """Take back a row that a part had closed: a row and an entry that reverse it, and an open row for what is owed.

    Needs the booking's lock, inside the caller's transaction.
    """
    original = next(
        row
        for row in locked.transactions
        if (row.kind, row.provider, row.external_reference, row.reverses)
        == ("refund", moved.part.provider, moved.part.provider_reference, None)
    )
    moment = now()
    day = moment.astimezone(operator.time_zone).date()
    facts = {"due_date": day, "opened_at": moment, "source": original.source}
    reversing = _like(
        original,
        **facts,
        status="closed",
        provider=original.provider,
        reverses=original.id,
        reason=moved.part.failure_message or _FAILED,
        closed_at=moment,
        closed_by=moved.part.provider.capitalize(),
        value_date=day,
    )
    # How it is paid in the end is for staff to say: it may not be the way that just failed.
    again = {"method": "undecided", "split_from": original.id, "comment": original.comment}
    reopened = _like(original, **facts, **again)
    add_rows([reversing, reopened])
    locked.transactions.extend([reversing, reopened])
    moved.order.transaction_id = reopened.id
    _post_reversal(operator, locked=locked, row=reversing, original=original)


def was_taken_back(locked: LockedBooking, *, part: RefundPart) -> bool:
    """Say whether a part arrived and came back: whatever was told of it before that is old news."""
    if part.provider_reference is None:
        return False
    closed = (row for row in locked.transactions if row.kind == "refund" and row.status == "closed")
    return any(
        (row.provider, row.external_reference) == (part.provider, part.provider_reference) for row in closed
    )


def part_source(operator: Operator, *, part: RefundPart, at: datetime) -> Source:
    """Say which fact a part is: the provider's own name of the refund, once it has one."""
    moment = now()
    return Source(
        name=SOURCE,
        id=f"{part.provider}:{part.provider_reference or part.provider_key}",
        provider=part.provider,
        channel=_CHANNEL,
        occurred_at=at,
        recorded_at=moment,
        day=moment.astimezone(operator.time_zone).date(),
    )


def _close_row(operator: Operator, *, locked: LockedBooking, moved: MovedPart, method: str) -> Transaction:
    """Close the order's row, or a new one when it is gone, at the part's amount; what is left of it stays open."""
    part, order = moved.part, moved.order
    movement = Movement(
        amount_minor=part.amount_minor,
        method=method,
        provider=part.provider,
        channel=_CHANNEL,
        external_reference=part.provider_reference or "",
        closed_at=now(),
        closed_by=order.asked_by,
        value_date=moved.at.astimezone(operator.time_zone).date(),
    )
    number = locked.next_receipt_number
    row = next(
        (row for row in locked.transactions if row.id == order.transaction_id and row.status == "open"), None
    )
    if row is None:
        row = _surplus(locked, movement=movement)
        close_row(row, movement=movement, amount_minor=part.amount_minor, receipt_number=number)
        add_rows([row])
        locked.transactions.append(row)
        return row
    rest = close_row(row, movement=movement, amount_minor=part.amount_minor, receipt_number=number)
    update_row(row)
    if rest is not None:
        add_rows([rest])
        locked.transactions.append(rest)
        order.transaction_id = rest.id
    return row


def _surplus(locked: LockedBooking, *, movement: Movement) -> Transaction:
    return Transaction(
        operator_id=locked.booking.operator_id,
        id=new_id(),
        booking_id=locked.booking.id,
        kind="refund",
        type="partial",
        amount_minor=movement.amount_minor,
        planned_minor=movement.amount_minor,
        due_date=movement.value_date,
        rule_based=False,
        source="manual",
        opened_at=movement.closed_at,
    )


def _like(original: Transaction, **differences: object) -> Transaction:
    facts: dict[str, object] = {
        "operator_id": original.operator_id,
        "id": new_id(),
        "booking_id": original.booking_id,
        "kind": original.kind,
        "type": original.type,
        "method": original.method,
        "amount_minor": original.amount_minor,
        "planned_minor": original.amount_minor,
        "rule_based": False,
        "channel": original.channel,
    }
    return Transaction(**{**facts, **differences})


def _post_reversal(
    operator: Operator, *, locked: LockedBooking, row: Transaction, original: Transaction
) -> None:
    booking = locked.booking
    entry_id, posting = _entry_of(operator, row=original)
    source = Source(
        name=REVERSAL,
        id=str(entry_id),
        provider=row.provider,
        channel=row.channel,
        occurred_at=row.opened_at,
        recorded_at=row.opened_at,
        day=row.due_date,
    )
    completed = booking.travel_completed_on is not None
    post_entry(
        ledger.online_refund_reversed(posting, travel_completed=completed), booking=booking, source=source
    )
    payload: dict[str, object] = {
        "text": f"Refund of {plain_amount(row.amount_minor, currency=booking.currency)} came back: {row.reason}",
        "amount_minor": row.amount_minor,
        "transaction_id": str(row.id),
        "reverses": str(original.id),
        "reason": row.reason,
        "channel": row.channel,
    }
    tell(booking, kind="refund_reversed", actor=row.closed_by, source=source, payload=payload)


def _entry_of(operator: Operator, *, row: Transaction) -> tuple[UUID, Posting]:
    asked = {"operator_id": operator.id, "transaction_id": row.id}
    entry = queries.row("booking.entry_of_row", arguments=asked)
    if entry is None:
        raise AssertionError("a closed row has its entry")
    lines = tuple(
        Line(Account(account), "debit" if side == "D" else "credit", minor)
        for account, side, minor in json.loads(entry["lines"])
    )
    return entry["id"], Posting(kind=EntryKind(entry["kind"]), currency=entry["currency"], lines=lines)
