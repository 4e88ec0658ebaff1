"""Asks providers how set-ups of cards stand: on a ladder, when a page is looked at, and when one is taken back.

What an address or a webhook says counts for nothing; only what the provider answers here does. After the last rung
nobody asks any more: no money hangs on a set-up, and the customer can agree anew at any time.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import Event, State
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import CardSetup
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Misconfigured, ProviderFailure
from fareledger.usecases.clock import now
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.question_ladder import NOT_FOUND_COUNTS_AFTER_S, wait_s
from fareledger.usecases.set_up_card import Heard, record_heard, record_setup
from fareledger.usecases.show_setup import SetupView, setup_view, show_setup

_SWEEP_LIMIT = 500
_NEVER_REACHED = "The card form could not be opened. Nothing was agreed."


def refresh_setup(operator: Operator, *, setup_id: UUID) -> SetupView:
    """Return the set-up as the provider tells it now; as it is recorded when the provider does not answer.

    One that has ended is not asked about. Raises SetupNotFound.
    """
    standing = show_setup(operator, setup_id=setup_id)
    if standing.state.is_terminal:
        return standing
    try:
        return ask_about(operator, setup=standing)
    except ProviderFailure:
        return show_setup(operator, setup_id=setup_id)


def ask_about(operator: Operator, *, setup: SetupView) -> SetupView:
    """Ask about a set-up whatever its state, record the answer, return the set-up. Raises ProviderFailure."""
    if setup.state is State.SUCCEEDED:
        return setup
    gateway = open_gateway(operator, provider=setup.provider)
    with calling_provider():
        told = (
            gateway.setup(setup.provider_reference)
            if setup.provider_reference
            else gateway.find_setup(setup.id)
        )
    if told is not None:
        return record_setup(operator, setup_id=setup.id, told=told)
    if setup.state not in (State.INTENDED, State.UNKNOWN):
        raise Misconfigured(f"the provider does not know set-up {setup.id}")
    if now() - setup.created_at < timedelta(seconds=NOT_FOUND_COUNTS_AFTER_S):
        return show_setup(operator, setup_id=setup.id)
    heard = Heard(Event.NOT_FOUND, code="never_reached", detail=_NEVER_REACHED)
    return record_heard(operator, setup_id=setup.id, heard=heard)


def ask_setup(operator: Operator, *, setup_id: UUID) -> SetupView | None:
    """Ask about one set-up if its question is due, and say when the next one is; None when there was nothing to ask.

    Raises ProviderFailure never: an answer that does not come is what the next rung is for.
    """
    due = _claim_question(operator, setup_id=setup_id)
    if due is None:
        return None
    try:
        return ask_about(operator, setup=due)
    except ProviderFailure:
        return due


def due_setups(operator: Operator) -> list[UUID]:
    """Return the set-ups that should be asked about now, longest waiting first."""
    with operator_transaction(operator.id):
        due = CardSetup.objects.filter(
            operator_id=operator.id,
            state__in=[State.INTENDED, State.AWAITING_CUSTOMER, State.UNKNOWN],
            next_ask_at__lte=now(),
        )
        return list(due.order_by("next_ask_at").values_list("id", flat=True)[:_SWEEP_LIMIT])


def withdraw_setup(operator: Operator, *, setup_id: UUID) -> SetupView:
    """Take back a set-up whose consent was replaced; return it as it stands then. Raises SetupNotFound.

    Cancelling can come too late: then the card was stored, and is given back.
    """
    standing = show_setup(operator, setup_id=setup_id)
    if standing.state is not State.AWAITING_CUSTOMER:
        return standing
    gateway = open_gateway(operator, provider=standing.provider)
    with calling_provider():
        told = gateway.cancel_setup(standing.provider_reference)
    return record_setup(operator, setup_id=setup_id, told=told)


def _claim_question(operator: Operator, *, setup_id: UUID) -> SetupView | None:
    with operator_transaction(operator.id):
        setup = CardSetup.objects.select_for_update().filter(operator_id=operator.id, id=setup_id).first()
        moment = now()
        if setup is None or State(setup.state).is_terminal:
            return None
        if setup.next_ask_at is None or setup.next_ask_at > moment:
            return None
        setup.asked += 1
        delay_s = wait_s(State(setup.state), asked=setup.asked)
        setup.next_ask_at = None if delay_s is None else moment + timedelta(seconds=delay_s)
        setup.save()
        if delay_s is not None:
            enqueue(
                "ask_setup",
                delay_s=delay_s,
                once=f"ask-setup:{setup.id}",
                operator_id=str(operator.id),
                setup_id=str(setup.id),
            )
        return setup_view(setup)
