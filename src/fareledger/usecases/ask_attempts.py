"""Asks, on a ladder, about attempts whose outcome is open; a timeout alone never means failed (P6).

A question is counted before it is asked, so that a provider that is down is not asked more often for it.
After the last rung a person is asked instead.
"""

from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import State
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Attempt
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ProviderFailure
from fareledger.usecases.announce import announce_attempt
from fareledger.usecases.clock import now
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.refresh_attempt import ask_provider
from fareledger.usecases.show_attempt import AttemptView, view_of

# A demo clock that jumps ahead must not be waited out by a real one, so due attempts are also swept for.
_SWEEP_LIMIT = 500


def ask_attempt(operator: Operator, *, attempt_id: UUID) -> AttemptView | None:
    """Ask about one attempt if its question is due, and say when the next one is; None when there was nothing
    to ask.

    Raises ProviderFailure never: an answer that does not come is what the next rung is for.
    """
    due = _claim_question(operator, attempt_id=attempt_id)
    if due is None:
        return None
    try:
        return ask_provider(operator, attempt=due, actor="Worker")
    except ProviderFailure:
        return due


def due_attempts(operator: Operator) -> list[UUID]:
    """Return the attempts that should be asked about now, longest waiting first."""
    with operator_transaction(operator.id):
        due = Attempt.objects.filter(
            operator_id=operator.id,
            state__in=[state.value for state in State if not state.is_terminal],
            next_ask_at__lte=now(),
        )
        return list(due.order_by("next_ask_at").values_list("id", flat=True)[:_SWEEP_LIMIT])


def _claim_question(operator: Operator, *, attempt_id: UUID) -> AttemptView | None:
    with operator_transaction(operator.id):
        attempt = Attempt.objects.select_for_update().filter(operator_id=operator.id, id=attempt_id).first()
        moment = now()
        if attempt is None or State(attempt.state).is_terminal:
            return None
        if attempt.next_ask_at is None or attempt.next_ask_at > moment:
            return None
        attempt.asked += 1
        delay_s = wait_s(State(attempt.state), asked=attempt.asked)
        if delay_s is None:
            _hand_to_person(attempt)
        else:
            attempt.next_ask_at = moment + timedelta(seconds=delay_s)
            enqueue(
                "ask_attempt",
                delay_s=delay_s,
                once=f"ask:{attempt.id}",
                operator_id=str(operator.id),
                attempt_id=str(attempt.id),
            )
        attempt.save()
        return view_of(attempt)


def _hand_to_person(attempt: Attempt) -> None:
    attempt.next_ask_at = None
    attempt.problem = (
        "The provider has not said how this payment ended; ask it by telephone, do not charge again."
    )
    append_timeline(
        Event(
            operator_id=attempt.operator_id,
            booking_id=attempt.booking_id,
            kind="attempt_needs_attention",
            actor="Worker",
            occurred_at=now(),
            payload={"text": attempt.problem, "attempt_id": str(attempt.id)},
            source_key=f"attempt:{attempt.id}:unanswered",
        )
    )
    announce_attempt(attempt, event="payment.needs_attention", key="unanswered")
