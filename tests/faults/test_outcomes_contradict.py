"""Late, repeated or contradicting outcomes: a success stays one, money is always recorded, once, and only as
asked for (P3, P4, P5, P10)."""

from datetime import UTC, datetime
from html import unescape

import pytest

from fareledger.domain.payment_machine import State
from fareledger.providers.contract import PaymentState
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.record_outcome import record_payment
from fareledger.usecases.show_attempt import AttemptView
from fareledger.usecases.start_payment import NoLongerOpen, PaymentInProgress
from tests.support.paying import Customer
from tests.support.people import person
from tests.support.scripted_provider import ScriptedGateway
from tests.support.staff import signed_in


def hear(
    customer: Customer, *, gateway: ScriptedGateway, attempt: AttemptView, **told: object
) -> AttemptView:
    """Record what the provider tells now."""
    if told.get("state") == "succeeded":
        told["captured_at"] = datetime.now(UTC)
    payment = gateway.tell(attempt.id, **told)
    return record_payment(customer.operator, attempt_id=attempt.id, payment=payment, actor="Worker")


@pytest.mark.parametrize("late", ["failed", "cancelled", "expired", "processing", "awaiting_customer"])
def test_a_success_is_never_undone(
    scripted_customer: Customer, gateway: ScriptedGateway, late: PaymentState
) -> None:
    attempt = scripted_customer.press_pay()
    hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded")
    after = hear(
        scripted_customer, gateway=gateway, attempt=attempt, state=late, failure_code="card_declined"
    )
    assert (after.state, after.failure_code) == (State.SUCCEEDED, "")
    assert paid(scripted_customer) == (30_000, 1, 1)


def test_ten_times_the_same_success_is_one(scripted_customer: Customer, gateway: ScriptedGateway) -> None:
    attempt = scripted_customer.press_pay()
    for _ in range(10):
        hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded")
    assert paid(scripted_customer) == (30_000, 1, 1)


@pytest.mark.parametrize("given_up", ["failed", "cancelled", "expired"])
def test_money_that_comes_after_we_gave_up_is_recorded(
    scripted_customer: Customer, gateway: ScriptedGateway, given_up: PaymentState
) -> None:
    attempt = scripted_customer.press_pay()
    hear(scripted_customer, gateway=gateway, attempt=attempt, state=given_up)
    assert paid(scripted_customer) == (0, 0, 0)
    assert (
        hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded").state is State.SUCCEEDED
    )
    assert paid(scripted_customer) == (30_000, 1, 1)


@pytest.mark.parametrize(
    "told",
    [{"amount_minor": 29_999}, {"amount_minor": 3_000_000}, {"currency": "EUR"}, {"reference": "pay_other"}],
)
def test_another_amount_or_currency_closes_nothing_and_asks_a_person(
    scripted_customer: Customer, gateway: ScriptedGateway, told: dict[str, object]
) -> None:
    attempt = scripted_customer.press_pay()
    after = hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded", **told)
    assert after.problem
    assert after.state is State.UNKNOWN
    assert paid(scripted_customer) == (0, 0, 0)
    booking = scripted_customer.billing.booking
    page = signed_in(scripted_customer.operator).get(f"/office/bookings/{booking.reference}/")
    assert "needs somebody to look" in page.content.decode()
    assert after.problem in unescape(page.content.decode())
    assert "attempt_needs_attention" in [event.kind for event in scripted_customer.billing.timeline]
    with pytest.raises(PaymentInProgress):
        scripted_customer.press_pay()


def test_card_and_bank_both_pay_and_the_surplus_becomes_a_refund_due(
    scripted_customer: Customer, gateway: ScriptedGateway
) -> None:
    rows = scripted_customer.billing.open_rows
    attempts = [scripted_customer.press_pay(scripted_customer.form(row)) for row in rows]
    for row in rows:
        commit_transaction(
            scripted_customer.operator,
            booking_id=scripted_customer.booking_id,
            transaction_id=row.id,
            received=Received(method="bank_transfer", send_confirmation=False),
            actor=person("Finance"),
        )
    for attempt in attempts:
        hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded")
    billing = scripted_customer.billing
    assert billing.figures.paid_minor == 200_000
    assert (billing.figures.outstanding_minor, billing.figures.refund_due) == (-100_000, True)
    assert billing.figures.status == "paid"
    assert len(scripted_customer.entries()) == 4


def test_money_for_a_row_paid_otherwise_closes_the_next_one_and_leaves_the_rest_open(
    scripted_customer: Customer, gateway: ScriptedGateway
) -> None:
    first, second = scripted_customer.billing.open_rows
    attempt = scripted_customer.press_pay(scripted_customer.form(first))
    commit_transaction(
        scripted_customer.operator,
        booking_id=scripted_customer.booking_id,
        transaction_id=first.id,
        received=Received(method="cash", send_confirmation=False),
        actor=person("Finance"),
    )
    hear(scripted_customer, gateway=gateway, attempt=attempt, state="succeeded")
    (rest,) = scripted_customer.billing.open_rows
    assert (rest.amount_minor, rest.due_date, rest.split_from) == (40_000, second.due_date, second.id)
    assert scripted_customer.billing.figures.paid_minor == 60_000
    with pytest.raises(NoLongerOpen):
        scripted_customer.press_pay(scripted_customer.form(first))


def paid(customer: Customer) -> tuple[int, int, int]:
    """What is paid, in how many entries, with how many receipts."""
    return customer.billing.figures.paid_minor, len(customer.entries()), customer.receipts()
