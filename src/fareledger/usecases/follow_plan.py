"""Lets approvals follow the plan: whoever saves a row passes here, so that no way of changing one is forgotten.

A row that shrank or is due later keeps its approval; one that grew, is due earlier or is gone loses it, and the
customer is asked again; one that closed has used it. The rest of a row that was paid in part is no new payment: it is
less than was agreed to on the same day, so the consent goes on for it. The caller holds the booking's lock.
"""

from __future__ import annotations

from collections.abc import Iterable

from fareledger.domain.approvals import Consent, ending_of
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Approval, Booking, Mandate, Transaction
from fareledger.persistence.tenancy import found_once
from fareledger.usecases.approval_records import end_some
from fareledger.usecases.lock_booking import plan_rows

_USED = "approvals used in this transaction"


def follow_row(row: Transaction) -> None:
    """End the approval of a row that was just written back, if it does not last."""
    if row.kind != "payment":
        return
    lasting = Approval.objects.filter(operator_id=row.operator_id, transaction_id=row.id, ended_at=None)
    approval = lasting.first()
    if approval is None:
        return
    (planned,) = plan_rows([row])
    ending = ending_of(consent_of(approval), row=planned)
    if ending is None:
        return
    if ending == "used":
        found_once(_USED, find=dict)[row.id] = approval
    booking = Booking.objects.get(operator_id=row.operator_id, id=row.booking_id)
    end_some(booking, approvals=[approval], because=ending)


def follow_new(rows: Iterable[Transaction]) -> None:
    """Let the consent go on for the rests of approved rows that were paid in part in this transaction."""
    used = found_once(_USED, find=dict)
    if not used:
        return
    for row in rows:
        before = used.get(row.split_from)
        if before is not None and row.status == "open":
            _go_on(before, row=row)


def consent_of(approval: Approval) -> Consent:
    """Return what an approval allows, as the rules see it."""
    return Consent(
        amount_minor=approval.amount_minor,
        currency=approval.currency,
        earliest_date=approval.earliest_date,
    )


def _go_on(before: Approval, *, row: Transaction) -> None:
    mandates = Mandate.objects.filter(operator_id=row.operator_id, id=before.mandate_id, ended_at=None)
    (planned,) = plan_rows([row])
    if not mandates.exists() or ending_of(consent_of(before), row=planned) is not None:
        return
    Approval.objects.create(
        operator_id=row.operator_id,
        id=new_id(),
        booking_id=row.booking_id,
        transaction_id=row.id,
        mandate_id=before.mandate_id,
        evidence_id=before.evidence_id,
        amount_minor=row.amount_minor,
        currency=before.currency,
        earliest_date=before.earliest_date,
        approved_at=before.approved_at,
    )
