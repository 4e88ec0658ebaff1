"""Online refunds of a booking as the faces see them: who asked, who agreed, and how each part stands.

It decides nothing and asks no provider.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import Attempt, Booking, RefundOrder, RefundPart
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.find_open_row import LIVE_ORDERS
from fareledger.usecases.lock_booking import LockedBooking, with_plan
from fareledger.usecases.show_booking import BookingNotFound
from fareledger.usecases.spread_refunds import needs_second_person, offer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PartView:
    """What goes back to one instrument, in minor units; of a card, what may be known of it."""

    id: UUID
    state: State
    amount_minor: int
    method: str
    card_brand: str
    card_last4: str
    bank_name: str
    paid_at: datetime
    provider: str
    provider_reference: str
    failure_message: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """One order of an online refund at one moment, the amount in minor units of `currency`."""

    id: UUID
    booking_id: UUID
    transaction_id: UUID
    status: str
    amount_minor: int
    currency: str
    asked_by: str
    asked_by_id: UUID | None
    asked_at: datetime
    decided_by: str
    reason: str
    parts: tuple[PartView, ...]

    @property
    def live(self) -> bool:
        """Say whether it waits for somebody or its money is on the way."""
        return self.status in LIVE_ORDERS

    @property
    def pending_minor(self) -> int:
        """What is on its way and has neither arrived nor failed."""
        return sum(part.amount_minor for part in self.parts if not part.state.is_terminal)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareView:
    """What one payment would bear of a refund; `refused` says that the last refund to it did not get through."""

    amount_minor: int
    method: str
    card_brand: str
    card_last4: str
    bank_name: str
    paid_at: datetime
    refused: bool
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """What of a refund row would go back online, by payment, what would not, and whether a second person is needed."""

    online_minor: int
    rest_minor: int
    shares: tuple[ShareView, ...]
    second_person: bool


def show_refunds(operator: Operator, *, booking_id: UUID) -> tuple[RefundView, ...]:
    """Return the orders of a booking, oldest first."""
    with operator_snapshot(operator.id):
        orders = list(
            RefundOrder.objects.filter(operator_id=operator.id, booking_id=booking_id).order_by("id")
        )
        return refund_views(operator, orders=orders)


def refund_views(operator: Operator, *, orders: list[RefundOrder]) -> tuple[RefundView, ...]:
    """Describe orders inside the caller's operator transaction."""
    parts = list(
        RefundPart.objects.filter(operator_id=operator.id, order_id__in=[one.id for one in orders]).order_by(
            "id"
        )
    )
    found = Attempt.objects.filter(
        operator_id=operator.id, id__in={part.payment_attempt_id for part in parts}
    )
    payments = {one.id: one for one in found}
    of_order: defaultdict[UUID, list[PartView]] = defaultdict(list)
    for part in parts:
        of_order[part.order_id].append(_part(part, payment=payments[part.payment_attempt_id]))
    return tuple(_order(one, parts=of_order[one.id]) for one in orders)


def show_offer(operator: Operator, *, booking_id: UUID, transaction_id: UUID) -> OfferView:
    """Say what of an open refund row would go back online now, and where to; nothing is kept.

    Raises BookingNotFound, TransactionNotFound, AlreadyClosed, AlreadyDeleted and NotARefund.
    """
    with operator_snapshot(operator.id):
        booking = Booking.objects.filter(operator_id=operator.id, id=booking_id).first()
        if booking is None:
            raise BookingNotFound(booking_id)
        return _offer(operator, locked=with_plan(booking), transaction_id=transaction_id)


def _offer(operator: Operator, *, locked: LockedBooking, transaction_id: UUID) -> OfferView:
    offer = offer_of(locked, transaction_id=transaction_id)
    shares = [(share.amount_minor, offer.payments[share.payment_id]) for share in offer.spread.shares]
    refused = offer.refused
    return OfferView(
        online_minor=offer.online_minor,
        rest_minor=offer.spread.rest_minor,
        shares=tuple(
            ShareView(
                amount_minor=amount_minor,
                method=payment.method,
                card_brand=payment.card_brand,
                card_last4=payment.card_last4,
                bank_name=payment.bank_name,
                paid_at=payment.changed_at,
                refused=payment.id in refused,
                refusal=refused.get(payment.id, ""),
            )
            for amount_minor, payment in shares
        ),
        second_person=needs_second_person(
            operator, amount_minor=offer.online_minor, currency=locked.booking.currency
        ),
    )


def _part(part: RefundPart, *, payment: Attempt) -> PartView:
    return PartView(
        id=part.id,
        state=State(part.state),
        amount_minor=part.amount_minor,
        method=payment.method,
        card_brand=payment.card_brand,
        card_last4=payment.card_last4,
        bank_name=payment.bank_name,
        paid_at=payment.changed_at,
        provider=part.provider,
        provider_reference=part.provider_reference or "",
        failure_message=part.failure_message,
        changed_at=part.changed_at,
    )


def _order(order: RefundOrder, *, parts: list[PartView]) -> RefundView:
    return RefundView(
        id=order.id,
        booking_id=order.booking_id,
        transaction_id=order.transaction_id,
        status=order.status,
        amount_minor=order.amount_minor,
        currency=order.currency,
        asked_by=order.asked_by,
        asked_by_id=order.asked_by_id,
        asked_at=order.asked_at,
        decided_by=order.decided_by,
        reason=order.reason,
        parts=tuple(parts),
    )
