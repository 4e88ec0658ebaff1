"""Carries out a wanted change inside the caller's transaction and says what it did.

One way for saving and for previewing, so that a preview is exactly what saving would do; whether the transaction is
kept is the caller's to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from fareledger.domain import protection
from fareledger.domain.access import Actor, Permission
from fareledger.domain.accounts import Account
from fareledger.domain.booking import BookingDetails
from fareledger.domain.booking_rules import check_booking
from fareledger.domain.change_effect import row_effects
from fareledger.domain.protection import Policy, releasable_on
from fareledger.domain.travel_law import LawNotice, TripTerms, law_notices
from fareledger.domain.wording import reference_key
from fareledger.persistence.ledger import balances
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import lock_name
from fareledger.usecases.accept_booking import Accepted, accept_within, arrival_now, check_details
from fareledger.usecases.approval_records import live_approvals
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.booking_state import BookingState, booking_state
from fareledger.usecases.change_views import ChangePreview, ProtectedEffect
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.show_booking import BookingNotFound
from fareledger.usecases.wanted_change import WantedChange, described


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a change came to: the stored booking, what it was accepted as, and what it did."""

    booking: Booking
    accepted: Accepted
    preview: ChangePreview


def change_arrival(operator: Operator, *, wanted: WantedChange, channel: str, actor: Actor) -> Arrival:
    """Check what can be checked before a transaction is opened, and say who wants the change now.

    Raises NotPermitted and InvalidBooking.
    """
    actor.require(Permission.CHANGE_BOOKINGS)
    if isinstance(wanted, BookingDetails):
        check_booking(wanted)
    return arrival_now(operator, channel=channel, actor=actor)


def carry_out(wanted: WantedChange, *, arrival: Arrival, expected_version: int | None) -> Done:
    """Change the booking under its lock, inside the caller's operator transaction.

    A booking in a currency that the operator no longer sells in can still be changed; a new one cannot be made. Raises
    BookingNotFound, NothingToCancel, InvalidBooking, CurrencyNotSold, CurrencyFixed, VersionMismatch and
    PaymentRecordedOtherwise.
    """
    operator = arrival.operator
    booking = _locked(wanted, operator=operator)
    before = booking_state(booking) if booking is not None else None
    approved = frozenset(live_approvals(booking)) if booking is not None else frozenset[UUID]()
    details = _description(wanted, booking=booking, operator=operator)
    accepted = accept_within(details, arrival=arrival, expected_version=expected_version)
    booking = Booking.objects.get(operator_id=operator.id, id=accepted.booking_id)
    after = booking_state(booking)
    preview = ChangePreview(
        outcome=accepted.outcome,
        before=before,
        after=after,
        rows=row_effects(before.rows if before else (), after=after.rows),
        protected=_protected(booking, operator=operator, before=before or after, after=after),
        notices=_notices(before, after=after, arrival=arrival),
        approved_before=approved,
        approved_after=frozenset(live_approvals(booking)) if approved else approved,
    )
    return Done(booking=booking, accepted=accepted, preview=preview)


def _locked(wanted: WantedChange, *, operator: Operator) -> Booking | None:
    if not isinstance(wanted, BookingDetails):
        return lock_booking(operator, booking_id=wanted.booking_id).booking
    key = reference_key(wanted.reference)
    lock_name(operator.id, text=key)
    return Booking.objects.select_for_update().filter(operator_id=operator.id, reference_key=key).first()


def _description(wanted: WantedChange, *, booking: Booking | None, operator: Operator) -> BookingDetails:
    if isinstance(wanted, BookingDetails):
        if booking is None:
            check_details(wanted, operator=operator)
        return wanted
    if booking is None:
        raise BookingNotFound(wanted.booking_id)
    details = described(wanted, booking=booking)
    check_booking(details)
    return details


def _protected(
    booking: Booking, *, operator: Operator, before: BookingState, after: BookingState
) -> ProtectedEffect:
    policy = cast(Policy, operator.protection_policy)
    accounts = balances(operator.id, booking_id=booking.id)
    if booking.travel_completed_on is not None:
        # What still comes from the acquirer after the end of travel arrives released.
        accounts.pop(Account.ACQUIRER_CLEARING, None)
    held = protection.held(accounts, policy=policy)
    refund = after.figures.open_refunds_minor
    return ProtectedEffect(
        policy=policy,
        held_minor=held,
        refund_minor=refund,
        left_minor=max(0, held - refund),
        releasable_before=releasable_on(before.details.end_date),
        releasable_after=releasable_on(after.details.end_date),
    )


def _notices(before: BookingState | None, *, after: BookingState, arrival: Arrival) -> tuple[LawNotice, ...]:
    if before is None:
        return ()
    return law_notices(_terms(before), after=_terms(after), today=arrival.day)


def _terms(state: BookingState) -> TripTerms:
    return TripTerms(
        price_minor=state.figures.sales_price_minor,
        start_date=state.details.start_date,
        end_date=state.details.end_date,
        cancelled=state.cancelled,
        refund_minor=max(0, -state.figures.outstanding_minor),
    )
