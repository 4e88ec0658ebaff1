"""Stores a card for a consent without a payment, in three steps that survive a kill between any two.

The set-up, with its own key for the provider, is committed with the consent (`approve_rows.py`); then the provider is
called, with no transaction open; then its answer is recorded here. Where it was not heard, it is asked for
(`ask_setups.py`). Money is never moved by a set-up.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.payment_machine import Event, State, advance
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.ledger import Event as TimelineEvent
from fareledger.persistence.ledger import append_timeline
from fareledger.persistence.models import ApprovalRequest, CardSetup
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import (
    Declined,
    Misconfigured,
    OutcomeUnknown,
    ProviderAccount,
    ProviderSetup,
    SetupRequest,
    Unavailable,
)
from fareledger.providers.registry import gateway_of
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.keep_card import end_request, finish_request
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.mandates import StoredCard
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.show_setup import SetupNotFound, SetupView, setup_view

log = logging.getLogger(__name__)

_UNREACHED = "Cards cannot be stored at the moment. Nothing was agreed."
_LOST = "We are finding out whether the card form could be opened."
_EVENTS = {
    "succeeded": Event.VERIFIED_SUCCESS,
    "failed": Event.VERIFIED_FAILURE,
    "cancelled": Event.VERIFIED_CANCELLED,
    "expired": Event.VERIFIED_EXPIRED,
}


@dataclass(frozen=True, kw_only=True)
class SetupIntent:
    """A new set-up that may now be sent to the provider, once."""

    setup_id: UUID
    account: ProviderAccount
    request: SetupRequest


@dataclass(frozen=True, kw_only=True)
class CardForm:
    """How the provider's form looks and where it leads back to; `return_url` may hold `{request}`."""

    return_url: str
    locale: str
    frame_style: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Heard:
    """Something learnt about a set-up without seeing it; `detail` may be shown to the customer."""

    event: Event
    code: str
    detail: str


def intend_setup(
    operator: Operator, *, request: ApprovalRequest, account: ProviderAccount, form: CardForm
) -> SetupIntent:
    """Write a new set-up inside the caller's operator transaction, which must commit before it is sent."""
    moment, setup_id = now(), new_id()
    setup = CardSetup.objects.create(
        operator_id=operator.id,
        id=setup_id,
        booking_id=request.booking_id,
        request_id=request.id,
        provider=account.provider,
        state=State.INTENDED,
        provider_key=f"setup-{setup_id}",
        next_ask_at=_next_ask(State.INTENDED, moment=moment),
        created_at=moment,
        changed_at=moment,
    )
    return SetupIntent(
        setup_id=setup_id,
        account=account,
        request=SetupRequest(
            setup_id=setup_id,
            idempotency_key=setup.provider_key,
            return_url=form.return_url.replace("{request}", str(request.id)),
            locale=form.locale,
            frame_style=form.frame_style,
        ),
    )


def submit_setup(operator: Operator, *, intent: SetupIntent) -> SetupView:
    """Call the provider once, with no transaction open, and record whatever came of it."""
    reached("after_setup_commit")
    try:
        with calling_provider():
            told = gateway_of(intent.account).create_setup(intent.request)
    except OutcomeUnknown as failure:
        log.warning("set-up %s: the answer got lost: %s", intent.setup_id, failure)
        heard = Heard(Event.ANSWER_LOST, code="answer_lost", detail=_LOST)
    except Unavailable as failure:
        log.warning("set-up %s: the provider was not reached: %s", intent.setup_id, failure)
        heard = Heard(Event.NOT_FOUND, code="provider_unavailable", detail=_UNREACHED)
    except Declined as failure:
        heard = Heard(Event.VERIFIED_FAILURE, code=failure.code, detail=failure.message)
    except Misconfigured:
        log.exception("set-up %s: the provider refuses our account or request", intent.setup_id)
        heard = Heard(Event.VERIFIED_FAILURE, code="provider_misconfigured", detail=_UNREACHED)
    else:
        reached("after_setup_accepted")
        return record_setup(operator, setup_id=intent.setup_id, told=told)
    return record_heard(operator, setup_id=intent.setup_id, heard=heard)


@retried_on_deadlock
def record_setup(operator: Operator, *, setup_id: UUID, told: ProviderSetup) -> SetupView:
    """Record a set-up as the provider tells it now; once its card is stored, mandate and approvals begin with it.

    `told` must come from the provider itself. Doing it again changes nothing. One that is not the set-up we asked for
    closes ours, with a note for a person: its card is never taken as the customer's. Raises SetupNotFound.
    """
    with operator_transaction(operator.id):
        locked, setup = _lock(operator, setup_id=setup_id)
        if setup.state == State.SUCCEEDED:
            return setup_view(setup)
        problem = _contradiction(setup, told=told)
        if problem:
            _set_aside(setup, problem=problem)
            return setup_view(setup)
        transition = advance(State(setup.state), event=_event_of(told))
        setup.provider_reference = told.reference
        setup.frame_url = setup.frame_url or told.frame_url
        setup.hosted_url = setup.hosted_url or told.hosted_url
        setup.failure_code, setup.failure_message = told.failure_code, told.failure_message
        setup.provider_method = told.payment_method
        if transition.changed:
            _move(setup, state=transition.state)
        setup.save()
        if transition.changed and transition.state.is_terminal:
            _conclude(operator, locked=locked, setup=setup, told=told)
        return setup_view(setup)


