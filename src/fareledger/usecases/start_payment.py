"""Starts one online payment, by card, stored card or bank, in three steps that survive a kill between any two.

The attempt, with its own key for the provider, is committed first (P1); then the provider is called, with no
transaction open; then its answer is recorded. The money itself moves later, on the provider's own form or at the bank;
a stored card is charged at once.
"""

import logging
import time

from fareledger.domain.errors import Conflict
from fareledger.domain.payment_machine import Event, State
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Declined, Misconfigured, OutcomeUnknown, Unavailable
from fareledger.providers.registry import gateway_of
from fareledger.usecases.crash_points import reached
from fareledger.usecases.intend_payment import Intent, Standing, intend_payment
from fareledger.usecases.payment_form import (
    AmountChanged,
    BalanceChanged,
    FormKeyReused,
    NoLongerOpen,
    NoSavedCard,
    NotAPayment,
    PaymentForm,
    RowNotFound,
)
from fareledger.usecases.payment_request import place
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.record_outcome import Learnt, record_event, record_payment
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from fareledger.usecases.withdraw_attempt import withdraw_attempt

__all__ = [
    "AmountChanged",
    "BalanceChanged",
    "FormKeyReused",
    "NoLongerOpen",
    "NoSavedCard",
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
# A tab for each payment that stands in the way; more of them than that is no customer.
_MOST_IN_THE_WAY = 3
_UNREACHED = "Online payments are not available at the moment. No money has been taken."
_LOST = "We are finding out whether your payment could be started."


class PaymentInProgress(Conflict):
    """Another attempt for the same money is not settled; `attempt` is that one (P2)."""

    def __init__(self, attempt: AttemptView) -> None:
        message = "A payment is already on its way. Its outcome is being confirmed."
        super().__init__(code="payment_in_progress", message=message)
        self.attempt = attempt


def start_payment(operator: Operator, *, form: PaymentForm) -> AttemptView:
    """Start a payment, or return the one that the same form has started, or another form for the very same payment.

    A provider that cannot be reached ends the attempt as failed; an answer that got lost leaves it unknown,
    to be asked about. Raises PaymentInProgress and whatever `intend_payment` raises.
    """
    found = intend_payment(operator, form=form)
    for _ in range(_MOST_IN_THE_WAY):
        if isinstance(found, Intent) or found.same_form or not _has_ended(operator, standing=found):
            break
        found = intend_payment(operator, form=form)
    if isinstance(found, Intent):
        reached("after_attempt_commit")
        return _submit(operator, intent=found)
    attempt = _wait_for_answer(operator, attempt=found.attempt)
    if not found.same_form and not (found.fits and attempt.state is State.AWAITING_CUSTOMER):
        raise PaymentInProgress(attempt)
    return attempt


def _submit(operator: Operator, *, intent: Intent) -> AttemptView:
    """Call the provider once, and record whatever came of it."""
    attempt_id = intent.attempt.id
    try:
        with calling_provider():
            payment = place(gateway_of(intent.account), request=intent.request)
    except OutcomeUnknown as failure:
        log.warning("attempt %s: the answer got lost: %s", attempt_id, failure)
        learnt = Learnt(Event.ANSWER_LOST, code="answer_lost", detail=_LOST)
    except Unavailable as failure:
        log.warning("attempt %s: the provider was not reached: %s", attempt_id, failure)
        learnt = Learnt(Event.NOT_FOUND, code="provider_unavailable", detail=_UNREACHED)
    except Declined as failure:
        learnt = Learnt(
            Event.VERIFIED_FAILURE, code=failure.code, detail=failure.message, reference=failure.reference
        )
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


def _has_ended(operator: Operator, *, standing: Standing) -> bool:
    """Say whether what stands in the way is over as its provider tells it now, so that a new attempt may begin.

    A payment of another amount or another way than the customer chose just now is taken back first; should its money
    have arrived in this very moment, the new attempt meets a booking that has changed.
    """
    attempt = standing.attempt
    if attempt.state is not State.AWAITING_CUSTOMER:
        return attempt.state.is_terminal
    if standing.fits:
        return refresh_attempt(operator, attempt_id=attempt.id).state.is_terminal
    withdrawn = withdraw_attempt(operator, attempt_id=attempt.id, actor="Customer")
    if not withdrawn.state.is_terminal:
        raise PaymentInProgress(withdrawn)
    return True
