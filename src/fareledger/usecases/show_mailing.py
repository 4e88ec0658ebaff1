"""How far a mailing of pay links is, and what became of each booking in it; nothing is sent here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.persistence.models import Booking, LinkMailing, LinkMailingItem
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot


class MailingNotFound(NotFound):
    """This operator has no mailing with this id."""

    def __init__(self, mailing_id: UUID) -> None:
        super().__init__(code="mailing_not_found", message="There is no such mailing.")
        self.mailing_id = mailing_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MailedBooking:
    """One booking of a mailing: waiting, sent, or left out for a reason."""

    reference: str
    customer_name: str
    to_email: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingView:
    """One mailing as it stands."""

    id: UUID
    asked_by: str
    created_at: datetime
    finished: bool
    bookings: tuple[MailedBooking, ...]

    @property
    def sent(self) -> int:
        """How many links are on their way."""
        return sum(one.status == "sent" for one in self.bookings)

    @property
    def left_out(self) -> int:
        """How many bookings were left out after all."""
        return sum(one.status == "left_out" for one in self.bookings)


def show_mailing(operator: Operator, *, mailing_id: UUID) -> MailingView:
    """Read one mailing. Raises MailingNotFound."""
    with operator_snapshot(operator.id):
        mailing = LinkMailing.objects.filter(operator_id=operator.id, id=mailing_id).first()
        if mailing is None:
            raise MailingNotFound(mailing_id)
        items = list(
            LinkMailingItem.objects.filter(operator_id=operator.id, mailing_id=mailing_id).order_by(
                "position"
            )
        )
        ids = [item.booking_id for item in items]
        known = {one.id: one for one in Booking.objects.filter(operator_id=operator.id, id__in=ids)}
    return MailingView(
        id=mailing.id,
        asked_by=mailing.asked_by,
        created_at=mailing.created_at,
        finished=mailing.finished_at is not None,
        bookings=tuple(
            MailedBooking(
                reference=known[item.booking_id].reference,
                customer_name=known[item.booking_id].customer_name,
                to_email=known[item.booking_id].customer_email,
                status=item.status,
                reason=item.reason,
            )
            for item in items
        ),
    )
