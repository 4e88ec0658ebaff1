"""Staff plan and commit offline payments and refunds, as the two worked stories of the Billing page tell."""

from datetime import date, timedelta

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.clock import today
from fareledger.usecases.commit_transaction import (
    AlreadyClosed,
    InvalidCommit,
    Received,
    TransactionNotFound,
    commit_transaction,
)
from fareledger.usecases.plan_transaction import InvalidPlan, WantedRow, plan_transaction
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from tests.support.bookings import a_trip, a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.people import BOOKING_API, person


def read(operator: Operator, billing: Billing, /) -> Billing:
    return billing_by_id(operator, booking_id=billing.booking.id)


def commit(operator: Operator, billing: Billing, row: RowView, /, **received: object) -> Billing:
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=row.id,
        received=Received(**received),  # type: ignore[arg-type]  # the differences of one test
        actor=person("Marta Lindgren"),
    )
    return read(operator, billing)


def receivable(billing: Billing) -> int:
    signed = {"debit": 1, "credit": -1}
    return sum(
        signed[line.side] * line.amount_minor
        for entry in billing.entries
        for line in entry.lines
        if line.account == "customer_receivable"
    )


def seen(billing: Billing) -> tuple[int, int, int, str, bool]:
    figures = billing.figures
    assert receivable(billing) == figures.outstanding_minor
    return (
        figures.paid_minor,
        figures.refunded_minor,
        figures.outstanding_minor,
        figures.status,
        figures.refund_due,
    )


def test_thirty_percent_down_the_rest_by_card_an_activity_cancelled_and_refunded(operator: Operator) -> None:
    trip = a_trip_in(200, components=a_trip().components)
    billing = sell(operator, trip)
    billing = commit(operator, billing, billing.open_rows[0])
    assert seen(billing) == (30000, 0, 70000, "partially_paid", False)
    billing = commit(operator, billing, billing.open_rows[0], method="credit_card")
    assert seen(billing) == (100000, 0, 0, "paid", False)
    accept_booking(operator, details=cancelling(trip, "flights"), channel="api", actor=BOOKING_API)
    billing = read(operator, billing)
    assert seen(billing) == (100000, 0, -40000, "paid", True)
    (refund,) = billing.open_rows
    assert (refund.kind, refund.amount_minor, refund.source) == ("refund", 40000, "booking_change")
    assert billing.figures.unplanned_minor == 0
    billing = commit(operator, billing, refund)
    assert seen(billing) == (100000, 40000, 0, "paid", False)
    assert [entry.kind for entry in billing.entries] == [
        "booking_sold",
        "payment_received",
        "payment_received",
        "sale_changed",
        "refund_paid",
    ]
    assert [email.kind for email in billing.emails] == ["receipt", "receipt", "refund_confirmation"]
    assert [row.receipt_number for row in billing.closed_rows] == [1, 2, 3]


def test_planning_lowers_the_warning_until_nothing_is_uncovered(operator: Operator) -> None:
    day = today(operator)
    surplus = sell(operator, priced(a_trip_in(200, payments=(paid_at_checkout(300000),)), price_minor=251600))
    assert surplus.figures.unplanned_minor == -48400
    for amount, left in ((40000, -8400), (8400, 0)):
        wanted = WantedRow(
            kind="refund", method="bank_transfer", type="partial", amount_minor=amount, due_date=day
        )
        plan_transaction(
            operator, booking_id=surplus.booking.id, wanted=wanted, actor=person("Marta Lindgren")
        )
        surplus = read(operator, surplus)
        assert surplus.figures.unplanned_minor == left
    assert surplus.figures.outstanding_minor == -48400


@pytest.mark.parametrize(
    ("field", "difference"),
    [
        ("/kind", {"kind": "payment"}),
        ("/amount", {"amount_minor": 5001}),
        ("/amount", {"amount_minor": 0}),
        ("/amount", {"amount_minor": None}),
        ("/amount", {"type": "total", "amount_minor": 4999}),
        ("/method", {"method": "cheque"}),
        ("/due_date", {"due_date": date(2020, 1, 1)}),
        ("/comment", {"comment": "x" * 501}),
    ],
)
def test_a_row_that_cannot_be_planned_is_refused(
    operator: Operator, field: str, difference: dict[str, object]
) -> None:
    billing = sell(operator, a_trip(payments=(paid_at_checkout(105000),)))
    wanted = {
        "kind": "refund",
        "method": "credit_card",
        "type": "partial",
        "amount_minor": 5000,
        "due_date": today(operator),
        **difference,
    }
    with pytest.raises(InvalidPlan) as refused:
        plan_transaction(
            operator,
            booking_id=billing.booking.id,
            wanted=WantedRow(**wanted),  # type: ignore[arg-type]  # the point of the test
            actor=person("Marta Lindgren"),
        )
    assert refused.value.field == field
    assert read(operator, billing) == billing


def test_less_than_planned_leaves_a_row_for_the_rest(operator: Operator) -> None:
    billing = sell(operator, a_trip())
    down_payment = billing.open_rows[0]
    billing = commit(operator, billing, down_payment, amount_minor=29999, external_reference="BANK 7")
    closed, rest, _ = billing.rows
    assert (closed.amount_minor, closed.planned_minor, closed.status) == (29999, 30000, "closed")
    assert (rest.amount_minor, rest.due_date, rest.split_from) == (1, down_payment.due_date, closed.id)
    assert billing.figures.unplanned_minor == 0


def test_more_than_planned_is_recorded_in_full(operator: Operator) -> None:
    billing = sell(operator, priced(a_trip(), price_minor=10000))
    billing = commit(operator, billing, billing.open_rows[-1], amount_minor=15000)
    assert seen(billing)[0] == 15000
    assert billing.closed_rows[0].amount_minor == 15000


def test_a_row_is_committed_once(operator: Operator) -> None:
    billing = sell(operator, a_trip())
    row = billing.open_rows[0]
    billing = commit(operator, billing, row)
    with pytest.raises(AlreadyClosed, match="Marta Lindgren"):
        commit(operator, billing, row)
    assert read(operator, billing) == billing


@pytest.mark.parametrize(
    ("field", "received"),
    [
        ("/amount", {"amount_minor": 0}),
        ("/amount", {"amount_minor": -1}),
        ("/amount", {"amount_minor": 10**15 + 1}),
        ("/value_date", {"value_date": date.today() + timedelta(days=3)}),  # noqa: DTZ011  # any future day
        ("/external_reference", {"external_reference": "x" * 41}),
        ("/external_reference", {"external_reference": "two\nlines"}),
        ("/method", {"method": "barter"}),
    ],
)
def test_what_cannot_have_happened_is_refused(
    operator: Operator, field: str, received: dict[str, object]
) -> None:
    billing = sell(operator, a_trip())
    with pytest.raises(InvalidCommit) as refused:
        commit(operator, billing, billing.open_rows[0], **received)
    assert refused.value.field == field
    assert read(operator, billing) == billing


def test_a_row_of_another_booking_is_not_found(operator: Operator) -> None:
    one, other = sell(operator, a_trip()), sell(operator, a_trip())
    with pytest.raises(TransactionNotFound):
        commit(operator, one, other.open_rows[0])
