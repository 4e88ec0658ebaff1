"""A booking is cancelled at its fees and may live again at the prices it had; either one twice is once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fareledger.domain.access import NotPermitted
from fareledger.domain.booking import BookingDetails, Component, cancelled
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import Accepted, VersionMismatch
from fareledger.usecases.cancel_booking import cancel_booking, reinstate_booking
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.show_booking import Billing, BookingNotFound, billing_by_id
from fareledger.usecases.verify_ledger import verify_ledger
from fareledger.usecases.wanted_change import Cancellation, NothingToCancel, Reinstatement
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.operators import new_operator
from tests.support.people import BOOKING_API, MARTA, person


def cancel(operator: Operator, booking_id: UUID, /) -> Accepted:
    return cancel_booking(operator, booking_id=booking_id, actor=MARTA, channel="back_office")


def reinstate(operator: Operator, booking_id: UUID, /) -> Accepted:
    return reinstate_booking(operator, booking_id=booking_id, actor=MARTA, channel="back_office")


def shown(operator: Operator, booking_id: UUID, /) -> Billing:
    return billing_by_id(operator, booking_id=booking_id)


def open_rows(billing: Billing) -> list[tuple[str, int]]:
    return [(row.kind, row.amount_minor) for row in billing.open_rows]


def emails(billing: Billing) -> list[str]:
    return [email.kind for email in billing.emails]


def three_parts(**differences: Any) -> BookingDetails:
    """A trip in a GBP 1,000.00 version with an excursion of 150.00 more, which is cancelled for 50.00."""
    trip = a_trip_in(150, **differences)
    walk = Component(
        id="walk",
        kind="activity",
        title="Whale watching",
        price_minor=15_000,
        cancellation_fee_minor=5_000,
        cancelled=True,
    )
    return replace(trip, components=(*trip.components, walk))


def test_a_cancelled_booking_pays_back_what_was_received_beyond_its_fees(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(150, payments=(paid_at_checkout(30_000),))).booking.id
    done = cancel(operator, booking_id)
    billing = shown(operator, booking_id)
    assert (done.outcome, done.version, billing.booking.status) == ("changed", 2, "cancelled")
    assert (billing.figures.payable_minor, billing.figures.outstanding_minor) == (20_000, -10_000)
    assert open_rows(billing) == [("refund", 10_000)]
    assert billing.timeline[-1].actor == "Marta Lindgren"
    assert billing.timeline[-1].text.startswith(
        "Booking changed: cancelled, payable GBP 1,000.00 to GBP 200.00"
    )
    assert emails(billing) == ["booking_change"]


def test_a_cancelled_booking_that_paid_nothing_owes_its_fees(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(150)).booking.id
    cancel(operator, booking_id)
    assert open_rows(shown(operator, booking_id)) == [("payment", 20_000)]


def test_cancelled_twice_is_cancelled_once(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(150)).booking.id
    cancel(operator, booking_id)
    before = shown(operator, booking_id)
    again = cancel_booking(
        operator, booking_id=booking_id, actor=BOOKING_API, channel="api", expected_version=1
    )
    assert (again.outcome, again.version) == ("unchanged", 2)
    assert shown(operator, booking_id) == before


def test_reinstated_it_is_as_it_was(operator: Operator) -> None:
    before = sell(operator, three_parts(non_payable_minor=60_000))
    booking_id = before.booking.id
    cancel(operator, booking_id)
    assert shown(operator, booking_id).booking.non_payable_minor == 25_000
    done = reinstate(operator, booking_id)
    after = shown(operator, booking_id)
    assert (done.outcome, after.booking.status) == ("changed", "confirmed")
    assert after.components == before.components, "the excursion was cancelled before and stays so"
    assert after.booking.non_payable_minor == 60_000
    assert after.figures == before.figures
    assert "reinstated" in after.timeline[-1].text
    assert emails(after) == ["booking_change", "booking_change"]
    assert reinstate(operator, booking_id).outcome == "unchanged"
    assert shown(operator, booking_id) == after
    assert [verdict for verdict in verify_ledger([operator]) if not verdict.holds] == []


def test_what_came_in_cancelled_lives_with_all_its_components(operator: Operator) -> None:
    booking_id = sell(operator, cancelled(a_trip_in(150))).booking.id
    reinstate(operator, booking_id)
    billing = shown(operator, booking_id)
    assert [part.cancelled for part in billing.components] == [False, False]
    assert billing.figures.payable_minor == 100_000


def test_a_second_cancellation_is_taken_back_on_its_own(operator: Operator) -> None:
    trip = a_trip_in(150)
    booking_id = sell(operator, trip).booking.id
    cancel(operator, booking_id)
    reinstate(operator, booking_id)
    sell(operator, cancelling(trip, "hotel"))
    cancel(operator, booking_id)
    reinstate(operator, booking_id)
    assert [part.cancelled for part in shown(operator, booking_id).components] == [False, True]


def test_a_cancelled_booking_that_is_sent_alive_is_reinstated(operator: Operator) -> None:
    trip = a_trip_in(150)
    booking_id = sell(operator, trip).booking.id
    cancel(operator, booking_id)
    billing = sell(operator, priced(trip, price_minor=80_000))
    assert (billing.booking.id, billing.booking.status) == (booking_id, "confirmed")
    assert billing.figures.payable_minor == 80_000
    assert "reinstated" in billing.timeline[-1].text


def test_a_trip_that_was_moved_while_cancelled_keeps_its_new_dates(operator: Operator) -> None:
    trip = a_trip_in(150)
    booking_id = sell(operator, trip).booking.id
    cancel(operator, booking_id)
    later = trip.start_date + timedelta(days=30)
    sell(operator, replace(cancelled(trip), start_date=later, end_date=later + timedelta(days=7)))
    reinstate(operator, booking_id)
    billing = shown(operator, booking_id)
    assert (billing.booking.start_date, billing.figures.payable_minor) == (later, 100_000)


def test_another_version_than_the_one_that_was_read_is_refused(operator: Operator) -> None:
    trip = a_trip_in(150)
    booking_id = sell(operator, trip).booking.id
    sell(operator, priced(trip, price_minor=1))
    with pytest.raises(VersionMismatch):
        cancel_booking(operator, booking_id=booking_id, actor=MARTA, channel="api", expected_version=1)
    cancel(operator, booking_id)
    with pytest.raises(VersionMismatch):
        reinstate_booking(operator, booking_id=booking_id, actor=MARTA, channel="api", expected_version=2)


def test_nobody_cancels_what_is_not_theirs(operator: Operator) -> None:
    other = new_operator()
    booking_id = sell(operator, a_trip_in(150)).booking.id
    auditor = person("Ann", role="auditor")
    for act in (cancel_booking, reinstate_booking):
        with pytest.raises(NotPermitted):
            act(operator, booking_id=booking_id, actor=auditor, channel="back_office")
        with pytest.raises(BookingNotFound):
            act(other, booking_id=booking_id, actor=MARTA, channel="back_office")
    assert shown(operator, booking_id).booking.version == 1


def test_a_discount_alone_cannot_be_cancelled(operator: Operator) -> None:
    trip = a_trip_in(150)
    voucher = Component(id="v", kind="discount", title="Voucher", price_minor=0)
    booking_id = sell(operator, replace(trip, components=(voucher,))).booking.id
    with pytest.raises(NothingToCancel):
        cancel(operator, booking_id)


def test_the_preview_of_a_cancellation_is_the_cancellation(operator: Operator) -> None:
    booking_id = sell(operator, three_parts(payments=(paid_at_checkout(80_000),))).booking.id
    for wanted in (Cancellation(booking_id=booking_id), Reinstatement(booking_id=booking_id)):
        preview = preview_change(operator, details=wanted, actor=MARTA)
        assert (preview.cancels, preview.reinstates) == (
            isinstance(wanted, Cancellation),
            isinstance(wanted, Reinstatement),
        )
        handling = Handling(channel="back_office", previewed=preview.mark, notify=False)
        save_change(operator, wanted=wanted, actor=MARTA, handling=handling)
        billing = shown(operator, booking_id)
        assert billing.figures == preview.after.figures
        assert billing.components == preview.after.details.components
        assert emails(billing) == [], "whoever saves may say that the customer hears nothing"
