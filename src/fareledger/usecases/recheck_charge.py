"""Looks at a claimed charge once more, just before it is sent: what it rests on may have changed since its batch was.

A booking that was cancelled, a row that was paid, moved or repriced and a consent that was withdrawn in those seconds
are not charged.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.persistence import queries
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import today


def may_be_sent(operator: Operator, *, booking_id: UUID, attempt_id: UUID) -> bool:
    """Say whether a claimed charge still stands as it was claimed, in a transaction of its own.

    It waits for whoever works on the booking just now, and sees what they did.
    """
    arguments = {
        "operator_id": operator.id,
        "booking_id": booking_id,
        "attempt_id": attempt_id,
        "today": today(operator),
    }
    with operator_transaction(operator.id):
        held = Booking.objects.select_for_update().filter(operator_id=operator.id, id=booking_id)
        # A statement of its own: one that waited for the lock would see the other tables as they stood before.
        held.values_list("id", flat=True).first()
        return queries.row("collection.may_be_sent", arguments=arguments) is not None
