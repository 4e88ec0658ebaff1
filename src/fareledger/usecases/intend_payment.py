"""The first of the three steps of an online payment: the attempt is committed before anybody outside hears of it
(P1).

It finds the attempt that the same form has started already, and the ones that stand in the way of a new one (P2). What
may be paid is decided by `domain/paying.py`. It calls no provider.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.paying import Cover, Reach, amount_of, choices_of, holds_back, reach_of
from fareledger.domain.payment_machine import TERMINAL, State
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Attempt, AttemptCover, Booking, Mandate, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ProviderAccount
from fareledger.usecases.attempt_words import started_words
from fareledger.usecases.clock import now, today
from fareledger.usecases.follow_collection import waits_for_owner
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.mandates import usable
from fareledger.usecases.offer_payment import other_from
from fareledger.usecases.payment_form import (
    METHODS,
    AmountChanged,
    BalanceChanged,
    FormKeyReused,
    NoLongerOpen,
    NoSavedCard,
    NotAPayment,
    PaymentForm,
    RowNotFound,
)
from fareledger.usecases.payment_request import AnyRequest, request_for
from fareledger.usecases.provider_accounts import load_account
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.show_attempt import AttemptView, view_of
from fareledger.usecases.show_booking import BookingNotFound
from fareledger.usecases.visit_rights import NotProven, require_customer, require_for_charge, require_proven

_LIVE = tuple(state.value for state in State if state not in TERMINAL)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A new attempt that may now be sent to the provider, once."""

    attempt: AttemptView
    account: ProviderAccount
    request: AnyRequest


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An attempt that was there before: of the same form, or of another form in whose way it stands.

    One that `fits` is the very payment that is wanted now, so that it can be gone on with.
    """

    attempt: AttemptView
    same_form: bool
    fits: bool


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What is about to be written: the form, the locked booking, what the amount covers, the card that is charged."""

    form: PaymentForm
    locked: LockedBooking
    reach: Reach
    mandate: Mandate | None


@retried_on_deadlock
def intend_payment(operator: Operator, *, form: PaymentForm) -> Intent | Standing:
    """Commit a new attempt, or return the one that stands in its place.

    Raises RowNotFound, NotAPayment, NoLongerOpen, AmountChanged, BalanceChanged, FormKeyReused, NothingToPay,
    OtherAmountNotOffered, AmountOutOfRange, NoSavedCard, NoProviderAccount, OnlyLooking and NotProven.
    """
    _check_visit(form)
    with operator_transaction(operator.id):
        # Every start for a booking passes here one by one, so two presses cannot both find the way free.
        try:
            locked = lock_booking(operator, booking_id=form.booking_id)
        except BookingNotFound as missing:
            raise RowNotFound from missing
        same = _same_form(form, operator=operator)
        if same is not None:
            return Standing(attempt=view_of(same), same_form=True, fits=True)
        reach = _reach(form, operator=operator, locked=locked)
        plan = _Plan(form=form, locked=locked, reach=reach, mandate=_mandate(form, operator=operator))
        other = _in_the_way(plan)
        if other is not None:
            return Standing(attempt=view_of(other), same_form=False, fits=_fits(other, plan=plan))
        account = load_account(operator, provider=plan.mandate.provider if plan.mandate else "")
        attempt = _insert(plan, provider=account.provider)
        return Intent(
            attempt=view_of(attempt),
            account=account,
            request=request_for(
                form,
                attempt=attempt,
                description=f"{operator.name} {locked.booking.reference}",
                saved=plan.mandate.provider_method if plan.mandate else "",
            ),
        )


def _check_visit(form: PaymentForm) -> None:
    if form.visit is not None:
        require_customer(form.visit)
    if form.method == "saved_card":
        if form.visit is None:
            raise NotProven
        if form.wanted == "next" and form.transaction_id is not None:
            require_for_charge(form.visit, row_id=form.transaction_id)
        else:
            require_proven(form.visit)


def _same_form(form: PaymentForm, *, operator: Operator) -> Attempt | None:
    found = Attempt.objects.filter(operator_id=operator.id, form_key=form.form_key).first()
    if found is None:
        return None
    said = (form.booking_id, form.amount_minor, METHODS[form.method], form.method == "saved_card")
    if said != (found.booking_id, found.amount_minor, found.method, found.mandate_id is not None):
        raise FormKeyReused
    if form.transaction_id is not None and form.wanted == "next":
        covered = AttemptCover.objects.filter(
            operator_id=operator.id, attempt_id=found.id, transaction_id=form.transaction_id
        )
        if not covered.exists():
            raise FormKeyReused
    return found


def _reach(form: PaymentForm, *, operator: Operator, locked: LockedBooking) -> Reach:
    """Check what was pressed against the booking as it stands, and say what it covers."""
    wanted_row = form.transaction_id if form.wanted == "next" else None
    if wanted_row is not None:
        _check_row(wanted_row, locked=locked)
    choices = choices_of(
        locked.plan,
        outstanding_minor=locked.figures.outstanding_minor,
        other_from_minor=other_from(operator, currency=locked.booking.currency),
        row_id=wanted_row,
    )
    if form.wanted == "other":
        _check_balance(form, locked=locked)
    amount_minor = amount_of(choices, wanted=form.wanted, typed_minor=form.amount_minor)
    if amount_minor != form.amount_minor:
        raise AmountChanged(shown_minor=form.amount_minor, amount_minor=amount_minor)
    _check_balance(form, locked=locked)
    first = choices.next_row.id if form.wanted == "next" and choices.next_row else None
    return reach_of(locked.plan, amount_minor=amount_minor, first=first)


