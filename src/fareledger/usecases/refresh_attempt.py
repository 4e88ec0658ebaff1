"""Asks the provider how an attempt stands, and records the answer. The return page, webhooks and the worker
come here.

What an address or a webhook says about an outcome counts for nothing; only what the provider answers here
does.
"""

from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import Event, State
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Gateway, Misconfigured, ProviderFailure, ProviderPayment
from fareledger.usecases.clock import now
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.question_ladder import NOT_CHARGED_COUNTS_AFTER_S, NOT_FOUND_COUNTS_AFTER_S
from fareledger.usecases.record_outcome import Learnt, record_event, record_payment
from fareledger.usecases.show_attempt import AttemptView, show_attempt

_NEVER_REACHED = "This payment could not be started. No money has been taken."


def refresh_attempt(operator: Operator, *, attempt_id: UUID, actor: str = "Customer") -> AttemptView:
    """Return the attempt as the provider tells it now; as it is recorded when the provider does not answer.

    An attempt that has ended is not asked about. Raises AttemptNotFound.
    """
    standing = show_attempt(operator, attempt_id=attempt_id)
    if standing.state.is_terminal:
        return standing
    try:
        return ask_provider(operator, attempt=standing, actor=actor)
    except ProviderFailure:
        return show_attempt(operator, attempt_id=attempt_id)


def ask_provider(operator: Operator, *, attempt: AttemptView, actor: str) -> AttemptView:
    """Ask about an attempt whatever its state, record the answer, return the attempt; raises ProviderFailure.

    A success is recorded even after we had given the attempt up (P5).
    """
    if attempt.state is State.SUCCEEDED:
        return attempt
    gateway = open_gateway(operator, provider=attempt.provider)
    with calling_provider():
        payment = _look(gateway, attempt=attempt)
    if payment is not None:
        return record_payment(operator, attempt_id=attempt.id, payment=payment, actor=actor)
    if attempt.state not in (State.INTENDED, State.UNKNOWN):
        raise Misconfigured(f"the provider does not know the payment of attempt {attempt.id}")
    patience_s = NOT_CHARGED_COUNTS_AFTER_S if attempt.off_session else NOT_FOUND_COUNTS_AFTER_S
    if now() - attempt.created_at < timedelta(seconds=patience_s):
        return show_attempt(operator, attempt_id=attempt.id)
    learnt = Learnt(Event.NOT_FOUND, code="never_reached", detail=_NEVER_REACHED)
    return record_event(operator, attempt_id=attempt.id, learnt=learnt, actor=actor)


def _look(gateway: Gateway, *, attempt: AttemptView) -> ProviderPayment | None:
    if attempt.provider_reference:
        return gateway.payment(attempt.provider_reference)
    return gateway.find_payment(attempt.id)
