"""Takes a customer's consent to scheduled payments: at once from a stored card, or waiting for one to be stored.

What the customer was shown is compared with the plan under the booking's lock: nothing is agreed to that was not on the
page. The evidence of the consent is kept before anything else begins. A consent that waits for its card replaces the
one that waited before; should the earlier card be stored even so, it is given back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fareledger.domain.approvals import Wanted, changed_since, may_be_approved
from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.identity import new_id
from fareledger.domain.payment_machine import State
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import ApprovalRequest, Attempt, CardSetup, Mandate
from fareledger.persistence.models.payments import LIVE_STATES
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approval_records import (
    ShownConsent,
    begin_approvals,
    keep_evidence,
    live_approvals,
)
from fareledger.usecases.clock import now, today
from fareledger.usecases.keep_card import end_request, keep_no_card
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.mandates import usable
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.provider_accounts import load_account
from fareledger.usecases.set_up_card import CardForm, SetupIntent, intend_setup, submit_setup
from fareledger.usecases.show_setup import RequestView, request_view
from fareledger.usecases.visit_rights import require_proven

# How long a second press of the button waits for the first one's answer.
_WAIT_S: Final = 3.0
_POLL_S: Final = 0.1


class ConsentNotGiven(Refused):
    """The box beside the sentence was not ticked; it is never ticked for the customer."""

    def __init__(self) -> None:
        message = "Tick the box if you agree to these payments."
        super().__init__(code="consent_not_given", message=message, field="/agree")


class NothingToApprove(Refused):
    """The form names no payment."""

    def __init__(self) -> None:
        super().__init__(code="nothing_to_approve", message="There is no payment to approve.")


class RowsChanged(Conflict):
    """The payments are not what the customer was shown: changed, gone, due by now, or approved already."""

    def __init__(self) -> None:
        message = "Your payments have changed since this page was opened. Nothing was agreed."
        super().__init__(code="rows_changed", message=message)


class CardChanged(Conflict):
    """The stored card is not the one that was shown, or will have expired by the last payment."""

    def __init__(self) -> None:
        message = "Your stored card has changed since this page was opened. Nothing was agreed."
        super().__init__(code="card_changed", message=message)


class FormUsedElsewhere(Conflict):
    """A form key that belongs to another consent."""

    def __init__(self) -> None:
        super().__init__(code="form_key_reused", message="This form was used for another agreement.")


@dataclass(frozen=True, kw_only=True)
class ApprovalForm:
    """What the customer pressed: the payments as they were shown, the words, and a key made with the page.

    `mandate_id` is the stored card that was shown, None for one that is entered next: in `card_form`, or with a payment
    whose card is kept when `with_payment`.
    """

    shown: tuple[Wanted, ...]
    mandate_id: UUID | None
    agreed: bool
    consent: ShownConsent
    form_key: str
    card_form: CardForm
    with_payment: bool = False


def approve_rows(operator: Operator, *, visit: Visit, form: ApprovalForm) -> RequestView:
    """Take the consent and return it: done, or waiting for its card. The same form again returns the first one.

    Raises OnlyLooking, NotProven, ConsentNotGiven, NothingToApprove, RowsChanged, CardChanged, FormUsedElsewhere,
    BookingNotFound and NoProviderAccount.
    """
    require_proven(visit)
    if not form.agreed:
        raise ConsentNotGiven
    if not form.shown:
        raise NothingToApprove
    view, intent = _take(operator, visit=visit, form=form)
    if intent is None:
        return _wait_for_answer(operator, view=view)
    submit_setup(operator, intent=intent)
    return _read(operator, request_id=view.id)


@retried_on_deadlock
def give_up(operator: Operator, *, visit: Visit, request_id: UUID) -> None:
    """End a consent whose payment could not be started, and tell the customer; not while a payment of it is open.

    Raises OnlyLooking, NotProven and BookingNotFound.
    """
    require_proven(visit)
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=visit.booking_id)
        ours = {"operator_id": operator.id, "booking_id": visit.booking_id}
        paying = Attempt.objects.filter(**ours, request_id=request_id, state__in=LIVE_STATES)
        request = ApprovalRequest.objects.filter(**ours, id=request_id).first()
        if request is not None and not paying.exists():
            keep_no_card(operator, locked=locked, request_id=request.id)


@retried_on_deadlock
def _take(operator: Operator, *, visit: Visit, form: ApprovalForm) -> tuple[RequestView, SetupIntent | None]:
    """Commit the consent under the booking's lock, with its approvals or with a set-up that may now be sent."""
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=visit.booking_id)
        standing = ApprovalRequest.objects.filter(operator_id=operator.id, form_key=form.form_key).first()
        if standing is not None:
            if standing.booking_id != visit.booking_id:
                raise FormUsedElsewhere
            return request_view(operator, request_id=standing.id), None
        mandate = _card(operator, locked=locked, form=form)
        _check_rows(operator, locked=locked, form=form)
        evidence = keep_evidence(locked, shown=form.consent, session_id=visit.session_id)
        _replace_waiting(locked)
        request = _write(locked, form=form, evidence_id=evidence.id, done=mandate is not None)
        intent = None
        if mandate is not None:
            begin_approvals(operator, locked=locked, wanted=form.shown, evidence=evidence, mandate=mandate)
        elif not form.with_payment:
            account = load_account(operator)
            intent = intend_setup(operator, request=request, account=account, form=form.card_form)
        return request_view(operator, request_id=request.id), intent


