"""The one place where what a provider told about an attempt is written down; the third of the three steps.

It runs under the locks of the booking and the attempt, and doing it again changes nothing. What the provider
told is compared with what was asked for first: another amount, currency or payment is never taken as ours
(P4), a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import Event, State, advance
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.ledger import Event as TimelineEvent
from fareledger.persistence.ledger import append_timeline
from fareledger.persistence.models import Attempt, AttemptCover
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ProviderPayment
from fareledger.usecases.announce import STATES, announce_attempt
from fareledger.usecases.attempt_words import payment_words
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.follow_collection import Decline, note
from fareledger.usecases.keep_card import keep_card, keep_no_card
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.show_attempt import AttemptNotFound, AttemptView, view_of
from fareledger.usecases.take_money_in import Arrived, take_money_in

_EVENTS = {
    "processing": Event.PROVIDER_PROCESSING,
    "succeeded": Event.VERIFIED_SUCCESS,
    "failed": Event.VERIFIED_FAILURE,
    "cancelled": Event.VERIFIED_CANCELLED,
    "expired": Event.VERIFIED_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Learnt:
    """Something learnt about an attempt without seeing its payment; `detail` may be shown to the customer.

    `reference` is the provider's payment that failed, "" when none is known; `decline` says of a refusal whether a new
    charge can help.
    """

    event: Event
    code: str
    detail: str
    reference: str = ""
    decline: Decline = ""


def record_payment(
    operator: Operator, *, attempt_id: UUID, payment: ProviderPayment, actor: str
) -> AttemptView:
    """Record a payment as the provider tells it now, and take the money in when it arrived.

    `payment` must come from the provider itself. Returns the attempt afterwards. Raises AttemptNotFound.
    """
    view = _record_payment(operator, attempt_id=attempt_id, payment=payment, actor=actor)
    reached("after_outcome_recorded")
    return view


@retried_on_deadlock
def record_event(operator: Operator, *, attempt_id: UUID, learnt: Learnt, actor: str) -> AttemptView:
    """Record that an answer got lost, or that there is no payment and never was; raises AttemptNotFound."""
    with operator_transaction(operator.id):
        locked, attempt = _lock(operator, attempt_id=attempt_id)
        transition = advance(State(attempt.state), event=learnt.event)
        if transition.changed:
            attempt.failure_code, attempt.failure_message = learnt.code, learnt.detail
            attempt.provider_reference = attempt.provider_reference or learnt.reference or None
            _move(attempt, state=transition.state)
            _tell_ended(attempt, actor=actor)
            attempt.save()
            if transition.state.is_terminal:
                keep_no_card(operator, locked=locked, request_id=attempt.request_id)
                note(operator, locked=locked, attempt=attempt, decline=learnt.decline)
        return view_of(attempt)


@retried_on_deadlock
def _record_payment(
    operator: Operator, *, attempt_id: UUID, payment: ProviderPayment, actor: str
) -> AttemptView:
    with operator_transaction(operator.id):
        locked, attempt = _lock(operator, attempt_id=attempt_id)
        if attempt.state == State.SUCCEEDED:
            return view_of(attempt)
        problem = _contradiction(attempt, payment=payment)
        if problem:
            _set_aside(attempt, problem=problem, actor=actor)
            note(operator, locked=locked, attempt=attempt)
            return view_of(attempt)
        transition = advance(State(attempt.state), event=_event_of(payment))
        _copy(attempt, payment=payment)
        _tell_decline(attempt, payment=payment, actor=actor)
        if transition.changed:
            _move(attempt, state=transition.state)
            _tell_ended(attempt, actor=actor)
        attempt.save()
        if transition.changed and transition.state is State.SUCCEEDED:
            covers = AttemptCover.objects.filter(operator_id=operator.id, attempt_id=attempt.id)
            arrived = Arrived(
                attempt=attempt,
                covered_ids=frozenset(covers.values_list("transaction_id", flat=True)),
                captured_at=payment.captured_at or now(),
            )
            closed = take_money_in(operator, locked=locked, arrived=arrived)
            if attempt.keeps_card:
                keep_card(operator, locked=locked, attempt=attempt, payment=payment)
            _withdraw_others(attempt, closed=closed)
        if transition.changed and transition.state.is_terminal:
            keep_no_card(operator, locked=locked, request_id=attempt.request_id)
            note(operator, locked=locked, attempt=attempt, decline=payment.decline_kind)
        return view_of(attempt)


def _lock(operator: Operator, *, attempt_id: UUID) -> tuple[LockedBooking, Attempt]:
    """Lock the attempt's booking, then the attempt: always in this order."""
    rows = Attempt.objects.filter(operator_id=operator.id, id=attempt_id)
    booking_id = rows.values_list("booking_id", flat=True).first()
    if booking_id is None:
        raise AttemptNotFound
    locked = lock_booking(operator, booking_id=booking_id)
    return locked, rows.select_for_update().get()


def _contradiction(attempt: Attempt, *, payment: ProviderPayment) -> str:
    """Say what makes this payment not the one we asked for; empty when it is."""
    if payment.attempt_id != attempt.id:
        return f"Payment {payment.reference} names another attempt as its origin."
    if attempt.provider_reference not in (None, payment.reference):
        return f"Payment {payment.reference} claims an attempt that is payment {attempt.provider_reference}."
    if (payment.amount_minor, payment.currency) != (attempt.amount_minor, attempt.currency):
        asked = plain_amount(attempt.amount_minor, currency=attempt.currency)
        told = f"{payment.amount_minor} minor units of {payment.currency}"
        return f"Asked for {asked}, but the provider tells {told} for payment {payment.reference}."
    return ""


