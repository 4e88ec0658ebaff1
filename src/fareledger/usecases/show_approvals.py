"""The consents that were given for one scheduled payment, with the proof of each: the words, their hash, who and when.

The proof holds an address of a person, so it is not for everybody who sees the booking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import NotFound
from fareledger.persistence.models import Approval, ConsentEvidence, Mandate
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction


class NeverApproved(NotFound):
    """Nobody ever approved this payment."""

    def __init__(self) -> None:
        super().__init__(code="never_approved", message="This payment was never approved.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """One approval with its evidence; the amount in minor units, the moments aware UTC."""

    id: UUID
    amount_minor: int
    currency: str
    earliest_date: date
    approved_at: datetime
    ended_at: datetime | None
    ended_because: str
    card_brand: str
    card_last4: str
    text: str
    text_version: str
    text_sha256: str
    locale: str
    ip: str
    user_agent: str
    session_id: UUID
    given_at: datetime


def show_consents(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, actor: Actor
) -> tuple[ConsentView, ...]:
    """Return every consent there was for a payment, latest first. Raises NotPermitted and NeverApproved."""
    actor.require(Permission.VIEW_ACCESS)
    with operator_transaction(operator.id):
        found = Approval.objects.filter(
            operator_id=operator.id, booking_id=booking_id, transaction_id=transaction_id
        )
        views = tuple(_view(approval) for approval in found.order_by("-id"))
    if not views:
        raise NeverApproved
    return views


def _view(approval: Approval) -> ConsentView:
    evidence = ConsentEvidence.objects.get(operator_id=approval.operator_id, id=approval.evidence_id)
    mandate = Mandate.objects.get(operator_id=approval.operator_id, id=approval.mandate_id)
    return ConsentView(
        id=approval.id,
        amount_minor=approval.amount_minor,
        currency=approval.currency,
        earliest_date=approval.earliest_date,
        approved_at=approval.approved_at,
        ended_at=approval.ended_at,
        ended_because=approval.ended_because,
        card_brand=mandate.card_brand,
        card_last4=mandate.card_last4,
        text=evidence.text,
        text_version=evidence.text_version,
        text_sha256=evidence.text_sha256,
        locale=evidence.locale,
        ip=evidence.ip,
        user_agent=evidence.user_agent,
        session_id=evidence.session_id,
        given_at=evidence.given_at,
    )
