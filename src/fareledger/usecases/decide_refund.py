"""A second person agrees to an online refund above the operator's threshold, or refuses it with a reason.

Whoever asked cannot agree. What was asked for is looked at again under the lock: when less can go back by now, nothing
is sent, and somebody orders anew.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.refunding import RefundExceedsCaptured
from fareledger.persistence.models import RefundOrder
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.order_refund import start_parts, tell_of_order
from fareledger.usecases.run_refund import run_refund
from fareledger.usecases.show_refunds import RefundView, refund_views
from fareledger.usecases.spread_refunds import offer_of

MAX_REASON = 500


class RefundOrderNotFound(NotFound):
    """This booking has no such order."""

    def __init__(self) -> None:
        super().__init__(code="refund_order_not_found", message="There is no such refund.")


class NeedsAnotherPerson(Refused):
    """Whoever asked for a refund cannot agree to it."""

    def __init__(self) -> None:
        message = "You asked for this refund yourself. A second person decides."
        super().__init__(code="needs_another_person", message=message)


class AlreadyDecided(Conflict):
    """Somebody decided before; `by` says who."""

    def __init__(self, *, by: str) -> None:
        super().__init__(
            code="already_decided", message=f"{by or 'Somebody'} has decided on this refund already."
        )
        self.by = by


class ReasonNeeded(Refused):
    """A refusal says why."""

    def __init__(self) -> None:
        message = f"Say why, in at most {MAX_REASON} characters."
        super().__init__(code="reason_needed", message=message, field="/reason")


def agree_to_refund(operator: Operator, *, booking_id: UUID, order_id: UUID, actor: Actor) -> RefundView:
    """Agree to an order and send it; return it as it then stands.

    Raises NotPermitted, BookingNotFound, RefundOrderNotFound, NeedsAnotherPerson, AlreadyDecided, AlreadyClosed,
    AlreadyDeleted and RefundExceedsCaptured.
    """
    actor.require(Permission.APPROVE)
    _agree(operator, booking_id=booking_id, order_id=order_id, actor=actor)
    reached("after_refund_commit")
    return run_refund(operator, order_id=order_id)


@retried_on_deadlock
def _agree(operator: Operator, *, booking_id: UUID, order_id: UUID, actor: Actor) -> None:
    with operator_transaction(operator.id):
        locked, order = _waiting(operator, booking_id=booking_id, order_id=order_id)
        if _is_own(order, actor=actor):
            raise NeedsAnotherPerson
        offer = offer_of(locked, transaction_id=order.transaction_id)
        if offer.online_minor != order.amount_minor:
            raise RefundExceedsCaptured(amount_minor=order.amount_minor, refundable_minor=offer.online_minor)
        _decide(order, status="running", actor=actor, reason="")
        words = {
            "text": f"Online refund of {plain_amount(order.amount_minor, currency=order.currency)} agreed to"
        }
        tell_of_order(operator, locked=locked, order=order, said=("refund_agreed", actor.name, words))
        start_parts(operator, locked=locked, order=order, offer=offer)


@retried_on_deadlock
def refuse_refund(
    operator: Operator, *, booking_id: UUID, order_id: UUID, reason: str, actor: Actor
) -> RefundView:
    """Refuse an order; nothing moves, and the row stays open. One's own order is taken back like that, too.

    Raises NotPermitted, BookingNotFound, RefundOrderNotFound, AlreadyDecided and ReasonNeeded.
    """
    actor.require(Permission.APPROVE)
    why = reason.strip()
    if not why or len(why) > MAX_REASON or "\x00" in why:
        raise ReasonNeeded
    with operator_transaction(operator.id):
        locked, order = _waiting(operator, booking_id=booking_id, order_id=order_id)
        _decide(order, status="refused", actor=actor, reason=why)
        words = {
            "text": f"Online refund of {plain_amount(order.amount_minor, currency=order.currency)} refused",
            "reason": why,
        }
        tell_of_order(operator, locked=locked, order=order, said=("refund_refused", actor.name, words))
        return refund_views(operator, orders=[order])[0]


def _waiting(operator: Operator, *, booking_id: UUID, order_id: UUID) -> tuple[LockedBooking, RefundOrder]:
    locked = lock_booking(operator, booking_id=booking_id)
    order = RefundOrder.objects.filter(operator_id=operator.id, booking_id=booking_id, id=order_id).first()
    if order is None:
        raise RefundOrderNotFound
    if order.status != "waiting":
        raise AlreadyDecided(by=order.decided_by)
    return locked, order


def _is_own(order: RefundOrder, *, actor: Actor) -> bool:
    if order.asked_by_id is not None and actor.id is not None:
        return order.asked_by_id == actor.id
    return order.asked_by == actor.name


def _decide(order: RefundOrder, *, status: str, actor: Actor, reason: str) -> None:
    order.status, order.reason = status, reason
    order.decided_by, order.decided_by_id, order.decided_at = actor.name, actor.id, now()
    order.save()
