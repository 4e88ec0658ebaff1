"""Begins and ends approvals under the booking's lock. Which ones, and why, is decided by whoever calls.

An approval is never changed but to end: a new consent is a new row with an evidence of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.approvals import Ending, Wanted
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Approval, Booking, ConsentEvidence, Mandate
from fareledger.persistence.operators import Operator
from fareledger.usecases.approval_news import tell_ended, tell_given
from fareledger.usecases.clock import now
from fareledger.usecases.follow_collection import end_without_consent
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.mandates import end_mandate, usable

CONSENT_KIND = "approve_payments"


@dataclass(frozen=True, kw_only=True)
class ShownConsent:
    """The very words that were shown and agreed to, which version of them, and from where they were agreed to."""

    text: str
    version: str
    locale: str
    ip: str
    user_agent: str


def keep_evidence(locked: LockedBooking, *, shown: ShownConsent, session_id: UUID) -> ConsentEvidence:
    """Write down one consent, once and for good; its hash is that of the text as it is kept."""
    booking = locked.booking
    return ConsentEvidence.objects.create(
        operator_id=booking.operator_id,
        id=new_id(),
        booking_id=booking.id,
        kind=CONSENT_KIND,
        text_version=shown.version,
        locale=shown.locale,
        text=shown.text,
        text_sha256=hashlib.sha256(shown.text.encode()).hexdigest(),
        ip=shown.ip,
        user_agent=shown.user_agent[:500],
        session_id=session_id,
        given_at=now(),
    )


def live_approvals(booking: Booking) -> Mapping[UUID, Approval]:
    """Return the approvals of a booking that last, by the row each is for."""
    lasting = Approval.objects.filter(operator_id=booking.operator_id, booking_id=booking.id, ended_at=None)
    return {approval.transaction_id: approval for approval in lasting}


def begin_approvals(
    operator: Operator,
    *,
    locked: LockedBooking,
    wanted: Iterable[Wanted],
    evidence: ConsentEvidence,
    mandate: Mandate,
) -> tuple[Approval, ...]:
    """Write an approval for each row, up to the amount and from the date that were shown, and tell of them."""
    booking, moment = locked.booking, now()
    given = tuple(
        Approval(
            operator_id=operator.id,
            id=new_id(),
            booking_id=booking.id,
            transaction_id=one.row_id,
            mandate_id=mandate.id,
            evidence_id=evidence.id,
            amount_minor=one.amount_minor,
            currency=booking.currency,
            earliest_date=one.due_date,
            approved_at=moment,
        )
        for one in wanted
    )
    Approval.objects.bulk_create(given)
    if given:
        tell_given(operator, booking=booking, given=given, evidence=evidence, mandate=mandate)
    return given


def end_some(booking: Booking, *, approvals: Iterable[Approval], because: Ending) -> None:
    """End approvals inside the caller's operator transaction, and tell of it."""
    ended, moment = list(approvals), now()
    for approval in ended:
        approval.ended_at, approval.ended_because = moment, because
        approval.save()
    if ended:
        end_without_consent(booking.operator_id, row_ids=[one.transaction_id for one in ended])
        tell_ended(booking, ended=ended)


def end_approvals(operator: Operator, *, locked: LockedBooking, because: Ending) -> None:
    """End every approval of a booking; with a cancelled booking its stored card is given up too.

    Needs the booking's lock.
    """
    end_some(locked.booking, approvals=live_approvals(locked.booking).values(), because=because)
    mandate = usable(operator, booking_id=locked.booking.id)
    if mandate is not None and because in ("cancelled", "replaced"):
        end_mandate(mandate, because=because)
