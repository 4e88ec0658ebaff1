"""A customer who has paid too much online, and the people who send the rest back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from fareledger.domain.access import staff_actor
from fareledger.domain.booking import BookingDetails
from fareledger.domain.identity import new_id
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Attempt, AttemptCover, RefundPart, Transaction
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import BankPaymentRequest
from fareledger.providers.sandbox.admin import Merchant
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.clock import now
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.order_refund import RefundForm, order_refund
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.provider_accounts import load_account, open_gateway
from fareledger.usecases.record_outcome import record_payment
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.run_refund import ask_refund, due_refunds
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from fareledger.usecases.show_refunds import RefundView, show_offer, show_refunds
from fareledger.usecases.start_payment import start_payment
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import APPROVED, Acquirer, answer_bank, enter_card, join
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.paying import a_form
from tests.support.people import BOOKING_API, MARTA

REFUND_FAILS = "4000000000005126"
REFUND_WAITS = "4000000000007726"
# In the place of a card number: this part is paid at a bank.
BANK = "bank"

ANA = staff_actor("Ana Sousa", role="approver", staff_id=UUID(int=1))
BEN = staff_actor("Ben Carter", role="approver", staff_id=UUID(int=2))


@dataclass(frozen=True)
class Overpaid:
    """A booking that was paid online and then became cheaper, with an open refund row for the difference."""

    operator: Operator
    booking_id: UUID
    row_id: UUID
    merchant: Merchant
    trip: BookingDetails

    @property
    def billing(self) -> Billing:
        """The booking as it stands."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    @property
    def open_refunds(self) -> list[RowView]:
        """The refund rows that are open."""
        return [row for row in self.billing.open_rows if row.kind == "refund"]

    @property
    def orders(self) -> tuple[RefundView, ...]:
        """The online refunds of the booking, oldest first."""
        return show_refunds(self.operator, booking_id=self.booking_id)

    @property
    def parts(self) -> list[RefundPart]:
        """The parts of all refunds, oldest first."""
        with operator_transaction(self.operator.id):
            return list(RefundPart.objects.filter(operator_id=self.operator.id).order_by("id"))

    def cheaper_by(self, refund_minor: int) -> RowView:
        """Make the trip cheaper, to what was paid less this; return the refund row that came of it."""
        known = {row.id for row in self.billing.rows}
        self.costs(self.billing.figures.paid_minor - refund_minor)
        return next(row for row in self.open_refunds if row.id not in known)

    def costs(self, price_minor: int) -> None:
        """Let the trip cost this much from now on."""
        component = replace(self.trip.components[0], price_minor=price_minor)
        details = replace(self.trip, components=(component,))
        accept_booking(self.operator, details=details, channel="api", actor=BOOKING_API)

    def second_row(self) -> UUID:
        """Store a second open refund row, of 700.00 beside one of 600.00, as two people might plan them at once."""
        with operator_transaction(self.operator.id):
            rows = Transaction.objects.filter(operator_id=self.operator.id, id=self.row_id)
            rows.update(amount_minor=60_000, planned_minor=60_000)
            row = rows.get()
            row.id, row.amount_minor, row.planned_minor = new_id(), 70_000, 70_000
            row.save(force_insert=True)
        return row.id

    def told(self, kind: str) -> int:
        """How often the timeline tells this."""
        return [event.kind for event in self.billing.timeline].count(kind)

    def form(self, row_id: UUID | None = None) -> RefundForm:
        """Open the form for a refund row, with a key of its own."""
        row_id = row_id or self.row_id
        offer = show_offer(self.operator, booking_id=self.booking_id, transaction_id=row_id)
        return RefundForm(
            booking_id=self.booking_id,
            transaction_id=row_id,
            shown_minor=offer.online_minor,
            form_key=new_id(),
        )


def overpaid(
    operator: Operator,
    *,
    acquirer: Acquirer,
    cards: tuple[tuple[int, str], ...] = ((100_000, APPROVED),),
    refund_minor: int = 20_000,
    currency: str = "GBP",
) -> Overpaid:
    """Sell a trip for what the cards pay, have them pay, and make it cheaper by the refund."""
    merchant = join(operator, acquirer=acquirer)
    return another_overpaid(
        operator, merchant=merchant, cards=cards, refund_minor=refund_minor, currency=currency
    )


def another_overpaid(
    operator: Operator,
    *,
    merchant: Merchant,
    cards: tuple[tuple[int, str], ...] = ((100_000, APPROVED),),
    refund_minor: int = 20_000,
    currency: str = "GBP",
) -> Overpaid:
    """The same for an operator whose account stands already."""
    price = sum(amount for amount, _ in cards)
    trip = priced(a_trip_in(200, currency=currency), price_minor=price)
    booking_id = sell(operator, trip).booking.id
    for row in billing_by_id(operator, booking_id=booking_id).open_rows:
        delete_transaction(operator, booking_id=booking_id, transaction_id=row.id, actor=MARTA)
    for amount_minor, number in cards:
        if number == BANK:
            pay_by_bank(operator, booking_id=booking_id, amount_minor=amount_minor)
        else:
            pay(operator, booking_id=booking_id, amount_minor=amount_minor, number=number)
    accept_booking(
        operator, details=priced(trip, price_minor=price - refund_minor), channel="api", actor=BOOKING_API
    )
    shown = billing_by_id(operator, booking_id=booking_id)
    (row,) = (row for row in shown.open_rows if row.kind == "refund")
    return Overpaid(operator, booking_id, row.id, merchant, trip)


