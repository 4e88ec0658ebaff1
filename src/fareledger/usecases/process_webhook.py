"""Works out what a stored webhook means: it asks the provider about the payment it names, and records the
answer. What a mail service tells has nobody to be asked about, and is `receive_mail_event.py`.

The webhook's own content decides nothing. If it tells another amount or currency than the provider does when
asked, nothing is taken from it and a person looks. Processing twice, late or in any order ends in the same
state.
"""

from dataclasses import dataclass
from uuid import UUID

from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Attempt, RefundPart, WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import (
    ForgedWebhook,
    Gateway,
    Misconfigured,
    ProviderPayment,
    ProviderRefund,
    WebhookNotice,
)
from fareledger.usecases.clock import now
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.receive_mail_event import MAIL, note_mail_event
from fareledger.usecases.record_outcome import record_payment
from fareledger.usecases.record_refund import record_refund
from fareledger.usecases.set_up_card import record_setup
from fareledger.usecases.show_setup import SetupNotFound
from fareledger.usecases.watch_cards import reread_card


@dataclass(frozen=True)
class _Verdict:
    status: str
    problem: str = ""


def process_webhook(operator: Operator, *, event_id: UUID) -> str:
    """Process one event of the inbox and return its status afterwards; one that was processed before stays as
    it is.

    Raises Unavailable when the provider cannot be asked now: the event then still waits.
    """
    event = _load(operator, event_id=event_id)
    if event is None or event.status != "received":
        return event.status if event else "unknown"
    if event.provider == MAIL:
        return _finish(
            operator, event_id=event_id, verdict=_Verdict(*note_mail_event(operator, body=bytes(event.body)))
        )
    gateway = open_gateway(operator, provider=event.provider)
    try:
        notice = gateway.parse_webhook(bytes(event.body))
    except ForgedWebhook as trouble:
        return _finish(operator, event_id=event_id, verdict=_Verdict("exception", str(trouble)))
    return _finish(operator, event_id=event_id, verdict=_apply(operator, gateway=gateway, notice=notice))


def _apply(operator: Operator, *, gateway: Gateway, notice: WebhookNotice) -> _Verdict:
    if notice.payout_reference:
        _queue_payouts(operator)
        return _Verdict("processed")
    if notice.refund_reference:
        return _apply_refund(operator, gateway=gateway, notice=notice)
    if notice.setup_reference:
        return _apply_setup(operator, gateway=gateway, reference=notice.setup_reference)
    if notice.payment_method and not notice.payment_reference:
        return _apply_card(operator, gateway=gateway, reference=notice.payment_method)
    if not notice.payment_reference:
        return _Verdict("ignored", f"nothing is done about {notice.event_type}")
    try:
        with calling_provider():
            payment = gateway.payment(notice.payment_reference)
    except Misconfigured as trouble:
        return _Verdict("exception", f"the provider does not know {notice.payment_reference}: {trouble}")
    if _contradicts(notice, payment=payment):
        told = f"{notice.amount_minor} {notice.currency}"
        answered = f"{payment.amount_minor} {payment.currency}"
        return _Verdict("exception", f"the event says {told}, the provider says {answered} minor units")
    attempt_id = _attempt_of(operator, payment=payment)
    if attempt_id is None:
        return _Verdict("exception", f"no attempt of ours is {payment.reference}")
    view = record_payment(operator, attempt_id=attempt_id, payment=payment, actor="Worker")
    return _Verdict("exception", view.problem) if view.problem else _Verdict("processed")


def _apply_refund(operator: Operator, *, gateway: Gateway, notice: WebhookNotice) -> _Verdict:
    try:
        with calling_provider():
            refund = gateway.refund(notice.refund_reference or "")
    except Misconfigured as trouble:
        return _Verdict("exception", f"the provider does not know {notice.refund_reference}: {trouble}")
    if (notice.amount_minor, notice.currency) != (refund.amount_minor, refund.currency):
        return _Verdict(
            "exception", f"the event and the provider tell different amounts of {refund.reference}"
        )
    part_id = _part_of(operator, refund=refund)
    if part_id is None:
        return _Verdict("exception", f"no refund of ours is {refund.reference}")
    record_refund(operator, part_id=part_id, refund=refund)
    return _Verdict("processed")


def _apply_setup(operator: Operator, *, gateway: Gateway, reference: str) -> _Verdict:
    """Record the set-up of a card as the provider tells it, found by our own id."""
    try:
        with calling_provider():
            told = gateway.setup(reference)
        if told.setup_id is None:
            return _Verdict("exception", f"no set-up of ours is {reference}")
        record_setup(operator, setup_id=told.setup_id, told=told)
    except SetupNotFound:
        return _Verdict("exception", f"no set-up of ours is {reference}")
    except Misconfigured as trouble:
        return _Verdict("exception", f"the provider tells what cannot be of {reference}: {trouble}")
    return _Verdict("processed")


def _apply_card(operator: Operator, *, gateway: Gateway, reference: str) -> _Verdict:
    try:
        ours = reread_card(operator, gateway=gateway, reference=reference)
    except Misconfigured as trouble:
        return _Verdict("exception", f"the provider does not tell of {reference}: {trouble}")
    return (
        _Verdict("processed") if ours else _Verdict("ignored", f"{reference} is stored for nothing of ours")
    )


def _contradicts(notice: WebhookNotice, *, payment: ProviderPayment) -> bool:
    return (notice.amount_minor, notice.currency) != (payment.amount_minor, payment.currency)


def _attempt_of(operator: Operator, *, payment: ProviderPayment) -> UUID | None:
    """Find our attempt by our own id: the webhook may be here before the provider's first answer was
    recorded.
    """
    if payment.attempt_id is None:
        return None
    with operator_transaction(operator.id):
        ours = Attempt.objects.filter(operator_id=operator.id, id=payment.attempt_id)
        return ours.values_list("id", flat=True).first()


def _part_of(operator: Operator, *, refund: ProviderRefund) -> UUID | None:
    if refund.refund_id is None:
        return None
    with operator_transaction(operator.id):
        ours = RefundPart.objects.filter(operator_id=operator.id, id=refund.refund_id)
        return ours.values_list("id", flat=True).first()


def _queue_payouts(operator: Operator) -> None:
    with operator_transaction(operator.id):
        enqueue("pull_payouts", once=f"payouts:{operator.id}", operator_id=str(operator.id))


def _load(operator: Operator, *, event_id: UUID) -> WebhookEvent | None:
    with operator_transaction(operator.id):
        return WebhookEvent.objects.filter(operator_id=operator.id, id=event_id).first()


def _finish(operator: Operator, *, event_id: UUID, verdict: _Verdict) -> str:
    with operator_transaction(operator.id):
        WebhookEvent.objects.filter(operator_id=operator.id, id=event_id, status="received").update(
            status=verdict.status, problem=verdict.problem, processed_at=now()
        )
    return verdict.status
