"""A traveller pays everything that is left, or another amount: rows close oldest due first, and one may split."""

from dataclasses import replace

import pytest

from fareledger.domain.paying import AmountOutOfRange, NothingToPay, OtherAmountNotOffered
from fareledger.domain.payment_machine import State
from fareledger.persistence.operators import Operator
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.requeue_waiting import requeue_waiting_of
from fareledger.usecases.start_payment import BalanceChanged, FormKeyReused, PaymentForm, PaymentInProgress
from tests.support.acquirer import PROCESSING, Acquirer, enter_card
from tests.support.database import TestDatabase
from tests.support.paying import Customer, a_customer
from tests.support.paying_ways import takes_other_amounts, unplan, wants


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A traveller with 300.00 and 700.00 to pay, whose operator takes other amounts from 10.00 on."""
    return a_customer(takes_other_amounts(operator), acquirer=acquirer)


def pay(customer: Customer, form: PaymentForm, /) -> None:
    attempt = customer.press_pay(form)
    enter_card(attempt.frame_url)
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED


def open_amounts(customer: Customer) -> list[int]:
    return [row.amount_minor for row in customer.billing.open_rows]


def closed_amounts(customer: Customer) -> list[int]:
    return [row.amount_minor for row in customer.billing.closed_rows]


def test_everything_that_is_left_closes_every_row(customer: Customer) -> None:
    pay(customer, wants(customer, amount_minor=100_000, wanted="full"))
    assert (open_amounts(customer), sorted(closed_amounts(customer))) == ([], [30_000, 70_000])
    assert (customer.billing.figures.status, customer.receipts(), len(customer.entries())) == ("paid", 1, 1)


def test_part_of_a_row_splits_it(customer: Customer) -> None:
    due = customer.next_row.due_date
    pay(customer, wants(customer, amount_minor=10_000))
    assert (open_amounts(customer), closed_amounts(customer)) == ([20_000, 70_000], [10_000])
    rest = customer.next_row
    assert (rest.due_date, rest.split_from) == (due, customer.billing.closed_rows[0].id)
    pay(customer, wants(customer, amount_minor=45_000))
    assert (open_amounts(customer), sorted(closed_amounts(customer))) == ([45_000], [10_000, 20_000, 25_000])
    assert (customer.billing.figures.outstanding_minor, customer.receipts()) == (45_000, 2)


def test_everything_covers_what_no_row_plans(customer: Customer) -> None:
    unplan(customer)
    assert customer.billing.figures.unplanned_minor == 100_000
    pay(customer, wants(customer, amount_minor=100_000, wanted="full"))
    assert (open_amounts(customer), closed_amounts(customer)) == ([], [100_000])
    assert (customer.billing.figures.outstanding_minor, customer.billing.figures.unplanned_minor) == (0, 0)
    with pytest.raises(NothingToPay):
        customer.press_pay(wants(customer, amount_minor=100, wanted="full", balance_minor=None))


def test_what_no_row_plans_is_not_paid_by_two_at_once(customer: Customer) -> None:
    unplan(customer)
    attempt = customer.press_pay(wants(customer, amount_minor=20_000))
    enter_card(attempt.frame_url, number=PROCESSING)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    with pytest.raises(PaymentInProgress) as standing:
        customer.press_pay(wants(customer, amount_minor=30_000))
    assert standing.value.attempt.id == attempt.id


@pytest.mark.parametrize("amount", [1, 999, 100_001])
def test_an_amount_outside_the_operators_range_is_refused(customer: Customer, amount: int) -> None:
    with pytest.raises(AmountOutOfRange) as refusal:
        customer.press_pay(wants(customer, amount_minor=amount))
    assert (refusal.value.lowest_minor, refusal.value.highest_minor) == (1_000, 100_000)
    assert customer.states() == []


def test_other_amounts_are_the_operators_choice(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    with pytest.raises(OtherAmountNotOffered):
        customer.press_pay(wants(customer, amount_minor=10_000))
    pay(customer, wants(customer, amount_minor=100_000, wanted="full"))


@pytest.mark.parametrize(("wanted", "amount"), [("next", 30_000), ("other", 5_000)])
def test_another_balance_than_was_shown_starts_nothing(customer: Customer, wanted: str, amount: int) -> None:
    form = wants(customer, amount_minor=amount, wanted=wanted, balance_minor=120_000)
    with pytest.raises(BalanceChanged) as refusal:
        customer.press_pay(form)
    assert (refusal.value.shown_minor, refusal.value.amount_minor) == (120_000, 100_000)
    assert customer.states() == []


def test_another_amount_takes_the_first_payment_back(customer: Customer, acquirer: Acquirer) -> None:
    first = customer.press_pay(wants(customer, amount_minor=10_000))
    second = customer.press_pay(wants(customer, amount_minor=100_000, wanted="full"))
    assert customer.states() == ["cancelled", "awaiting_customer"]
    told = {one["id"]: one["status"] for one in acquirer.payments_of(customer.merchant)}
    assert told == {first.provider_reference: "cancelled", second.provider_reference: "requires_card"}


def test_a_payment_on_its_way_holds_back_whatever_means_the_same_money(customer: Customer) -> None:
    attempt = customer.press_pay(wants(customer, amount_minor=10_000))
    enter_card(attempt.frame_url, number=PROCESSING)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    for form in (
        customer.form(),
        wants(customer, amount_minor=100_000, wanted="full"),
        wants(customer, amount_minor=5_000),
    ):
        with pytest.raises(PaymentInProgress):
            customer.press_pay(form)
    later_row = customer.billing.open_rows[1]
    other = customer.press_pay(customer.form(later_row))
    assert (other.state, other.transaction_ids) == (State.AWAITING_CUSTOMER, (later_row.id,))


def test_one_form_is_one_payment_and_no_other(customer: Customer) -> None:
    form = wants(customer, amount_minor=10_000)
    first = customer.press_pay(form)
    assert customer.press_pay(form).id == first.id
    with pytest.raises(FormKeyReused):
        customer.press_pay(replace(form, amount_minor=20_000))


@pytest.mark.parametrize("change", ["row", "balance"])
def test_the_worker_takes_back_a_part_whose_booking_changed(
    customer: Customer, database: TestDatabase, change: str
) -> None:
    attempt = customer.press_pay(wants(customer, amount_minor=40_000))
    assert queued(database, operator=customer.operator, attempt_id=str(attempt.id)) == 0
    column, table = ("amount_minor", "transaction") if change == "row" else ("sales_price_minor", "booking")
    where = customer.billing.open_rows[1].id if change == "row" else customer.booking_id
    database.as_owner(f"UPDATE {table} SET {column} = 39000 WHERE id = %s", arguments=(where,))
    assert queued(database, operator=customer.operator, attempt_id=str(attempt.id)) == 1


def queued(database: TestDatabase, *, operator: Operator, attempt_id: str) -> object:
    requeue_waiting_of(operator)
    (found,) = database.as_owner(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'withdraw_attempt' AND args ->> 'attempt_id' = %s",
        arguments=(attempt_id,),
    )
    return found[0]
