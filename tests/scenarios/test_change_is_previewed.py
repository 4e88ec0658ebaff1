"""Staff see what a change would do before it is saved: exactly that is saved, and nothing while they look."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fareledger.domain.access import NotPermitted
from fareledger.domain.booking import BookingDetails
from fareledger.domain.booking_rules import InvalidBooking
from fareledger.domain.plan import Terms
from fareledger.persistence.models import Booking, EmailMessage, LedgerEntry, TimelineEvent, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import CurrencyNotSold, VersionMismatch, accept_booking
from fareledger.usecases.booking_state import BookingState, booking_state
from fareledger.usecases.change_views import ChangePreview
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.save_change import Handling, PreviewOutdated, save_change
from fareledger.usecases.show_booking import billing_by_id
from fareledger.usecases.wanted_change import Cancellation, WantedChange
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.people import MARTA, person

OFFICE = Handling(channel="back_office")


def stored(operator: Operator, booking_id: UUID, /) -> BookingState:
    with operator_transaction(operator.id):
        return booking_state(Booking.objects.get(operator_id=operator.id, id=booking_id))


def everything(operator: Operator) -> list[list[Any]]:
    """Every row of what a change may write."""
    models: tuple[Any, ...] = (Booking, Transaction, LedgerEntry, TimelineEvent, EmailMessage)
    with operator_transaction(operator.id):
        return [list(one.objects.filter(operator_id=operator.id).order_by("id").values()) for one in models]


def rows_of(state: BookingState) -> list[tuple[object, ...]]:
    return sorted(
        (row.kind, row.status, row.amount_minor, row.due_date.isoformat(), row.source) for row in state.rows
    )


def saved(operator: Operator, wanted: WantedChange, /, *, preview: ChangePreview) -> BookingState:
    handling = replace(OFFICE, previewed=preview.mark)
    done = save_change(operator, wanted=wanted, actor=MARTA, handling=handling)
    return stored(operator, done.booking_id)


TERMS = (
    Terms(down_payment_percent=Decimal(30), balance_due_days=30),
    Terms(down_payment_minor=5_000, balance_due_days=60, instalments=3),
    Terms(balance_due_days=0),
)
CHANGES = st.fixed_dictionaries(
    {
        "price": st.integers(0, 300_000),
        "non_payable": st.integers(0, 50_000),
        "days": st.integers(-120, 200),
        "paid": st.sampled_from([0, 1, 30_000, 100_000, 250_000]),
        "cancel": st.booleans(),
        "terms": st.sampled_from(TERMS),
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=CHANGES, later=CHANGES)
def test_what_is_previewed_is_what_is_saved(
    operator: Operator, change: dict[str, Any], later: dict[str, Any]
) -> None:
    trip = a_trip_in(150, terms=TERMS[1])
    sell(operator, trip)
    for drawn in (change, later):
        trip = changed(trip, drawn=drawn)
        preview = preview_change(operator, details=trip, actor=MARTA)
        assert preview.mark == preview_change(operator, details=trip, actor=MARTA).mark
        state = saved(operator, trip, preview=preview)
        assert rows_of(state) == rows_of(preview.after)
        assert state.figures == preview.after.figures
        assert state.details == preview.after.details
        assert (state.version, state.status) == (preview.after.version, preview.after.status)
        assert state.figures.unplanned_minor == 0


def changed(trip: BookingDetails, *, drawn: dict[str, Any]) -> BookingDetails:
    """The same trip at another price on other days, with a payment and a cancellation as drawn."""
    part = replace(
        trip.components[0],
        price_minor=drawn["price"],
        cancellation_fee_minor=drawn["price"] // 5,
        cancelled=drawn["cancel"],
    )
    by = timedelta(days=drawn["days"])
    return replace(
        trip,
        booked_on=min(trip.booked_on, trip.start_date + by),
        start_date=trip.start_date + by,
        end_date=trip.end_date + by,
        components=(part,),
        terms=drawn["terms"],
        non_payable_minor=min(drawn["non_payable"], part.charged_minor),
        payments=(paid_at_checkout(drawn["paid"]),) if drawn["paid"] else (),
    )


def test_looking_saves_nothing(operator: Operator) -> None:
    trip = a_trip_in(150, payments=(paid_at_checkout(100_000),))
    billing = sell(operator, trip)
    before = everything(operator)
    for wanted in (
        cancelling(trip, "hotel"),
        replace(trip, payments=(paid_at_checkout(5_000),)),
        Cancellation(booking_id=billing.booking.id),
        a_trip_in(90),
    ):
        preview_change(operator, details=wanted, actor=MARTA)
    assert everything(operator) == before


def test_a_new_booking_can_be_previewed(operator: Operator) -> None:
    trip = a_trip_in(150)
    preview = preview_change(operator, details=trip, actor=MARTA)
    assert (preview.outcome, preview.before) == ("created", None)
    assert [effect.happenings for effect in preview.rows] == [("added",), ("added",)]
    assert preview.notices == ()
    assert rows_of(saved(operator, trip, preview=preview)) == rows_of(preview.after)


def test_the_same_booking_again_is_no_change(operator: Operator) -> None:
    trip = a_trip_in(150)
    sell(operator, trip)
    preview = preview_change(operator, details=trip, actor=MARTA)
    assert preview.outcome == "unchanged"
    assert {effect.happenings for effect in preview.rows} == {("kept",)}
    assert preview.facts is None


def test_a_payment_that_comes_between_stops_the_saving(operator: Operator) -> None:
    trip = a_trip_in(150)
    billing = sell(operator, trip)
    cheaper = priced(trip, price_minor=50_000)
    preview = preview_change(operator, details=cheaper, actor=MARTA)
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=billing.open_rows[0].id,
        received=Received(send_confirmation=False),
        actor=person("Somebody else"),
    )
    before = everything(operator)
    with pytest.raises(PreviewOutdated) as outdated:
        saved(operator, cheaper, preview=preview)
    assert everything(operator) == before
    fresh = outdated.value.preview
    assert fresh.after.figures.paid_minor == 30_000
    assert rows_of(saved(operator, cheaper, preview=fresh)) == rows_of(fresh.after)


def test_saving_twice_is_saving_once(operator: Operator) -> None:
    trip = a_trip_in(150)
    sell(operator, trip)
    cheaper = priced(trip, price_minor=50_000)
    preview = preview_change(operator, details=cheaper, actor=MARTA)
    first = saved(operator, cheaper, preview=preview)
    assert saved(operator, cheaper, preview=preview) == first


def test_a_preview_refuses_what_saving_would_refuse(operator: Operator) -> None:
    trip = a_trip_in(150)
    sell(operator, trip)
    with pytest.raises(InvalidBooking):
        preview_change(operator, details=replace(trip, components=()), actor=MARTA)
    with pytest.raises(VersionMismatch):
        preview_change(operator, details=priced(trip, price_minor=1), actor=MARTA, expected_version=7)
    with pytest.raises(NotPermitted):
        preview_change(operator, details=trip, actor=person("Ann", role="auditor"))
    with pytest.raises(NotPermitted):
        save_change(operator, wanted=trip, actor=person("Ann", role="auditor"), handling=OFFICE)


def test_protected_money_is_told_as_it_is_held(operator: Operator) -> None:
    trip = a_trip_in(150, payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    later = timedelta(days=7)
    moved = replace(
        cancelling(trip, "hotel"), start_date=trip.start_date + later, end_date=trip.end_date + later
    )
    protected = preview_change(operator, details=moved, actor=MARTA).protected
    assert (protected.held_minor, protected.refund_minor, protected.left_minor) == (100_000, 40_000, 60_000)
    assert protected.releasable_after - protected.releasable_before == later


def test_each_row_says_what_happens_to_it(operator: Operator) -> None:
    trip = a_trip_in(150, payments=(paid_at_checkout(30_000),))
    sell(operator, trip)
    by = timedelta(days=7)
    moved = priced(
        replace(trip, start_date=trip.start_date + by, end_date=trip.end_date + by), price_minor=90_000
    )
    kept, moving = preview_change(operator, details=moved, actor=MARTA).rows
    assert (kept.happenings, kept.approval) == (("kept",), "none")
    assert (moving.happenings, moving.moved_by, moving.approval) == (("moved", "shrunk"), by, "keeps")
    dearer = preview_change(operator, details=priced(trip, price_minor=130_000), actor=MARTA).rows
    assert [(row.happenings, row.approval) for row in dearer] == [
        (("kept",), "none"),
        (("kept",), "keeps"),
        (("added",), "needs_its_own"),
    ]
    gone = preview_change(operator, details=priced(trip, price_minor=10_000), actor=MARTA).rows
    assert [(row.happenings, row.approval) for row in gone] == [
        (("kept",), "none"),
        (("deleted",), "ends"),
        (("added",), "none"),
    ]


def test_a_booking_read_back_and_sent_again_is_the_same(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(150, non_payable_minor=5_000)).booking.id
    again = accept_booking(operator, details=stored(operator, booking_id).details, channel="api", actor=MARTA)
    assert again.outcome == "unchanged"
    assert billing_by_id(operator, booking_id=booking_id).booking.version == 1


def test_a_currency_that_is_no_longer_sold_can_still_be_changed_and_cancelled(operator: Operator) -> None:
    trip = a_trip_in(150, currency="USD")
    booking_id = sell(operator, trip).booking.id
    closed = replace(operator, currencies=("GBP",))
    assert save_change(closed, wanted=priced(trip, price_minor=1), actor=MARTA, handling=OFFICE).version == 2
    wanted = Cancellation(booking_id=booking_id)
    assert save_change(closed, wanted=wanted, actor=MARTA, handling=OFFICE).version == 3
    with pytest.raises(CurrencyNotSold):
        preview_change(closed, details=a_trip_in(150, currency="USD"), actor=MARTA)