def _card(operator: Operator, *, locked: LockedBooking, form: ApprovalForm) -> Mandate | None:
    """Return the stored card that was shown, if it still can be charged on the last day. Raises CardChanged."""
    if form.mandate_id is None:
        return None
    last_day = max(one.due_date for one in form.shown)
    mandate = usable(operator, booking_id=locked.booking.id, until=last_day)
    if mandate is None or mandate.id != form.mandate_id:
        raise CardChanged
    return mandate


def _check_rows(operator: Operator, *, locked: LockedBooking, form: ApprovalForm) -> None:
    """Compare what was shown with the plan as it is under the lock. Raises RowsChanged.

    From the stored card only what is not approved yet can be; a new card takes over every approval that lasts, so all
    of those must be among what was shown.
    """
    day = today(operator)
    open_rows = {row.id for row in locked.plan if may_be_approved(row, today=day)}
    shown = {one.row_id for one in form.shown}
    approved = live_approvals(locked.booking).keys() & open_rows
    fits = not (approved & shown) if form.mandate_id is not None else approved <= shown
    distinct = len(shown) == len(form.shown)
    alive = locked.booking.status != "cancelled"
    if not (alive and distinct and fits and shown <= open_rows) or changed_since(
        form.shown, rows=locked.plan
    ):
        raise RowsChanged


def _replace_waiting(locked: LockedBooking) -> None:
    """End the consent that waited for its card before, and have its set-up taken back at the provider."""
    booking = locked.booking
    waiting = ApprovalRequest.objects.filter(
        operator_id=booking.operator_id, booking_id=booking.id, state="waiting"
    )
    for request in waiting:
        end_request(request, state="ended")
        setups = CardSetup.objects.filter(operator_id=booking.operator_id, request_id=request.id)
        for setup_id in setups.values_list("id", flat=True):
            enqueue(
                "withdraw_setup",
                once=f"withdraw-setup:{setup_id}",
                operator_id=str(booking.operator_id),
                setup_id=str(setup_id),
            )


def _write(locked: LockedBooking, *, form: ApprovalForm, evidence_id: UUID, done: bool) -> ApprovalRequest:
    moment = now()
    return ApprovalRequest.objects.create(
        operator_id=locked.booking.operator_id,
        id=new_id(),
        booking_id=locked.booking.id,
        evidence_id=evidence_id,
        wanted=[one.to_json() for one in form.shown],
        state="done" if done else "waiting",
        form_key=form.form_key,
        created_at=moment,
        changed_at=moment,
    )


def _wait_for_answer(operator: Operator, *, view: RequestView) -> RequestView:
    """Give the request that made the set-up a moment to record the provider's answer."""
    deadline = time.monotonic() + _WAIT_S
    while view.setup and view.setup.state is State.INTENDED and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        view = _read(operator, request_id=view.id)
    return view


def _read(operator: Operator, *, request_id: UUID) -> RequestView:
    with operator_transaction(operator.id):
        return request_view(operator, request_id=request_id)
