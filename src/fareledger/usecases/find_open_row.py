"""Finds the row of a plan that somebody means to change, or says who was quicker.

A row is closed or deleted once. Whoever comes second learns what the first one did and when; whoever sends the same
form again is told so and led to the first result. It changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fareledger.domain.errors import Conflict, NotFound
from fareledger.persistence.models import AttemptCover, RefundOrder, TimelineEvent, Transaction
from fareledger.usecases.lock_booking import LockedBooking

LIVE_ORDERS = ("waiting", "running")


class TransactionNotFound(NotFound):
    """This booking has no such row in its plan."""

    def __init__(self, transaction_id: UUID) -> None:
        super().__init__(code="transaction_not_found", message="This booking has no such row in its plan.")
        self.transaction_id = transaction_id


class RowHasMovedOn(Conflict):
    """Somebody was quicker: who (empty when nobody in particular), what they did in one word, and when."""

    def __init__(self, *, code: str, did: str, by: str, at: datetime | None) -> None:
        when = f" on {at:%Y-%m-%d at %H:%M} UTC" if at else ""
        super().__init__(code=code, message=f"{by or 'Somebody'} {did} this row{when}.")
        self.did = did
        self.by = by
        self.at = at


class AlreadyClosed(RowHasMovedOn):
    """Somebody closed the row before."""

    def __init__(self, *, closed_by: str, closed_at: datetime | None) -> None:
        super().__init__(code="already_closed", did="closed", by=closed_by, at=closed_at)
        self.closed_by = closed_by
        self.closed_at = closed_at


class AlreadyDeleted(RowHasMovedOn):
    """Somebody deleted the row before, or a change of the booking left nothing of it."""

    def __init__(self, *, deleted_by: str, deleted_at: datetime | None) -> None:
        super().__init__(code="already_deleted", did="deleted", by=deleted_by, at=deleted_at)


class SentBefore(Exception):
    """The same form was sent before and has had its effect; not an error of whoever sends it again."""


class RowBeingPaid(Conflict):
    """The customer is paying this row at a provider now."""

    def __init__(self) -> None:
        message = "The customer is paying this row now. Wait for the outcome."
        super().__init__(code="payment_in_progress", message=message)


class RefundInProgress(Conflict):
    """The row is being refunded online, or waits for a second person to agree to it."""

    def __init__(self) -> None:
        message = "This refund is going back online already, or waits for a second person to agree to it."
        super().__init__(code="refund_in_progress", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row, what somebody means to do with it (the event that will tell it), and the key of their form."""

    transaction_id: UUID
    events: tuple[str, ...]
    form_key: UUID | None = None


def find_open_row(locked: LockedBooking, *, wanted: Wanted) -> Transaction:
    """Return the open row of a locked booking.

    Raises TransactionNotFound, AlreadyClosed and AlreadyDeleted, and SentBefore when this very form did it.
    """
    row = next((row for row in locked.transactions if row.id == wanted.transaction_id), None)
    if row is not None and row.status == "open":
        return row
    told = _told(locked, wanted=wanted)
    if told is not None and wanted.form_key and told.payload.get("form_key") == str(wanted.form_key):
        raise SentBefore
    if row is not None:
        raise AlreadyClosed(closed_by=row.closed_by, closed_at=row.closed_at)
    gone = Transaction.objects.filter(
        operator_id=locked.booking.operator_id, booking_id=locked.booking.id, id=wanted.transaction_id
    ).first()
    if gone is None:
        raise TransactionNotFound(wanted.transaction_id)
    deletion = _told(locked, wanted=Wanted(transaction_id=gone.id, events=(f"{gone.kind}_deleted",)))
    raise AlreadyDeleted(deleted_by=deletion.actor if deletion else "", deleted_at=gone.deleted_at)


def live_attempts(row: Transaction) -> list[UUID]:
    """Return the attempts that are paying the row now; at most one, but for a moment in between."""
    covers = AttemptCover.objects.filter(operator_id=row.operator_id, transaction_id=row.id, live=True)
    return list(covers.values_list("attempt_id", flat=True))


def live_order(row: Transaction) -> RefundOrder | None:
    """Return the order that is refunding a row online, or that waits for a second person; or None."""
    orders = RefundOrder.objects.filter(operator_id=row.operator_id, transaction_id=row.id)
    return orders.filter(status__in=LIVE_ORDERS).first()


def refuse_while_refunded(row: Transaction) -> None:
    """Raise RefundInProgress while the row's money is going back online, or may be about to."""
    if row.kind == "refund" and live_order(row):
        raise RefundInProgress


def form_fact(form_key: UUID | None) -> dict[str, object]:
    """Return the fact by which the timeline recognises a form that is sent again."""
    return {"form_key": str(form_key)} if form_key else {}


def _told(locked: LockedBooking, *, wanted: Wanted) -> TimelineEvent | None:
    keys = [f"{event}:transaction:{wanted.transaction_id}" for event in wanted.events]
    return TimelineEvent.objects.filter(
        operator_id=locked.booking.operator_id, booking_id=locked.booking.id, source_key__in=keys
    ).first()
