"""Finance take back a payment or a refund that was recorded by mistake.

The closed row stays as it is. A new closed row of the same kind takes its amount back, and a new entry mirrors the
entry of the first: each names the other. Only money outside any provider is reversed, and only once; a provider sends
money back as a refund. No email is sent, because nothing happened that a customer would know of.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from fareledger.domain import ledger
from fareledger.domain.access import Actor, Permission
from fareledger.domain.accounts import Account
from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.identity import new_id
from fareledger.domain.ledger import EntryKind, Line, Posting
from fareledger.domain.plan import MANUAL
from fareledger.domain.protection import given_by_trust, kept_by_trust
from fareledger.persistence import queries
from fareledger.persistence.ledger import Fact, balances, post
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.find_open_row import RowHasMovedOn, TransactionNotFound
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, tell
from fareledger.usecases.save_plan import add_rows
from fareledger.usecases.show_booking import OFFLINE

MAX_REASON = 500
SOURCE = "reversal"
# A correction of the books is made by the office, whatever door it came through.
_CHANNEL = "back_office"


class InvalidReversal(Refused):
    """A row that is not reversed, or no reason; `code` says which."""


class ReversalBelowNothing(Conflict):
    """Without this payment more would have been refunded than was received."""

    def __init__(self) -> None:
        message = "More was refunded than would be left. Reverse the refund first."
        super().__init__(code="reversal_exceeds_received", message=message)


class AlreadyReversed(RowHasMovedOn):
    """Somebody reversed the row before."""

    def __init__(self, *, reversed_by: str, reversed_at: datetime | None) -> None:
        super().__init__(code="already_reversed", did="reversed", by=reversed_by, at=reversed_at)


@retried_on_deadlock
def reverse_transaction(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, reason: str, actor: Actor
) -> UUID:
    """Take back a closed offline row and return the id of the row that does so.

    The same person with the same reason again gets the first reversal. Raises NotPermitted, BookingNotFound,
    TransactionNotFound, InvalidReversal, AlreadyReversed and ReversalBelowNothing.
    """
    actor.require(Permission.REVERSE)
    reason = _reason(reason)
    moment = now()
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        original = next((row for row in locked.transactions if row.id == transaction_id), None)
        if original is None:
            raise TransactionNotFound(transaction_id)
        earlier = next((row for row in locked.transactions if row.reverses == original.id), None)
        if earlier is not None:
            if (earlier.closed_by, earlier.reason) == (actor.name, reason):
                return earlier.id
            raise AlreadyReversed(reversed_by=earlier.closed_by, reversed_at=earlier.closed_at)
        entry = _entry_to_reverse(locked, original=original)
        row = _reversing(original, reason=reason)
        row.opened_at, row.closed_at, row.closed_by = moment, moment, actor.name
        row.due_date = row.value_date = moment.astimezone(operator.time_zone).date()
        add_rows([row])
        _post(locked, row=row, entry=entry)
    return row.id


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        message = f"Say why, in at most {MAX_REASON} characters."
        raise InvalidReversal(code="reason_needed", message=message, field="/reason")
    return reason


def _entry_to_reverse(locked: LockedBooking, *, original: Transaction) -> dict[str, Any]:
    """Return the entry behind a row that can be reversed."""
    if original.status != "closed" or original.provider != OFFLINE or original.reverses is not None:
        message = "Only a closed row whose money moved outside any provider is reversed, once."
        raise InvalidReversal(code="not_reversible", message=message)
    left_minor = locked.figures.paid_minor - locked.figures.refunded_minor
    if original.kind == "payment" and original.amount_minor > left_minor:
        raise ReversalBelowNothing
    asked = {"operator_id": original.operator_id, "transaction_id": original.id}
    entry = queries.row("booking.entry_of_row", arguments=asked)
    if entry is None:
        raise AssertionError("a closed row has its entry")
    entry["lines"] = json.loads(entry["lines"])
    if sum(minor for _, side, minor in entry["lines"] if side == "D") != original.amount_minor:
        message = "This payment closed several rows at once, so one of them cannot be taken back alone."
        raise InvalidReversal(code="not_reversible", message=message)
    return entry


def _reversing(original: Transaction, *, reason: str) -> Transaction:
    return Transaction(
        operator_id=original.operator_id,
        id=new_id(),
        booking_id=original.booking_id,
        kind=original.kind,
        status="closed",
        type=original.type,
        method=original.method,
        method_name=original.method_name,
        amount_minor=original.amount_minor,
        planned_minor=original.amount_minor,
        rule_based=False,
        source=MANUAL,
        channel=_CHANNEL,
        reverses=original.id,
        reason=reason,
    )


def _post(locked: LockedBooking, *, row: Transaction, entry: dict[str, Any]) -> None:
    booking = locked.booking
    posting = _mirrored(locked, row=row, entry=entry)
    moment, day = cast(datetime, row.closed_at), row.due_date
    fact = Fact(
        operator_id=booking.operator_id,
        booking_id=booking.id,
        source=SOURCE,
        source_id=str(entry["id"]),
        provider=OFFLINE,
        channel=row.channel,
        posted_on=day,
        occurred_at=moment,
        recorded_at=moment,
    )
    post(posting, fact=fact)
    source = Source(
        name=SOURCE,
        id=fact.source_id,
        provider=OFFLINE,
        channel=row.channel,
        occurred_at=moment,
        recorded_at=moment,
        day=day,
    )
    amount = plain_amount(row.amount_minor, currency=booking.currency)
    payload: dict[str, object] = {
        "text": f"{row.kind.capitalize()} of {amount} reversed",
        "amount_minor": row.amount_minor,
        "transaction_id": str(row.id),
        "reverses": str(row.reverses),
        "reason": row.reason,
        "channel": row.channel,
    }
    tell(booking, kind=posting.kind.value, actor=row.closed_by, source=source, payload=payload)


def _mirrored(locked: LockedBooking, *, row: Transaction, entry: dict[str, Any]) -> Posting:
    """Mirror the entry; after the travel the trust bank keeps just what is owed to the customer."""
    booking = locked.booking
    lines = tuple(
        Line(Account(account), "debit" if side == "D" else "credit", minor)
        for account, side, minor in entry["lines"]
    )
    original = Posting(kind=EntryKind(entry["kind"]), currency=entry["currency"], lines=lines)
    over = booking.travel_completed_on is not None
    now_held = balances(booking.operator_id, booking_id=booking.id) if over else {}
    if row.kind == "payment":
        given = given_by_trust(now_held, amount_minor=row.amount_minor)
        return ledger.payment_reversed(original, from_trust_minor=given if over else None)
    out_of_trust = sum(line.amount_minor for line in lines if line.account is Account.PROTECTED_BANK)
    kept = min(out_of_trust, kept_by_trust(now_held, amount_minor=row.amount_minor))
    return ledger.refund_reversed(original, to_trust_minor=kept if over else None)
