"""The one place where what a provider told about a part of a refund is written down; the third of the three steps.

It runs under the locks of the booking and the part, and doing it again changes nothing. A part that arrived closes a
row of its own; one that fails leaves the row open; one that fails after it had arrived is taken back by a row of its
own, and what is owed to the customer is open again, for history does not change.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import State
from fareledger.domain.refunding import LIVE, told_of_part
from fareledger.persistence.models import RefundOrder, RefundPart
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ProviderRefund
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.pay_refund import (
    MovedPart,
    part_source,
    pay_refund,
    take_refund_back,
    was_taken_back,
)
from fareledger.usecases.post_movement import tell
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.tell_of_refund import email_refund_news


@retried_on_deadlock
def record_refund(operator: Operator, *, part_id: UUID, refund: ProviderRefund) -> None:
    """Record a refund as the provider tells it now; `refund` must come from the provider itself."""
    with operator_transaction(operator.id):
        locked, part = _lock(operator, part_id=part_id)
        problem = _contradiction(part, refund=refund)
        if problem:
            _set_aside(operator, locked=locked, part=part, problem=problem)
            return
        before = State(part.state)
        state = told_of_part(before, told=refund.state)
        if state is before or (before is State.FAILED and was_taken_back(locked, part=part)):
            return
        part.provider_reference = refund.reference
        part.failure_code, part.failure_message = refund.failure_code, refund.failure_message
        _move(part, state=state)
        moved = MovedPart(part=part, order=_order(part), at=now())
        if state is State.SUCCEEDED:
            pay_refund(operator, locked=locked, moved=moved)
        elif before is State.SUCCEEDED:
            take_refund_back(operator, locked=locked, moved=moved)
        if state is State.FAILED:
            _tell_failed(operator, locked=locked, part=part)
        _tell_customer(operator, locked=locked, part=part, before=before)
        _close_order(moved.order)


@retried_on_deadlock
def record_refund_failure(operator: Operator, *, part_id: UUID, why: tuple[str, str]) -> None:
    """Record that a part was refused or never reached its provider: a code, and words that may be shown."""
    with operator_transaction(operator.id):
        locked, part = _lock(operator, part_id=part_id)
        if State(part.state) not in (State.INTENDED, State.UNKNOWN):
            return
        part.failure_code, part.failure_message = why
        _move(part, state=State.FAILED)
        _tell_failed(operator, locked=locked, part=part)
        _close_order(_order(part))


@retried_on_deadlock
def record_refund_unknown(operator: Operator, *, part_id: UUID) -> None:
    """Record that a provider's answer got lost: the part is asked about, never sent again (P6)."""
    with operator_transaction(operator.id):
        locked, part = _lock(operator, part_id=part_id)
        if State(part.state) is not State.INTENDED:
            return
        part.failure_code = "answer_lost"
        _move(part, state=State.UNKNOWN)
        text = "The provider's answer about a refund got lost; the outcome is being asked for"
        _tell(operator, locked=locked, part=part, said=("refund_unknown", text))


def _lock(operator: Operator, *, part_id: UUID) -> tuple[LockedBooking, RefundPart]:
    """Lock the part's booking, then the part: always in this order."""
    rows = RefundPart.objects.filter(operator_id=operator.id, id=part_id)
    locked = lock_booking(operator, booking_id=rows.values_list("booking_id", flat=True).get())
    return locked, rows.select_for_update().get()


def _order(part: RefundPart) -> RefundOrder:
    return RefundOrder.objects.get(operator_id=part.operator_id, id=part.order_id)


def _contradiction(part: RefundPart, *, refund: ProviderRefund) -> str:
    """Say what makes this refund not the one we asked for; empty when it is."""
    if refund.refund_id != part.id:
        return f"Refund {refund.reference} names another part as its origin."
    if part.provider_reference not in (None, refund.reference):
        return f"Refund {refund.reference} claims a part that is refund {part.provider_reference}."
    if (refund.amount_minor, refund.currency) != (part.amount_minor, part.currency):
        asked = plain_amount(part.amount_minor, currency=part.currency)
        told = f"{refund.amount_minor} minor units of {refund.currency}"
        return f"Asked for {asked}, but the provider tells {told} for refund {refund.reference}."
    return ""


def _set_aside(operator: Operator, *, locked: LockedBooking, part: RefundPart, problem: str) -> None:
    """Keep what does not fit for a person: nothing is posted, and the amount stays taken (P7)."""
    if State(part.state) not in LIVE:
        return
    part.state, part.next_ask_at, part.changed_at = State.UNKNOWN, None, now()
    part.failure_code, part.failure_message = "contradiction", problem
    part.save()
    _tell(operator, locked=locked, part=part, said=("refund_needs_attention", problem))


def _move(part: RefundPart, *, state: State) -> None:
    moment = now()
    delay_s = None if state.is_terminal else wait_s(state, asked=0)
    part.state, part.changed_at, part.asked = state, moment, 0
    part.next_ask_at = None if delay_s is None else moment + timedelta(seconds=delay_s)
    part.save()


def _close_order(order: RefundOrder) -> None:
    """Say of an order whether all of it arrived or some of it failed, once nothing of it is on its way."""
    parts = RefundPart.objects.filter(operator_id=order.operator_id, order_id=order.id)
    states = {State(state) for state in parts.values_list("state", flat=True)}
    if states & LIVE:
        order.status = "running"
    else:
        order.status = "done" if states == {State.SUCCEEDED} else "failed"
    order.save()


def _tell_customer(operator: Operator, *, locked: LockedBooking, part: RefundPart, before: State) -> None:
    """Write to the customer when money is on its way, and when money they were told of does not arrive.

    A refund that failed before the customer heard of it is staff's affair: they send it again, or pay otherwise.
    """
    state = State(part.state)
    if state is State.PROCESSING:
        email_refund_news(operator, locked=locked, part=part, news="refund_on_its_way")
    elif state is State.FAILED and before in (State.PROCESSING, State.SUCCEEDED):
        email_refund_news(operator, locked=locked, part=part, news="refund_failed")


def _tell_failed(operator: Operator, *, locked: LockedBooking, part: RefundPart) -> None:
    amount = plain_amount(part.amount_minor, currency=part.currency)
    text = (
        f"Online refund of {amount} failed: {part.failure_message or part.failure_code or 'no reason given'}"
    )
    _tell(operator, locked=locked, part=part, said=("refund_failed", text))


def _tell(operator: Operator, *, locked: LockedBooking, part: RefundPart, said: tuple[str, str]) -> None:
    kind, text = said
    payload: dict[str, object] = {
        "text": text,
        "amount_minor": part.amount_minor,
        "provider": part.provider,
        "reference": part.provider_reference or "",
        "channel": "back_office",
        "refund_part_id": str(part.id),
    }
    source = part_source(operator, part=part, at=now())
    tell(locked.booking, kind=kind, actor="Worker", source=source, payload=payload)
