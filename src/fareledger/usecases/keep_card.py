"""What happens when a card was stored for a consent that waited for it: mandate and approvals begin together.

Everything is one transaction under the booking's lock, with the news that the card is stored. A consent that has been
replaced meanwhile gets nothing: its card is given back. Rows that changed since they were shown are not approved, and
the customer is told.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.approvals import Wanted, may_be_approved, wanted_of
from fareledger.persistence.models import ApprovalRequest, Attempt, ConsentEvidence
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderPayment
from fareledger.usecases.approval_news import tell_left_out, tell_not_begun
from fareledger.usecases.approval_records import begin_approvals, end_approvals, live_approvals
from fareledger.usecases.clock import now, today
from fareledger.usecases.crash_points import reached
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.mandates import StoredCard, begin_mandate, refuse_card


def keep_card(
    operator: Operator, *, locked: LockedBooking, attempt: Attempt, payment: ProviderPayment
) -> None:
    """Begin what a successful payment stored its card for, inside the transaction that records its success.

    Where the provider stored no card, the consent comes to nothing, and the customer is told.
    """
    if attempt.request_id is None:
        return
    if not payment.payment_method or payment.card is None:
        keep_no_card(operator, locked=locked, request_id=attempt.request_id)
        return
    request = ApprovalRequest.objects.get(operator_id=operator.id, id=attempt.request_id)
    stored = StoredCard(
        provider=attempt.provider,
        provider_method=payment.payment_method,
        card=payment.card,
        attempt_id=attempt.id,
    )
    finish_request(operator, locked=locked, request=request, stored=stored)


def keep_no_card(operator: Operator, *, locked: LockedBooking, request_id: UUID | None) -> None:
    """End a consent whose payment stored no card, under the booking's lock, and tell the customer.

    Does nothing for a payment without a consent, and for a consent that waits no more.
    """
    if request_id is None:
        return
    waiting = ApprovalRequest.objects.filter(operator_id=operator.id, id=request_id, state="waiting").first()
    if waiting is None:
        return
    end_request(waiting, state="ended")
    _tell_missed(locked, request=waiting, missed=wanted_of(waiting.wanted), no_card=True)


def finish_request(
    operator: Operator, *, locked: LockedBooking, request: ApprovalRequest, stored: StoredCard
) -> None:
    """Begin mandate and approvals of a consent, under the booking's lock; those before end as replaced.

    The consent is for the payments it names. What was approved before and is not among them, because it is due by now,
    is not charged to the new card; the customer is written to.
    """
    wanted = wanted_of(request.wanted)
    kept = _still_as_agreed(operator, locked=locked, wanted=wanted) if request.state == "waiting" else ()
    if not kept:
        refuse_card(operator, booking_id=locked.booking.id, stored=stored)
        if request.state == "waiting":
            end_request(request, state="ended")
            _tell_missed(locked, request=request, missed=wanted)
        return
    agreed_anew = {one.row_id for one in wanted}
    lasting = live_approvals(locked.booking)
    end_approvals(operator, locked=locked, because="replaced")
    tell_left_out(locked.booking, ended=[lasting[row_id] for row_id in lasting if row_id not in agreed_anew])
    reached("before_mandate")
    mandate = begin_mandate(operator, locked=locked, stored=stored)
    evidence = ConsentEvidence.objects.get(operator_id=operator.id, id=request.evidence_id)
    begin_approvals(operator, locked=locked, wanted=kept, evidence=evidence, mandate=mandate)
    end_request(request, state="done")
    missed = tuple(one for one in wanted if one not in kept)
    if missed:
        _tell_missed(locked, request=request, missed=missed)


def end_request(request: ApprovalRequest, *, state: str) -> None:
    """Write down that a consent is done, or came to nothing."""
    request.state, request.changed_at = state, now()
    request.save()


def _still_as_agreed(
    operator: Operator, *, locked: LockedBooking, wanted: tuple[Wanted, ...]
) -> tuple[Wanted, ...]:
    """Return what still may be approved: rows that neither grew nor came earlier, and are not due yet."""
    if locked.booking.status == "cancelled":
        return ()
    day = today(operator)
    rows = {row.id: row for row in locked.plan if may_be_approved(row, today=day)}
    return tuple(
        one
        for one in wanted
        if one.row_id in rows
        and rows[one.row_id].amount_minor <= one.amount_minor
        and rows[one.row_id].due_date >= one.due_date
    )


def _tell_missed(
    locked: LockedBooking, *, request: ApprovalRequest, missed: tuple[Wanted, ...], no_card: bool = False
) -> None:
    """Tell of rows that were agreed to and are open still, but not as they were shown, or without their card."""
    open_ids = {row.id for row in locked.plan if row.is_open}
    lost = [
        (str(one.row_id), one.due_date.isoformat(), one.amount_minor)
        for one in missed
        if one.row_id in open_ids
    ]
    if lost:
        tell_not_begun(locked.booking, missed=lost, request_id=str(request.id), no_card=no_card)
