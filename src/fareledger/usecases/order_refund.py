"""Staff send money back online for an open refund row; the first of the three steps of each of its parts (P1).

The order, and each part with its own key for the provider, is committed before any provider is called; `run_refund.py`
calls, `record_refund.py` records. Above the operator's threshold the order waits for a second person first
(`decide_refund.py`). What no online payment can bear stays open in the plan, for a refund by other means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.domain.payment_machine import State
from fareledger.persistence.models import RefundOrder, RefundPart
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.find_open_row import refuse_while_refunded
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, tell
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.run_refund import run_refund
from fareledger.usecases.show_refunds import RefundView, refund_views
from fareledger.usecases.spread_refunds import (
    NothingRefundable,
    Offer,
    needs_second_person,
    offer_of,
)

CHANNEL = "back_office"


class RefundChanged(Conflict):
    """Another amount can go back online now than was shown; nothing is sent that was not shown."""

    def __init__(self, *, shown_minor: int, online_minor: int) -> None:
        message = "What can go back online has changed since this form was opened. Look at it again."
        super().__init__(code="refund_changed", message=message)
        self.shown_minor = shown_minor
        self.online_minor = online_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundForm:
    """What was pressed: the row, the amount in minor units that was shown as going back online, and the form's key."""

    booking_id: UUID
    transaction_id: UUID
    shown_minor: int
    form_key: UUID


def order_refund(operator: Operator, *, form: RefundForm, actor: Actor) -> RefundView:
    """Order the refund of an open row and, when one person is enough, send it; return the order as it then stands.

    The same form again returns the first order. Raises NotPermitted, BookingNotFound, TransactionNotFound, NotARefund,
    AlreadyClosed, AlreadyDeleted, NothingRefundable, RefundChanged, RefundInProgress and NoProviderAccount.
    """
    actor.require(Permission.COMMIT)
    view, is_new = _order(operator, form=form, actor=actor)
    if not is_new or view.status != "running":
        return view
    reached("after_refund_commit")
    return run_refund(operator, order_id=view.id)


@retried_on_deadlock
def _order(operator: Operator, *, form: RefundForm, actor: Actor) -> tuple[RefundView, bool]:
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=form.booking_id)
        earlier = RefundOrder.objects.filter(operator_id=operator.id, form_key=str(form.form_key)).first()
        if earlier is not None:
            return refund_views(operator, orders=[earlier])[0], False
        row = next((row for row in locked.transactions if row.id == form.transaction_id), None)
        if row is not None:
            refuse_while_refunded(row)
        offer = offer_of(locked, transaction_id=form.transaction_id)
        order = _insert(operator, form=form, offer=_agreed(offer, shown_minor=form.shown_minor), actor=actor)
        _tell_ordered(operator, locked=locked, order=order)
        if order.status == "running":
            start_parts(operator, locked=locked, order=order, offer=offer)
        return refund_views(operator, orders=[order])[0], True


def _agreed(offer: Offer, *, shown_minor: int) -> Offer:
    if not offer.online_minor:
        raise NothingRefundable
    if offer.online_minor != shown_minor:
        raise RefundChanged(shown_minor=shown_minor, online_minor=offer.online_minor)
    return offer


def start_parts(operator: Operator, *, locked: LockedBooking, order: RefundOrder, offer: Offer) -> None:
    """Write the parts of an order that may be sent now, inside the caller's operator transaction."""
    moment = now()
    for share in offer.spread.shares:
        part_id = new_id()
        RefundPart.objects.create(
            operator_id=operator.id,
            id=part_id,
            booking_id=order.booking_id,
            order_id=order.id,
            payment_attempt_id=share.payment_id,
            provider=offer.payments[share.payment_id].provider,
            state=State.INTENDED,
            amount_minor=share.amount_minor,
            currency=order.currency,
            provider_key=f"refund-{part_id}",
            next_ask_at=moment + timedelta(seconds=wait_s(State.INTENDED, asked=0) or 0),
            created_at=moment,
            changed_at=moment,
        )
    told = {
        "text": f"{plain_amount(order.amount_minor, currency=order.currency)} on its way back to the customer"
    }
    tell_of_order(
        operator,
        locked=locked,
        order=order,
        said=("refund_started", order.decided_by or order.asked_by, told),
    )


def tell_of_order(
    operator: Operator, *, locked: LockedBooking, order: RefundOrder, said: tuple[str, str, dict[str, str]]
) -> None:
    """Tell the timeline what became of an order: the kind of event, who did it, and the words."""
    kind, actor, words = said
    payload: dict[str, object] = {
        "amount_minor": order.amount_minor,
        "transaction_id": str(order.transaction_id),
        "refund_order_id": str(order.id),
        "channel": CHANNEL,
        **words,
    }
    tell(
        locked.booking,
        kind=kind,
        actor=actor,
        source=_source(operator, order=order, moment=now()),
        payload=payload,
    )


def _insert(operator: Operator, *, form: RefundForm, offer: Offer, actor: Actor) -> RefundOrder:
    row, moment = offer.row, now()
    currency = next(iter(offer.payments.values())).currency
    waits = needs_second_person(operator, amount_minor=offer.online_minor, currency=currency)
    return RefundOrder.objects.create(
        operator_id=operator.id,
        id=new_id(),
        booking_id=row.booking_id,
        transaction_id=row.id,
        amount_minor=offer.online_minor,
        currency=currency,
        form_key=str(form.form_key),
        status="waiting" if waits else "running",
        asked_by=actor.name,
        asked_by_id=actor.id,
        asked_at=moment,
    )


def _tell_ordered(operator: Operator, *, locked: LockedBooking, order: RefundOrder) -> None:
    amount = plain_amount(order.amount_minor, currency=order.currency)
    waits = "; it waits for a second person" if order.status == "waiting" else ""
    words = {"text": f"Online refund of {amount} ordered{waits}"}
    tell_of_order(operator, locked=locked, order=order, said=("refund_ordered", order.asked_by, words))


def _source(operator: Operator, *, order: RefundOrder, moment: datetime) -> Source:
    return Source(
        name="refund_order",
        id=str(order.id),
        provider="",
        channel=CHANNEL,
        occurred_at=moment,
        recorded_at=moment,
        day=moment.astimezone(operator.time_zone).date(),
    )