@retried_on_deadlock
def record_heard(operator: Operator, *, setup_id: UUID, heard: Heard) -> SetupView:
    """Record that an answer got lost, or that there is no set-up and never was. Raises SetupNotFound."""
    with operator_transaction(operator.id):
        _, setup = _lock(operator, setup_id=setup_id)
        transition = advance(State(setup.state), event=heard.event)
        if transition.changed:
            setup.failure_code, setup.failure_message = heard.code, heard.detail
            _move(setup, state=transition.state)
            setup.save()
            if transition.state.is_terminal:
                _end_waiting(setup)
        return setup_view(setup)


def _lock(operator: Operator, *, setup_id: UUID) -> tuple[LockedBooking, CardSetup]:
    """Lock the set-up's booking, then the set-up: always in this order."""
    rows = CardSetup.objects.filter(operator_id=operator.id, id=setup_id)
    booking_id = rows.values_list("booking_id", flat=True).first()
    if booking_id is None:
        raise SetupNotFound
    locked = lock_booking(operator, booking_id=booking_id)
    return locked, rows.select_for_update().get()


def _contradiction(setup: CardSetup, *, told: ProviderSetup) -> str:
    """Say what makes this not the set-up we asked for; empty when it is."""
    if told.setup_id != setup.id or setup.provider_reference not in (None, told.reference):
        return f"The provider's set-up {told.reference} is not the one that was asked for; no card was taken from it."
    if told.state == "succeeded" and not (told.payment_method and told.card):
        return (
            f"The provider's set-up {told.reference} names no stored card, though it says that it succeeded."
        )
    return ""


def _set_aside(setup: CardSetup, *, problem: str) -> None:
    """Tell a person of a contradiction and close the set-up: nobody asks any more, and the customer may start anew."""
    log.error("set-up %s: %s", setup.id, problem)
    append_timeline(
        TimelineEvent(
            operator_id=setup.operator_id,
            booking_id=setup.booking_id,
            kind="attempt_needs_attention",
            actor="Worker",
            occurred_at=now(),
            payload={"text": problem},
            source_key=f"setup:{setup.id}:problem:{problem}",
        )
    )
    transition = advance(State(setup.state), event=Event.VERIFIED_FAILURE)
    if transition.changed:
        setup.failure_code, setup.failure_message = "provider_misconfigured", _UNREACHED
        _move(setup, state=transition.state)
        setup.save()
        _end_waiting(setup)


def _event_of(told: ProviderSetup) -> Event:
    if told.state == "awaiting_customer":
        return Event.CUSTOMER_DECLINED if told.failure_code else Event.PROVIDER_ACCEPTED
    return _EVENTS[told.state]


def _move(setup: CardSetup, *, state: State) -> None:
    """Put the set-up into a state and say when it is asked about next."""
    moment = now()
    delay_s = wait_s(state, asked=0)
    setup.state, setup.changed_at, setup.asked = state, moment, 0
    setup.next_ask_at = _next_ask(state, moment=moment)
    if delay_s is not None:
        enqueue(
            "ask_setup",
            delay_s=delay_s,
            once=f"ask-setup:{setup.id}",
            operator_id=str(setup.operator_id),
            setup_id=str(setup.id),
        )


def _next_ask(state: State, *, moment: datetime) -> datetime | None:
    delay_s = wait_s(state, asked=0)
    return None if delay_s is None else moment + timedelta(seconds=delay_s)


def _conclude(operator: Operator, *, locked: LockedBooking, setup: CardSetup, told: ProviderSetup) -> None:
    if State(setup.state) is not State.SUCCEEDED or told.card is None:
        _end_waiting(setup)
        return
    request = ApprovalRequest.objects.get(operator_id=operator.id, id=setup.request_id)
    stored = StoredCard(
        provider=setup.provider,
        provider_method=told.payment_method,
        card=told.card,
        setup_id=setup.id,
    )
    finish_request(operator, locked=locked, request=request, stored=stored)


def _end_waiting(setup: CardSetup) -> None:
    """A consent whose card was not stored came to nothing."""
    waiting = ApprovalRequest.objects.filter(
        operator_id=setup.operator_id, id=setup.request_id, state="waiting"
    ).first()
    if waiting is not None:
        end_request(waiting, state="ended")