def _set_aside(attempt: Attempt, *, problem: str, actor: str) -> None:
    """Keep what does not fit for a person: nothing is posted, and no new attempt may start until they
    decide (P2).
    """
    attempt.state = advance(State(attempt.state), event=Event.ANSWER_LOST).state
    attempt.problem, attempt.next_ask_at, attempt.changed_at = problem, None, now()
    attempt.save()
    append_timeline(
        _event(attempt, kind="attempt_needs_attention", actor=actor, text=problem, key=f"problem:{problem}")
    )
    announce_attempt(attempt, event="payment.needs_attention", key=problem)


def _event_of(payment: ProviderPayment) -> Event:
    if payment.state == "awaiting_customer":
        return Event.CUSTOMER_DECLINED if payment.failure_code else Event.PROVIDER_ACCEPTED
    return _EVENTS[payment.state]


def _copy(attempt: Attempt, *, payment: ProviderPayment) -> None:
    """Copy what may be kept of a payment; an answer with nothing in it erases nothing."""
    attempt.provider_reference = payment.reference
    attempt.frame_url = attempt.frame_url or payment.frame_url
    attempt.hosted_url = attempt.hosted_url or payment.redirect_url or payment.hosted_url
    attempt.bank_name = attempt.bank_name or payment.bank
    attempt.provider_method = attempt.provider_method or payment.payment_method
    attempt.failure_code, attempt.failure_message = payment.failure_code, payment.failure_message
    if payment.card is not None:
        attempt.card_brand, attempt.card_funding = payment.card.brand, payment.card.funding
        attempt.card_last4, attempt.card_expires = payment.card.last4, payment.card.expires


def _move(attempt: Attempt, *, state: State) -> None:
    """Put the attempt into a state, say when it is asked about next, and free its rows when it has ended."""
    moment = now()
    delay_s = wait_s(state, asked=0)
    attempt.state, attempt.changed_at, attempt.asked = state, moment, 0
    attempt.next_ask_at = None if delay_s is None else moment + timedelta(seconds=delay_s)
    if state.value in STATES:
        announce_attempt(attempt, event=STATES[state.value], key=str(attempt.declines))
    if state.is_terminal:
        covers = AttemptCover.objects.filter(operator_id=attempt.operator_id, attempt_id=attempt.id)
        covers.filter(live=True).update(live=False)
    elif delay_s is not None:
        enqueue(
            "ask_attempt",
            delay_s=delay_s,
            once=f"ask:{attempt.id}",
            operator_id=str(attempt.operator_id),
            attempt_id=str(attempt.id),
        )


def _tell_decline(attempt: Attempt, *, payment: ProviderPayment, actor: str) -> None:
    """Tell each reason of a decline once an attempt; `declines` counts those."""
    if payment.state != "awaiting_customer" or not payment.failure_code:
        return
    text = f"{payment_words(attempt)} declined: {payment.failure_message or payment.failure_code}"
    key = f"declined:{payment.failure_code}"
    if append_timeline(_event(attempt, kind="payment_declined", actor=actor, text=text, key=key)):
        attempt.declines += 1
        announce_attempt(attempt, event="payment.declined", key=attempt.failure_code)


def _tell_ended(attempt: Attempt, *, actor: str) -> None:
    what = payment_words(attempt)
    why = attempt.failure_message or attempt.failure_code or "no reason given"
    words = {
        State.FAILED: f"{what} failed: {why}",
        State.CANCELLED: f"{what} cancelled before it was made",
        State.EXPIRED: f"{what} not made in time",
        State.UNKNOWN: "The provider's answer got lost; the outcome is being asked for",
    }
    state = State(attempt.state)
    if state in words:
        kind = "attempt_unknown" if state is State.UNKNOWN else "attempt_ended"
        append_timeline(_event(attempt, kind=kind, actor=actor, text=words[state], key=state.value))


def _event(attempt: Attempt, *, kind: str, actor: str, text: str, key: str) -> TimelineEvent:
    return TimelineEvent(
        operator_id=attempt.operator_id,
        booking_id=attempt.booking_id,
        kind=kind,
        actor=actor,
        occurred_at=now(),
        payload={
            "text": text,
            "amount_minor": attempt.amount_minor,
            "currency": attempt.currency,
            "channel": attempt.channel,
            "attempt_id": str(attempt.id),
        },
        source_key=f"attempt:{attempt.id}:{key}",
    )


def _withdraw_others(attempt: Attempt, *, closed: tuple[UUID, ...]) -> None:
    """Have the worker take back other attempts for rows that just closed, before one is paid twice."""
    others = AttemptCover.objects.filter(
        operator_id=attempt.operator_id, transaction_id__in=closed, live=True
    ).exclude(attempt_id=attempt.id)
    for other_id in others.values_list("attempt_id", flat=True):
        enqueue(
            "withdraw_attempt",
            once=f"withdraw:{other_id}",
            operator_id=str(attempt.operator_id),
            attempt_id=str(other_id),
        )
