"""Cancels a whole booking, or takes its cancellation back.

Cancelled, every component stays at its cancellation fee, and the plan follows by the rules of every change. Taken back,
what was cancelled is at its price again. Either one twice changes nothing. The customer is emailed.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.access import Actor
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import Accepted
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.wanted_change import Cancellation, Reinstatement


def cancel_booking(
    operator: Operator, *, booking_id: UUID, actor: Actor, channel: str, expected_version: int | None = None
) -> Accepted:
    """Put every component of a booking at its cancellation fee; money received beyond the fees is to be refunded.

    Raises NotPermitted, BookingNotFound, NothingToCancel, VersionMismatch, and InvalidBooking where the fees make no
    price.
    """
    handling = Handling(channel=channel, expected_version=expected_version)
    wanted = Cancellation(booking_id=booking_id)
    return save_change(operator, wanted=wanted, actor=actor, handling=handling)


def reinstate_booking(
    operator: Operator, *, booking_id: UUID, actor: Actor, channel: str, expected_version: int | None = None
) -> Accepted:
    """Put the components that a cancellation cancelled back at their prices; other cancelled ones stay cancelled.

    Raises NotPermitted, BookingNotFound and VersionMismatch.
    """
    handling = Handling(channel=channel, expected_version=expected_version)
    wanted = Reinstatement(booking_id=booking_id)
    return save_change(operator, wanted=wanted, actor=actor, handling=handling)
