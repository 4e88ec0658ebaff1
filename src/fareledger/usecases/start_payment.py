"""Starts one card payment for one open row of the plan, in three steps that survive a kill between any two.

The attempt, with its own key for the provider, is committed first (P1); then the provider is called, with no
transaction open; then its answer is recorded. The money itself moves later, on the provider's own form.
"""

import logging
import time

from fareledger.domain.errors import Conflict
from fareledger.domain.payment_machine import Event, State
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Declined, Misconfigured, OutcomeUnknown, Unavailable
from fareledger.providers.registry import gateway_of
from fareledger.usecases.crash_points import reached
from fareledger.usecases.intend_payment import (
    AmountChanged,
    FormKeyReused,
    Intent,
    NoLongerOpen,
    NotAPayment,
    PaymentForm,
    RowNotFound,
    Standing,
    intend_payment,
)
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.record_outcome import Learnt, record_event, record_payment
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from fareledger.usecases.withdraw_attempt import withdraw_attempt

__all__ = [
    "AmountChanged",
    "FormKeyReused",
    "NoLongerOpen",
    "NotAPayment",
    "PaymentForm",
    "PaymentInProgress",
    "RowNotFound",
    "start_payment",
]

log = logging.getLogger(__name__)

# How long a second press of the button waits for the first one's answer before it says "in progress".
_WAIT_S = 3.0
_POLL_S = 0.1
_UNREACHED = "Card payments are not available at the moment. No money has been taken."
_LOST = "We are finding out whether your card payment could be started. No money has been taken yet."


class PaymentInProgress(Conflict):
    """Another attempt for this row is not settled; `attempt` is that one (P2)."""

    def __init__(self, attempt: AttemptView) -> None:
        message = "A payment for this row is already on its way. Its outcome is being confirmed."
        super().__init__(code="payment_in_progress", message=message)
        self.attempt = attempt


def start_payment(operator: Operator, *, form: PaymentForm) -> AttemptView:
    """Start a card payment, or return the one that the same form or the same row has already started.

    A provider that cannot be reached ends the attempt as failed; an answer that got lost leaves it unknown,
    to be asked about. Raises RowNotFound, NotAPayment, NoLongerOpen, AmountChanged, FormKeyReused,
    PaymentInProgress and NoProviderAccount.
    """
    found = intend_payment(operator, form=form)
    if (
        isinstance(found, Standing)
        and not found.same_form
        and _has_ended(operator, form=form, standing=found.attempt)
    ):
        found = intend_payment(operator, form=form)
    if isinstance(found, Intent):
        reached("after_attempt_commit")
        return _submit(operator, intent=found)
    attempt = _wait_for_answer(operator, attempt=found.attempt)
    if not found.same_form and attempt.state is not State.AWAITING_CUSTOMER:
        raise PaymentInProgress(attempt)
    return attempt


def _submit(operator: Operator, *, intent: Intent) -> AttemptView:
    """Call the provider once, and record whatever came of it."""
    attempt_id = intent.attempt.id
    try:
        with calling_provider():
            payment = gateway_of(intent.account).create_payment(intent.request)
    except OutcomeUnknown as failure:
        log.warning("attempt %s: the answer got lost: %s", attempt_id, failure)
        learnt = Learnt(Event.ANSWER_LOST, code="answer_lost", detail=_LOST)
    except Unavailable as failure:
        log.warning("attempt %s: the provider was not reached: %s", attempt_id, failure)
        learnt = Learnt(Event.NOT_FOUND, code="provider_unavailable", detail=_UNREACHED)
    except Declined as failure:
        learnt = Learnt(Event.VERIFIED_FAILURE, code=failure.code, detail=failure.message)
    except Misconfigured:
        log.exception("attempt %s: the provider refuses our account or request", attempt_id)
        learnt = Learnt(Event.VERIFIED_FAILURE, code="provider_misconfigured", detail=_UNREACHED)
    else:
        reached("after_provider_accepted")
        return record_payment(operator, attempt_id=attempt_id, payment=payment, actor="Customer")
    return record_event(operator, attempt_id=attempt_id, learnt=learnt, actor="Customer")


def _wait_for_answer(operator: Operator, *, attempt: AttemptView) -> AttemptView:
    """Give the request that made the attempt a moment to record the provider's answer."""
    deadline = time.monotonic() + _WAIT_S
    while attempt.state is State.INTENDED and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        attempt = show_attempt(operator, attempt_id=attempt.id)
    return attempt


def _has_ended(operator: Operator, *, form: PaymentForm, standing: AttemptView) -> bool:
    """Say whether the row's earlier attempt is over as its provider tells it now, so that a new one may
    begin.

    An attempt for another amount than the customer was just shown is taken back first; should its money have
    arrived in this very moment, the new attempt meets a closed row.
    """
    if standing.state is not State.AWAITING_CUSTOMER:
        return standing.state.is_terminal
    if standing.amount_minor == form.shown_minor:
        return refresh_attempt(operator, attempt_id=standing.id).state.is_terminal
    withdrawn = withdraw_attempt(operator, attempt_id=standing.id, actor="Customer")
    if not withdrawn.state.is_terminal:
        raise PaymentInProgress(withdrawn)
    return True