def pay(operator: Operator, *, booking_id: UUID, amount_minor: int, number: str) -> None:
    """Plan a row and pay it by card."""
    shown = billing_by_id(operator, booking_id=booking_id)
    wanted = WantedRow(
        kind="payment", method="credit_card", type="partial", amount_minor=amount_minor,
        due_date=shown.today + timedelta(days=10),
    )  # fmt: skip
    row_id = plan_transaction(operator, booking_id=booking_id, wanted=wanted, actor=MARTA)
    row = next(row for row in billing_by_id(operator, booking_id=booking_id).rows if row.id == row_id)
    attempt = start_payment(operator, form=a_form(row, booking_id=booking_id, key=secrets.token_hex(16)))
    enter_card(attempt.frame_url, number=number)
    refresh_attempt(operator, attempt_id=attempt.id)


def pay_by_bank(operator: Operator, *, booking_id: UUID, amount_minor: int) -> None:
    """Plan a row and pay it at a bank, as the provider sees it: set up, approved there, asked about."""
    shown = billing_by_id(operator, booking_id=booking_id)
    wanted = WantedRow(
        kind="payment", method="bank_transfer", type="partial", amount_minor=amount_minor,
        due_date=shown.today + timedelta(days=10),
    )  # fmt: skip
    row_id = plan_transaction(operator, booking_id=booking_id, wanted=wanted, actor=MARTA)
    attempt_id = new_id()
    gateway = open_gateway(operator)
    bank = gateway.banks("GB")[0]
    with operator_transaction(operator.id):
        account = load_account(operator)
        moment, key = now(), f"attempt-{attempt_id}"
        Attempt.objects.create(
            operator_id=operator.id, id=attempt_id, booking_id=booking_id, provider=account.provider,
            state="intended", amount_minor=amount_minor, currency=shown.booking.currency, channel="portal",
            method="bank_transfer", bank_name=bank.name, form_key=str(new_id()), provider_key=key,
            created_at=moment, changed_at=moment,
        )  # fmt: skip
        AttemptCover.objects.create(
            operator_id=operator.id, attempt_id=attempt_id, transaction_id=row_id, row_minor=amount_minor
        )
        append_timeline(
            Event(
                operator_id=operator.id, booking_id=booking_id, kind="attempt_started", actor="Customer",
                occurred_at=moment, source_key=f"attempt:{attempt_id}:started",
                payload={"text": "Bank payment started", "attempt_id": str(attempt_id)},
            )
        )  # fmt: skip
    payment = gateway.create_bank_payment(
        BankPaymentRequest(
            attempt_id=attempt_id, idempotency_key=key, amount_minor=amount_minor,
            currency=shown.booking.currency, description="Acme Travel", bank=bank.id,
            return_url="https://acme.example/p/acme/", locale="en-GB",
        )
    )  # fmt: skip
    record_payment(operator, attempt_id=attempt_id, payment=payment, actor="Customer")
    answer_bank(payment.redirect_url)
    record_payment(
        operator, attempt_id=attempt_id, payment=gateway.payment(payment.reference), actor="Customer"
    )


def with_threshold(one: Overpaid, *, threshold_minor: int, currency: str = "GBP") -> Overpaid:
    """From now on a refund above the threshold needs two people."""
    with operator_transaction(one.operator.id):
        OperatorRow.objects.filter(id=one.operator.id).update(refund_threshold={currency: threshold_minor})
    return replace(one, operator=by_id(one.operator.id))


def press(one: Overpaid, *, form: RefundForm | None = None) -> RefundView:
    """Press the button of the form as Ana."""
    return order_refund(one.operator, form=form or one.form(), actor=ANA)


def press_refund(operator: Operator, *, booking_id: UUID, row_id: UUID) -> RefundView:
    """Open the form of a refund row and press its button, knowing only ids."""
    offer = show_offer(operator, booking_id=booking_id, transaction_id=row_id)
    form = RefundForm(
        booking_id=booking_id, transaction_id=row_id, shown_minor=offer.online_minor, form_key=new_id()
    )
    return order_refund(operator, form=form, actor=ANA)


def worker_asks(operator: Operator) -> int:
    """Do what the worker does: ask about every part whose question is due; return how many."""
    due = due_refunds(operator)
    for part_id in due:
        ask_refund(operator, part_id=part_id)
    return len(due)


def assert_refunded_once(one: Overpaid, *, amount_minor: int = 20_000) -> None:
    """One closed row, one entry, one confirmation, nothing owed, and a ledger that holds."""
    billing = one.billing
    closed = [row for row in billing.closed_rows if row.kind == "refund"]
    assert [row.amount_minor for row in closed] == [amount_minor]
    assert closed[0].external_reference.startswith("ref_")
    assert billing.figures.refunded_online_minor == amount_minor
    assert [entry.kind for entry in billing.entries].count("refund_paid") == 1
    assert [mail.kind for mail in billing.emails].count("refund_confirmation") == 1
    assert one.told("refund_paid") == 1
    assert_sound(one.operator)


def assert_sound(operator: Operator) -> None:
    """The ledger verifies."""
    broken = [verdict for verdict in verify_ledger([operator]) if not verdict.holds]
    assert broken == [], broken
