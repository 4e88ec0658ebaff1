"""Finance take back a payment or a refund that was recorded by mistake.

The closed row stays as it is. A new closed row of the same kind takes its amount back, and a new entry mirrors the
entry of the first: each names the other. A payment that closed several rows at once is one movement with one entry, so
all of them are reversed together. Only money outside any provider is reversed, and only once; a provider sends money
back as a refund. No email is sent, because nothing happened that a customer would know of.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """A movement as it was recorded: its entry, and the rows that it closed, by their due dates."""

    entry_id: UUID
    posting: Posting
    rows: tuple[Transaction, ...]

    @property
    def amount_minor(self) -> int:
        return sum(row.amount_minor for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Why a row is taken back, and the channel that the correction came through."""

    reason: str
    channel: str = "back_office"


def reverse_transaction(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, reason: str, actor: Actor
) -> UUID:
    """Take back a closed offline row in the office, with all rows that its payment closed; return its reversal's id.

    The same person with the same reason again gets the first reversal. Raises NotPermitted, BookingNotFound,
    TransactionNotFound, InvalidReversal, AlreadyReversed and ReversalBelowNothing.
    """
    correction = Correction(reason=reason)
    return take_back(
        operator, booking_id=booking_id, transaction_id=transaction_id, correction=correction, actor=actor
    )


@retried_on_deadlock
def take_back(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, correction: Correction, actor: Actor
) -> UUID:
    """Do as `reverse_transaction` does, and raise what it raises, through the channel that the correction names."""
    actor.require(Permission.REVERSE)
    reason = _reason(correction.reason)
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
        movement = _movement_to_reverse(locked, original=original)
        taken_back = [_reversing(row, correction=correction) for row in movement.rows]
        for row in taken_back:
            row.opened_at, row.closed_at, row.closed_by = moment, moment, actor.name
            row.due_date = row.value_date = moment.astimezone(operator.time_zone).date()
        add_rows(taken_back)
        first = next(row for row in taken_back if row.reverses == original.id)
        _post(locked, row=first, movement=movement)
    return first.id


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > MAX_REASON or "\x00" in reason:
        message = f"Say why, in at most {MAX_REASON} characters."
        raise InvalidReversal(code="reason_needed", message=message, field="/reason")
    return reason


def _movement_to_reverse(locked: LockedBooking, *, original: Transaction) -> _Recorded:
    """Find the entry behind a row that can be reversed, with every row that it closed."""
    if original.status != "closed" or original.provider != OFFLINE or original.reverses is not None:
        message = "Only a closed row whose money moved outside any provider is reversed, once."
        raise InvalidReversal(code="not_reversible", message=message)
    entry = _entry_of(original)
    if entry is None:
        raise AssertionError("a closed row has its entry")
    alike = [row for row in locked.transactions if row.id != original.id and _comes_from(row, like=original)]
    rows = [original, *(row for row in alike if (_entry_of(row) or {}).get("id") == entry["id"])]
    recorded = _Recorded(
        entry_id=entry["id"],
        posting=_posting(entry),
        rows=tuple(sorted(rows, key=lambda row: (row.due_date, row.id))),
    )
    debited = sum(line.amount_minor for line in recorded.posting.lines if line.side == "debit")
    if debited != recorded.amount_minor:
        raise AssertionError("an entry is for the rows that it closed")
    left_minor = locked.figures.paid_minor - locked.figures.refunded_minor
    if original.kind == "payment" and recorded.amount_minor > left_minor:
        raise ReversalBelowNothing
    return recorded


def _comes_from(row: Transaction, *, like: Transaction) -> bool:
    """Say whether a closed row may be of the same payment: only money of a checkout closes several rows."""
    return row.status == "closed" and row.reverses is None and _origin(row) == _origin(like)


def _origin(row: Transaction) -> tuple[str, str, str, str]:
    return row.kind, row.source, row.provider, row.external_reference


def _entry_of(row: Transaction) -> dict[str, Any] | None:
    asked = {"operator_id": row.operator_id, "transaction_id": row.id}
    return queries.row("booking.entry_of_row", arguments=asked)


def _posting(entry: dict[str, Any]) -> Posting:
    lines = tuple(
        Line(Account(account), "debit" if side == "D" else "credit", minor)
        for account, side, minor in json.loads(entry["lines"])
    )
    return Posting(kind=EntryKind(entry["kind"]), currency=entry["currency"], lines=lines)


def _reversing(original: Transaction, *, correction: Correction) -> Transaction:
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
        channel=correction.channel,
        reverses=original.id,
        reason=correction.reason.strip(),
    )


def _post(locked: LockedBooking, *, row: Transaction, movement: _Recorded) -> None:
    """Mirror the entry once and tell it; `row` is the reversing row that was asked for."""
    booking = locked.booking
    posting = _mirrored(locked, movement=movement)
    moment, day = cast(datetime, row.closed_at), row.due_date
    fact = Fact(
        operator_id=booking.operator_id,
        booking_id=booking.id,
        source=SOURCE,
        source_id=str(movement.entry_id),
        provider=OFFLINE,
        channel=row.channel,
        posted_on=day,
        occurred_at=moment,
        recorded_at=moment,
    )
    if not post(posting, fact=fact).new:
        raise AssertionError("an entry is mirrored once")
    source = Source(
        name=SOURCE,
        id=fact.source_id,
        provider=OFFLINE,
        channel=row.channel,
        occurred_at=moment,
        recorded_at=moment,
        day=day,
    )
    amount = plain_amount(movement.amount_minor, currency=booking.currency)
    of_rows = f", {len(movement.rows)} rows" if len(movement.rows) > 1 else ""
    payload: dict[str, object] = {
        "text": f"{row.kind.capitalize()} of {amount} reversed{of_rows}",
        "amount_minor": movement.amount_minor,
        "transaction_id": str(row.id),
        "reverses": str(row.reverses),
        "reason": row.reason,
        "channel": row.channel,
    }
    tell(booking, kind=posting.kind.value, actor=row.closed_by, source=source, payload=payload)


def _mirrored(locked: LockedBooking, *, movement: _Recorded) -> Posting:
    """Mirror the entry; after the travel the trust bank keeps just what is owed to the customer."""
    booking, original, amount_minor = locked.booking, movement.posting, movement.amount_minor
    over = booking.travel_completed_on is not None
    now_held = balances(booking.operator_id, booking_id=booking.id) if over else {}
    if original.kind is EntryKind.PAYMENT_RECEIVED:
        given = given_by_trust(now_held, amount_minor=amount_minor)
        return ledger.payment_reversed(original, from_trust_minor=given if over else None)
    out_of_trust = sum(line.amount_minor for line in original.lines if line.account is Account.PROTECTED_BANK)
    kept = min(out_of_trust, kept_by_trust(now_held, amount_minor=amount_minor))
    return ledger.refund_reversed(original, to_trust_minor=kept if over else None)
