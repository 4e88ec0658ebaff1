"""Lets staff see a booking as its customer sees it, without being able to pay.

The back office gets an address that works once, within a minute; opening it moves the visit into the portal's
own cookie. The customer's links are not touched by it.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import F

from fareledger.domain.access import Actor, Permission
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now, wall_clock
from fareledger.usecases.open_portal_session import Entry, OpenedSession, begin_visit
from fareledger.usecases.portal_tokens import new_secret, token_hash
from fareledger.usecases.show_booking import BookingNotFound

HAND_OVER_WITHIN: Final = timedelta(minutes=1)


def view_as_customer(operator: Operator, *, booking_id: UUID, actor: Actor) -> str:
    """Begin a read-only visit and return the address to send the staff member's browser to.

    Raises NotPermitted and BookingNotFound.
    """
    actor.require(Permission.VIEW_AS_CUSTOMER)
    with operator_transaction(operator.id):
        booking = Booking.objects.only("reference").filter(operator_id=operator.id, id=booking_id).first()
        if booking is None:
            raise BookingNotFound(booking_id)
        opened = begin_visit(operator, booking_id=booking_id, entry=Entry(viewer="staff"))
        append_timeline(
            Event(
                operator_id=operator.id,
                booking_id=booking_id,
                kind="portal_opened",
                actor=actor.name,
                occurred_at=now(),
                payload={"text": "Viewed as the customer sees it"},
            )
        )
        note_access(operator, actor=actor, kind="viewed_as_customer", subject=booking.reference)
    return f"{settings.ENVIRONMENT.base_url}/p/{operator.slug}/view/{opened.token}"


def hand_over_view(operator: Operator, *, token: str) -> OpenedSession | None:
    """Exchange the token of that address for a cookie's, once and within a minute; None otherwise."""
    moment, fresh = wall_clock(), new_secret()
    with operator_transaction(operator.id):
        handed_over = PortalSession.objects.filter(
            operator_id=operator.id,
            token_sha256=token_hash(token),
            viewer="staff",
            created_at=F("seen_at"),
            created_at__gt=moment - HAND_OVER_WITHIN,
        ).update(token_sha256=token_hash(fresh))
        if not handed_over:
            return None
        session = PortalSession.objects.get(operator_id=operator.id, token_sha256=token_hash(fresh))
    return OpenedSession(token=fresh, booking_id=session.booking_id, expires_at=session.expires_at)
