"""Sends the parts of an ordered refund to their providers, and asks about those whose outcome is not known.

The second of the three steps: every part is committed with a key of its own before, and no transaction is open while a
provider is called. A part is sent once, by whoever committed it. A process that dies leaves it to be asked about; a
refund that the provider never saw has failed, and its row is open for another try.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from fareledger.domain.payment_machine import State
from fareledger.domain.refunding import LIVE
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Attempt, RefundOrder, RefundPart
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import (
    Declined,
    Misconfigured,
    OutcomeUnknown,
    ProviderFailure,
    ProviderRefund,
    RefundRequest,
    Unavailable,
)
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.record_refund import record_refund, record_refund_failure, record_refund_unknown
from fareledger.usecases.show_refunds import RefundView, refund_views

log = logging.getLogger(__name__)

# Longer than any call of ours lasts. Later than for a payment: a refund that surfaced after a new one would pay twice.
NOT_FOUND_COUNTS_AFTER_S = 300
_SWEEP_LIMIT = 500
_UNREACHED = "The provider could not be reached. No money has gone back."
_REFUSED = "The provider does not accept this refund. No money has gone back."
_NEVER_REACHED = "The provider never received this refund. No money has gone back."


def run_refund(operator: Operator, *, order_id: UUID) -> RefundView:
    """Send every part of an order that was not sent yet, and return the order; call it once, outside transactions."""
    for part, payment_reference in _parts(operator, order_id=order_id):
        _submit(operator, part=part, payment_reference=payment_reference)
    with operator_transaction(operator.id):
        orders = list(RefundOrder.objects.filter(operator_id=operator.id, id=order_id))
        return refund_views(operator, orders=orders)[0]


def ask_refund(operator: Operator, *, part_id: UUID) -> None:
    """Ask about one part if its question is due, and say when the next one is; call it outside transactions."""
    claimed = _claim_question(operator, part_id=part_id)
    if claimed is None:
        return
    try:
        refresh_refund(operator, part=claimed)
    except ProviderFailure as failure:
        log.warning("refund part %s: no answer: %s", part_id, failure)


def refresh_refund(operator: Operator, *, part: RefundPart) -> None:
    """Ask the provider how a part stands and record it; raises ProviderFailure."""
    gateway = open_gateway(operator, provider=part.provider)
    with calling_provider():
        if part.provider_reference:
            found: ProviderRefund | None = gateway.refund(part.provider_reference)
        else:
            found = gateway.find_refund(part.id)
    if found is not None:
        record_refund(operator, part_id=part.id, refund=found)
    elif now() - part.created_at >= timedelta(seconds=NOT_FOUND_COUNTS_AFTER_S):
        record_refund_failure(operator, part_id=part.id, why=("never_reached", _NEVER_REACHED))


def due_refunds(operator: Operator) -> list[UUID]:
    """Return the parts that should be asked about now, longest waiting first."""
    with operator_transaction(operator.id):
        due = RefundPart.objects.filter(operator_id=operator.id, state__in=list(LIVE), next_ask_at__lte=now())
        return list(due.order_by("next_ask_at").values_list("id", flat=True)[:_SWEEP_LIMIT])


def _submit(operator: Operator, *, part: RefundPart, payment_reference: str) -> None:
    request = RefundRequest(
        refund_id=part.id,
        idempotency_key=part.provider_key,
        payment_reference=payment_reference,
        amount_minor=part.amount_minor,
    )
    try:
        gateway = open_gateway(operator, provider=part.provider)
        with calling_provider():
            refund = gateway.create_refund(request)
    except OutcomeUnknown as failure:
        log.warning("refund part %s: the answer got lost: %s", part.id, failure)
        record_refund_unknown(operator, part_id=part.id)
    except Unavailable as failure:
        log.warning("refund part %s: the provider was not reached: %s", part.id, failure)
        record_refund_failure(operator, part_id=part.id, why=("provider_unavailable", _UNREACHED))
    except Declined as failure:
        record_refund_failure(operator, part_id=part.id, why=(failure.code, failure.message))
    except Misconfigured:
        log.exception("refund part %s: the provider refuses our account or request", part.id)
        record_refund_failure(operator, part_id=part.id, why=("provider_refused", _REFUSED))
    else:
        reached("after_refund_accepted")
        record_refund(operator, part_id=part.id, refund=refund)
        reached("after_refund_recorded")


def _parts(operator: Operator, *, order_id: UUID) -> list[tuple[RefundPart, str]]:
    with operator_transaction(operator.id):
        parts = RefundPart.objects.filter(operator_id=operator.id, order_id=order_id, state=State.INTENDED)
        return [(part, _payment_reference(part)) for part in parts.order_by("id")]


def _payment_reference(part: RefundPart) -> str:
    payments = Attempt.objects.filter(operator_id=part.operator_id, id=part.payment_attempt_id)
    return payments.values_list("provider_reference", flat=True).get() or ""


def _claim_question(operator: Operator, *, part_id: UUID) -> RefundPart | None:
    with operator_transaction(operator.id):
        part = RefundPart.objects.select_for_update().filter(operator_id=operator.id, id=part_id).first()
        moment = now()
        if part is None or State(part.state) not in LIVE:
            return None
        if part.next_ask_at is None or part.next_ask_at > moment:
            return None
        part.asked += 1
        delay_s = wait_s(State(part.state), asked=part.asked)
        # After the last rung a person looks: the part stays as it is, and stands in what needs somebody today.
        part.next_ask_at = None if delay_s is None else moment + timedelta(seconds=delay_s)
        part.save(update_fields=["asked", "next_ask_at"])
        if delay_s is not None:
            queue_question(part, delay_s=delay_s)
        return part


def queue_question(part: RefundPart, *, delay_s: int) -> None:
    """Have the worker ask about a part after so many seconds, inside the caller's operator transaction."""
    enqueue(
        "ask_refund",
        delay_s=delay_s,
        once=f"ask-refund:{part.id}",
        operator_id=str(part.operator_id),
        part_id=str(part.id),
    )
