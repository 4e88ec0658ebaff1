"""Customers who pay the whole rest or another amount, from a bank or with the card that is stored for them."""

import secrets
from dataclasses import replace
from typing import Any

from fareledger.domain.identity import new_id
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.offer_payment import banks_for
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.start_payment import PaymentForm
from tests.support.acquirer import APPROVED, Acquirer
from tests.support.approved import Stored, approve
from tests.support.paying import BANK, BANK_NAME, RETURN_URL, Customer


def takes_other_amounts(operator: Operator, *, minimum_minor: int = 1_000) -> Operator:
    """Let the operator take other amounts, in pounds from a minimum on."""
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(
            portal_payments={"other_amount": True, "minimum": {"GBP": minimum_minor}}
        )
        return by_id(operator.id)


def wants(customer: Customer, *, amount_minor: int, wanted: str = "other", **differences: Any) -> PaymentForm:
    """What the pay page sends for an amount, by card unless said otherwise."""
    form = PaymentForm(
        booking_id=customer.booking_id,
        wanted=wanted,  # type: ignore[arg-type]  # tests write one of the three words
        amount_minor=amount_minor,
        balance_minor=customer.billing.figures.outstanding_minor,
        form_key=secrets.token_hex(16),
        channel="portal",
        return_url=RETURN_URL,
        locale="en-GB",
        frame_style={},
    )
    return replace(form, **differences)


def from_a_bank(customer: Customer, *, bank: str = BANK, name: str = BANK_NAME) -> PaymentForm:
    """What the page of banks sends for the next payment."""
    return replace(customer.form(), method="bank", bank=bank, bank_name=name)


def some_bank(operator: Operator) -> str:
    """The id of a bank that the operator's customers may use."""
    return banks_for(operator, currency="GBP").banks[0].id


def a_visit(customer: Customer, *, proven: bool = True) -> Visit:
    """The customer's own visit."""
    return Visit(session_id=new_id(), booking_id=customer.booking_id, viewer="customer", proven=proven)


def with_saved_card(customer: Customer, *, acquirer: Acquirer, number: str = APPROVED) -> Customer:
    """The same customer, whose card was stored long ago."""
    method = acquirer.admin.save_card(customer.merchant.id, number=number, exp_month=12, exp_year=2030)
    stored = Stored(provider_method=method, last4=number[-4:])
    approve(customer.operator, booking_id=customer.booking_id, stored=stored, rows=0)
    return customer


def with_the_saved_card(customer: Customer, *, proven: bool = True) -> PaymentForm:
    """What the pay page sends for the next payment with the stored card."""
    return replace(customer.form(), method="saved_card", visit=a_visit(customer, proven=proven))


def unplan(customer: Customer) -> None:
    """Leave the booking without any row, as staff do who plan later."""
    with operator_transaction(customer.operator.id):
        rows = Transaction.objects.filter(operator_id=customer.operator.id, booking_id=customer.booking_id)
        rows.update(status="deleted", deleted_at=now())
