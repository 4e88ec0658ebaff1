"""A booking comes in: with a plan, with money the checkout took, twice, changed."""

from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip, paid_at_checkout, sell


def test_a_new_booking_has_its_plan_and_its_sale(operator: Operator) -> None:
    billing = sell(operator, a_trip())
    assert [(row.amount_minor, row.status, row.source) for row in billing.rows] == [
        (30000, "open", "plan"),
        (70000, "open", "plan"),
    ]
    assert [entry.kind for entry in billing.entries] == ["booking_sold"]
    assert [event.kind for event in billing.timeline] == ["booking_created"]
    assert billing.figures.outstanding_minor == 100000
    assert billing.figures.unplanned_minor == 0


def test_money_taken_at_checkout_closes_the_oldest_rows(operator: Operator) -> None:
    billing = sell(operator, a_trip(payments=(paid_at_checkout(50000),)))
    assert [(row.amount_minor, row.status, row.source) for row in billing.rows] == [
        (30000, "closed", "checkout"),
        (20000, "closed", "checkout"),
        (50000, "open", "plan"),
    ]
    assert [entry.kind for entry in billing.entries] == ["booking_sold", "payment_received"]
    assert billing.figures.paid_minor == 50000
