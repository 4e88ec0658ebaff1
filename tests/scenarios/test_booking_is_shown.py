"""What is shown of a booking is of one moment, takes few questions to the database, and holds when verified."""

from dataclasses import replace

from django.db import connection
from django.test.utils import CaptureQueriesContext

from fareledger.domain.booking import BookingDetails
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.list_bookings import list_bookings
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.bookings import a_trip, a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.people import BOOKING_API, person

# BEGIN, the operator, COMMIT.
AROUND = 3


def questions(log: CaptureQueriesContext) -> int:
    return len(log.captured_queries) - AROUND


def test_a_page_is_six_questions_and_a_list_two(operator: Operator) -> None:
    billing = sell(operator, a_trip(payments=(paid_at_checkout(35000),)))
    with CaptureQueriesContext(connection) as log:
        billing_by_id(operator, booking_id=billing.booking.id)
    assert questions(log) <= 6
    with CaptureQueriesContext(connection) as log:
        list_bookings(operator, asked=BookingQuery())
    assert questions(log) <= 2


def test_a_booking_comes_in_with_few_round_trips(operator: Operator) -> None:
    trip = a_trip()
    with CaptureQueriesContext(connection) as log:
        accept_booking(operator, details=trip, channel="api", actor=BOOKING_API)
    assert questions(log) <= 8
    with CaptureQueriesContext(connection) as log:
        accept_booking(operator, details=trip, channel="api", actor=BOOKING_API)
    assert questions(log) <= 2


def test_everything_that_can_happen_here_is_sound_when_verified(operator: Operator) -> None:
    trips = (
        a_trip_in(200, payments=(paid_at_checkout(35000),)),
        a_trip_in(200, payments=(paid_at_checkout(120000),)),
        priced(a_trip_in(100, currency="JPY"), price_minor=86000),
        priced(a_trip_in(100, currency="KWD"), price_minor=52500),
        replace(a_trip_in(100), non_payable_minor=100000),
    )
    for trip in trips:
        live(operator, trip)
    broken = [verdict for verdict in verify_ledger([operator]) if not verdict.holds]
    assert broken == []


def live(operator: Operator, trip: BookingDetails, /) -> Billing:
    """Sell, collect, change and cancel a trip, and pay back what is due."""
    billing = commit_all(operator, sell(operator, trip))
    dearer = replace(trip, components=(*trip.components, replace(trip.components[0], id="fee")))
    commit_all(operator, sell(operator, dearer))
    gone = cancelling(replace(trip, non_payable_minor=0), *(one.id for one in trip.components))
    billing = commit_all(operator, sell(operator, gone))
    assert billing.figures.unplanned_minor in (0, billing.figures.outstanding_minor)
    return billing


def commit_all(operator: Operator, billing: Billing, /) -> Billing:
    for row in billing.open_rows:
        commit_transaction(
            operator,
            booking_id=billing.booking.id,
            transaction_id=row.id,
            received=Received(),
            actor=person("Marta Lindgren"),
        )
    return billing_by_id(operator, booking_id=billing.booking.id)
