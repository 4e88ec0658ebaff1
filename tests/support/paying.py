"""A booking whose customer is about to pay by card, and what the ledger and the plan must say afterwards."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import time_machine

from fareledger.domain.identity import new_id
from fareledger.persistence.models import Attempt, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.sandbox.admin import Merchant
from fareledger.usecases.ask_attempts import ask_attempt, due_attempts
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.provision_operator import NewProviderAccount, connect_provider
from fareledger.usecases.show_attempt import AttemptView
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from fareledger.usecases.start_payment import PaymentForm, start_payment
from tests.support.acquirer import Acquirer, join
from tests.support.bookings import a_trip_in, sell

RETURN_URL = "https://acme.example/payments/{attempt}/"
BANK = "gb-plover"
BANK_NAME = "Plover"


@dataclass(frozen=True)
class Customer:
    """A customer of a booking for 1,000.00 with two open rows (300.00 and 700.00), and the operator's
    merchant.
    """

    operator: Operator
    booking_id: UUID
    merchant: Merchant

    @property
    def billing(self) -> Billing:
        """The booking as it stands."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    @property
    def next_row(self) -> RowView:
        """The open payment that is due first."""
        row = self.billing.next_payment
        assert row is not None
        return row

    def form(self, row: RowView | None = None, *, key: str = "") -> PaymentForm:
        """Open the pay page: the form for a row, with a key of its own."""
        return a_form(row or self.next_row, booking_id=self.booking_id, key=key)

    def form_of(self, attempt: AttemptView) -> PaymentForm:
        """Open an old pay page again: the form an attempt was started with, whatever became of its row."""
        (row_id,) = attempt.transaction_ids
        return PaymentForm(
            booking_id=self.booking_id,
            transaction_id=row_id,
            amount_minor=attempt.amount_minor,
            form_key=secrets.token_hex(16),
            channel="portal",
            return_url=RETURN_URL,
            locale="en-GB",
            frame_style={},
        )

    def press_pay(self, form: PaymentForm | None = None) -> AttemptView:
        """Press the button of the pay page."""
        return start_payment(self.operator, form=form or self.form())

    def receipts(self) -> int:
        """How many receipts were queued or sent for this booking."""
        with operator_transaction(self.operator.id):
            ours = EmailMessage.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return ours.filter(kind="receipt").count()

    def entries(self) -> list[tuple[str, str]]:
        """The payments in the journal: provider and source of each."""
        found = self.billing.entries
        return [(entry.provider, entry.source) for entry in found if entry.kind == "payment_received"]

    def states(self) -> list[str]:
        """The states of all attempts, oldest first."""
        with operator_transaction(self.operator.id):
            attempts = Attempt.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(attempts.order_by("id").values_list("state", flat=True))


def a_form(row: RowView, *, booking_id: UUID, key: str = "") -> PaymentForm:
    """What the pay page sends for a row."""
    return PaymentForm(
        booking_id=booking_id,
        transaction_id=row.id,
        amount_minor=row.amount_minor,
        form_key=key or secrets.token_hex(16),
        channel="portal",
        return_url=RETURN_URL,
        locale="en-GB",
        frame_style={},
    )


def press_pay(operator: Operator, *, booking_id: UUID, row_id: UUID, by: str = "card") -> AttemptView:
    """Open the pay page of a row and press its button (card, saved_card or bank), knowing only ids."""
    rows = billing_by_id(operator, booking_id=booking_id).rows
    row = next(row for row in rows if row.id == row_id)
    form = a_form(row, booking_id=booking_id)
    if by == "bank":
        form = replace(form, method="bank", bank=BANK, bank_name=BANK_NAME)
    elif by == "saved_card":
        visit = Visit(session_id=new_id(), booking_id=booking_id, viewer="customer", proven=True)
        form = replace(form, method="saved_card", visit=visit)
    return start_payment(operator, form=form)


def a_customer(operator: Operator, *, acquirer: Acquirer, webhook_url: str = "") -> Customer:
    """Sell a trip of 1,000.00 and give the operator an account at the acquirer."""
    merchant = join(operator, acquirer=acquirer, webhook_url=webhook_url)
    return Customer(operator, sell(operator, a_trip_in(200)).booking.id, merchant)


def a_customer_of(operator: Operator) -> Customer:
    """Sell a trip for an operator whose account at a provider stands already."""
    nobody = Merchant(id="", publishable_key="", secret_key="", webhook_secret="")
    return Customer(operator, sell(operator, a_trip_in(200)).booking.id, nobody)


def nobody_answers(operator: Operator) -> Customer:
    """Sell a trip for an operator whose provider refuses every connection."""
    account = NewProviderAccount(
        provider="sandbox",
        external_account="acct_gone",
        base_url="http://127.0.0.1:9",
        publishable_key="",
        secret_key="sk_gone",
        webhook_secrets=("whsec_gone",),
    )
    connect_provider(operator.id, account=account)
    return a_customer_of(operator)


def another_booking(customer: Customer) -> Customer:
    """Another customer of the same operator."""
    return Customer(customer.operator, sell(customer.operator, a_trip_in(200)).booking.id, customer.merchant)


def later(seconds: float) -> time_machine.travel:
    """Let our clock, and nobody else's, stand ahead."""
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True)


def worker_asks(operator: Operator) -> list[AttemptView]:
    """Do what the worker does: ask about every attempt whose question is due."""
    asked = [ask_attempt(operator, attempt_id=attempt_id) for attempt_id in due_attempts(operator)]
    return [attempt for attempt in asked if attempt is not None]


def assert_paid_once(customer: Customer, *, amount_minor: int = 30_000) -> None:
    """One closed row, one entry, one receipt, and figures that agree with them."""
    billing = customer.billing
    closed = [row for row in billing.closed_rows if row.kind == "payment"]
    assert [row.amount_minor for row in closed] == [amount_minor]
    assert closed[0].external_reference.startswith("pay_")
    assert customer.entries() == [("sandbox", "attempt")]
    assert customer.receipts() == 1
    assert billing.figures.paid_minor == amount_minor
    told = [event.kind for event in billing.timeline]
    assert told.count("payment_received") == 1


def assert_unpaid(customer: Customer) -> None:
    """No row closed, no entry, no receipt."""
    billing = customer.billing
    assert (billing.figures.paid_minor, customer.entries(), customer.receipts()) == (0, [], 0)


def eventually(true: Callable[[], bool], *, within_s: float = 15) -> None:
    """Wait until something becomes true; fail when it does not."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
