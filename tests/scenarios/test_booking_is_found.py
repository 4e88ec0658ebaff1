"""A booking is found in the list: by what people type, and by what is the matter with it."""

import pytest

from fareledger.domain.booking import Customer, Traveller
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_query import BookingQuery, InvalidQuery, query_of
from fareledger.usecases.list_bookings import list_bookings, slice_found
from fareledger.usecases.show_booking import BookingNotFound, billing_by_id, billing_by_reference
from tests.support.bookings import a_trip, a_trip_in, paid_at_checkout, sell
from tests.support.operators import new_operator


def references(operator: Operator, *, search: str = "", status: str = "") -> set[str]:
    found = list_bookings(operator, asked=query_of({"q": search, "status": status}, operator=operator))
    assert found.total == len(found.rows)
    return {row.reference for row in found.rows}


@pytest.mark.parametrize("typed", ["trv-900", "TRV 900", "maja", "MAJA@", "nilsson", "pi_42", "  TRV-9001 "])
def test_what_people_type_finds_the_booking(operator: Operator, typed: str) -> None:
    sell(operator, a_trip())
    maja = a_trip(
        reference="TRV-9001",
        customer=Customer(name="Maja Lund", email="maja@example.com", locale="en-GB"),
        travellers=(Traveller(name="Olle Nilsson", lead=True),),
        payments=(paid_at_checkout(30000, reference="pi_42"),),
    )
    sell(operator, maja)
    assert references(operator, search=typed) == {"TRV-9001"}


@pytest.mark.parametrize("typed", ["%", "_", "lead", "\x00nobody", "'; --", "pi_"])
def test_what_nobody_has_finds_nothing(operator: Operator, typed: str) -> None:
    sell(operator, a_trip(payments=(paid_at_checkout(30000, reference="pi_42"),)))
    assert references(operator, search=typed) == set()


def test_filters_say_what_is_the_matter(operator: Operator) -> None:
    unpaid = a_trip_in(200)
    overdue = a_trip_in(10)
    part = a_trip_in(200, payments=(paid_at_checkout(100),))
    paid = a_trip_in(200, payments=(paid_at_checkout(100000),))
    surplus = a_trip_in(200, payments=(paid_at_checkout(100001),))
    for trip in (unpaid, overdue, part, paid, surplus):
        sell(operator, trip)
    assert references(operator, status="unpaid") == {unpaid.reference, overdue.reference}
    assert overdue.reference in references(operator, status="overdue")
    assert unpaid.reference not in references(operator, status="partially_paid")
    assert references(operator, status="partially_paid") == {part.reference}
    assert references(operator, status="paid") == {paid.reference, surplus.reference}
    assert references(operator, status="refund_due") == {surplus.reference}
    assert references(operator, status="departing") == {overdue.reference}
    assert references(operator, status="cancelled") == set()
    with pytest.raises(InvalidQuery):
        references(operator, status="lost")


def test_the_figures_of_the_list_are_those_of_the_booking(operator: Operator) -> None:
    for payments in ((), (paid_at_checkout(45000),), (paid_at_checkout(120000),)):
        billing = sell(operator, a_trip(payments=payments))
        row = next(
            row for row in list_bookings(operator, asked=BookingQuery()).rows if row.id == billing.booking.id
        )
        figures = billing.figures
        assert (row.payable_minor, row.paid_minor, row.outstanding_minor, row.unplanned_minor) == (
            figures.payable_minor,
            figures.paid_minor,
            figures.outstanding_minor,
            figures.unplanned_minor,
        )
        assert (row.payment_status, row.refund_due) == (figures.status, figures.refund_due)
        upcoming = billing.next_payment
        assert row.next_due_date == (upcoming.due_date if upcoming else None)
        assert row.next_due_minor == (upcoming.amount_minor if upcoming else None)


def test_slices_walk_through_everything_once(operator: Operator) -> None:
    sold = [sell(operator, a_trip()).booking.reference for _ in range(5)]
    seen: list[str] = []
    before = None
    while True:
        found = slice_found(operator, asked=BookingQuery(), limit=2, before=before)
        seen += [row.reference for row in found.rows]
        if not found.more:
            break
        before = (found.rows[-1].changed_at, found.rows[-1].id)
    assert seen == sold[::-1]


def test_another_operator_finds_nothing(operator: Operator) -> None:
    billing = sell(operator, a_trip(reference="TRV-77"))
    stranger = new_operator()
    assert references(stranger) == set()
    assert references(stranger, search="TRV-77") == set()
    with pytest.raises(BookingNotFound):
        billing_by_reference(stranger, reference="TRV-77")
    with pytest.raises(BookingNotFound):
        billing_by_id(stranger, booking_id=billing.booking.id)