def _check_row(row_id: UUID, *, locked: LockedBooking) -> None:
    row = Transaction.objects.filter(
        operator_id=locked.booking.operator_id, booking_id=locked.booking.id, id=row_id
    ).first()
    if row is None:
        raise RowNotFound
    if row.kind != "payment":
        raise NotAPayment
    if row.status != "open":
        raise NoLongerOpen


def _check_balance(form: PaymentForm, *, locked: LockedBooking) -> None:
    outstanding_minor = locked.figures.outstanding_minor
    if form.balance_minor is not None and form.balance_minor != outstanding_minor:
        raise BalanceChanged(shown_minor=form.balance_minor, amount_minor=outstanding_minor)


def _mandate(form: PaymentForm, *, operator: Operator) -> Mandate | None:
    if form.method != "saved_card":
        return None
    found = usable(operator, booking_id=form.booking_id, until=today(operator))
    if found is None:
        raise NoSavedCard
    if form.visit is not None and not form.visit.proven:
        _check_charge(form, mandate=found)
    return found


def _check_charge(form: PaymentForm, *, mandate: Mandate) -> None:
    """Let a link that was sent for one charge make that charge, while it waits for its owner, and no other."""
    if form.transaction_id is None or not waits_for_owner(
        mandate.operator_id,
        row_id=form.transaction_id,
        mandate_id=mandate.id,
        amount_minor=form.amount_minor,
    ):
        raise NotProven


def _in_the_way(plan: _Plan) -> Attempt | None:
    """Return an attempt whose money may be on its way already and would be paid twice."""
    booking = plan.locked.booking
    live = Attempt.objects.filter(
        operator_id=booking.operator_id, booking_id=booking.id, state__in=_LIVE
    ).order_by("id")
    outstanding_minor = plan.locked.figures.outstanding_minor
    for attempt in live:
        if holds_back(_reach_of(attempt), new=plan.reach, outstanding_minor=outstanding_minor):
            return attempt
    return None


def _reach_of(attempt: Attempt) -> Reach:
    """Say what an attempt covered when it began."""
    left = attempt.amount_minor
    covers = []
    rows = AttemptCover.objects.filter(operator_id=attempt.operator_id, attempt_id=attempt.id).order_by("id")
    for cover in rows:
        row_minor = attempt.amount_minor if cover.row_minor is None else cover.row_minor
        taken = min(left, row_minor)
        left -= taken
        covers.append(Cover(row_id=cover.transaction_id, row_minor=row_minor, amount_minor=taken))
    return Reach(covers=tuple(covers), unplanned_minor=left)


def _fits(attempt: Attempt, *, plan: _Plan) -> bool:
    form, mandate = plan.form, plan.mandate
    reach = _reach_of(attempt)
    return not attempt.off_session and (
        attempt.amount_minor,
        attempt.method,
        attempt.bank_name,
        attempt.mandate_id,
        attempt.request_id,
        reach.row_ids,
    ) == (
        form.amount_minor,
        METHODS[form.method],
        form.bank_name,
        mandate.id if mandate else None,
        form.request_id,
        plan.reach.row_ids,
    )


def _insert(plan: _Plan, *, provider: str) -> Attempt:
    form, booking = plan.form, plan.locked.booking
    moment, attempt_id = now(), new_id()
    attempt = Attempt.objects.create(
        operator_id=booking.operator_id,
        id=attempt_id,
        booking_id=booking.id,
        provider=provider,
        state=State.INTENDED,
        amount_minor=form.amount_minor,
        currency=booking.currency,
        channel=form.channel,
        method=METHODS[form.method],
        mandate_id=plan.mandate.id if plan.mandate else None,
        keeps_card=form.request_id is not None,
        request_id=form.request_id,
        bank_name=form.bank_name,
        form_key=form.form_key,
        provider_key=f"attempt-{attempt_id}",
        next_ask_at=moment + timedelta(seconds=wait_s(State.INTENDED, asked=0) or 0),
        created_at=moment,
        changed_at=moment,
    )
    for cover in plan.reach.covers:
        AttemptCover.objects.create(
            operator_id=booking.operator_id,
            attempt_id=attempt_id,
            transaction_id=cover.row_id,
            row_minor=cover.row_minor,
        )
    _tell(attempt, booking=booking)
    return attempt


def _tell(attempt: Attempt, *, booking: Booking) -> None:
    append_timeline(
        Event(
            operator_id=booking.operator_id,
            booking_id=booking.id,
            kind="attempt_started",
            actor="Customer",
            occurred_at=attempt.created_at,
            payload={
                "text": started_words(attempt),
                "amount_minor": attempt.amount_minor,
                "currency": booking.currency,
                "channel": attempt.channel,
                "method": attempt.method,
                "attempt_id": str(attempt.id),
            },
            source_key=f"attempt:{attempt.id}:started",
        )
    )
