"""Staff take an open row out of the plan: nothing of it will move. What it covered has to be planned anew.

The row stays in the database as deleted. A row that closed is history; a mistake in it is corrected by
`reverse_transaction.py`.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.find_open_row import (
    RowBeingPaid,
    SentBefore,
    Wanted,
    find_open_row,
    form_fact,
    live_attempts,
    refuse_while_refunded,
)
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, tell
from fareledger.usecases.save_plan import update_row


@retried_on_deadlock
def delete_transaction(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, actor: Actor, form_key: UUID | None = None
) -> None:
    """Delete an open row; the same form sent again changes nothing.

    Raises NotPermitted, BookingNotFound, TransactionNotFound, AlreadyClosed, AlreadyDeleted, RowBeingPaid
    and RefundInProgress.
    """
    actor.require(Permission.PLAN)
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        events = ("payment_deleted", "refund_deleted")
        wanted = Wanted(transaction_id=transaction_id, events=events, form_key=form_key)
        try:
            row = find_open_row(locked, wanted=wanted)
        except SentBefore:
            return
        if live_attempts(row):
            raise RowBeingPaid
        refuse_while_refunded(row)
        moment = now()
        row.status, row.deleted_at = "deleted", moment
        update_row(row)
        source = Source(
            name="transaction",
            id=str(row.id),
            provider=row.provider,
            channel=row.channel,
            occurred_at=moment,
            recorded_at=moment,
            day=moment.astimezone(operator.time_zone).date(),
        )
        payload = {**_facts(locked, row=row), **form_fact(form_key)}
        tell(locked.booking, kind=f"{row.kind}_deleted", actor=actor.name, source=source, payload=payload)


def _facts(locked: LockedBooking, *, row: Transaction) -> dict[str, object]:
    amount = plain_amount(row.amount_minor, currency=locked.booking.currency)
    return {
        "text": f"{row.kind.capitalize()} of {amount} due {row.due_date} deleted",
        "amount_minor": row.amount_minor,
        "due_date": row.due_date.isoformat(),
        "transaction_id": str(row.id),
    }
