"""The receipt of a movement: what moved, and what was paid before and left after it, as the journal had it then.

The figures are those of the moment of the movement; what came later changes no receipt. Comments of staff are not
part of it. How it is written is a face's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.domain.receipts import receipt_name
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_account import AccountLine, account_of
from fareledger.usecases.booking_views import Billing, BookingView
from fareledger.usecases.show_booking import billing_by_id

ReceiptKind = Literal["payment", "refund", "payment_correction", "refund_correction"]


class ReceiptNotFound(NotFound):
    """The booking has no receipt of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(code="receipt_not_found", message="There is no such receipt.")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One movement as its receipt tells it, in minor units of the booking's currency.

    `change_minor` is what it added to what the customer owes; `left_minor` is what was owed after it (negative: we owe
    the customer), `paid_before_minor` what was received before it, net of refunds. `corrects` names the receipt that
    a correction takes back; an `online` one tells of a refund that came back. Card and bank are empty when not known.
    """

    booking: BookingView
    name: str
    kind: ReceiptKind
    amount_minor: int
    change_minor: int
    on: date
    method: str
    method_name: str
    card_brand: str
    card_last4: str
    bank: str
    channel: str
    reference: str
    online: bool
    corrects: str
    payable_minor: int
    paid_before_minor: int
    left_minor: int


def show_receipt(operator: Operator, *, booking_id: UUID, name: str) -> Receipt:
    """Read one receipt of a booking. Raises BookingNotFound and ReceiptNotFound."""
    return receipt_named(billing_by_id(operator, booking_id=booking_id), name=name)


def receipt_named(billing: Billing, *, name: str) -> Receipt:
    """Return a receipt of a booking that was read; money that closed several rows answers to each of their numbers.

    Raises ReceiptNotFound.
    """
    for line in account_of(billing):
        if line.receipt and name in (line.receipt, *_other_names(line, billing=billing)):
            return _receipt(line, billing=billing)
    raise ReceiptNotFound(name)


def _other_names(line: AccountLine, *, billing: Billing) -> list[str]:
    reference = billing.booking.reference
    return [receipt_name(reference, number=row.receipt_number) for row in line.rows if row.receipt_number]


def _receipt(line: AccountLine, *, billing: Billing) -> Receipt:
    if line.kind == "sale" or line.kind == "sale_change":  # noqa: PLR1714  # mypy narrows a literal only so
        raise AssertionError("a sale has no receipt")
    first, attempt = line.rows[0], line.attempt
    return Receipt(
        booking=billing.booking,
        name=line.receipt,
        kind=line.kind,
        amount_minor=abs(line.change_minor),
        change_minor=line.change_minor,
        on=line.on,
        method=first.method,
        method_name=first.method_name,
        card_brand=attempt.card_brand if attempt else "",
        card_last4=attempt.card_last4 if attempt else "",
        bank=attempt.bank_name if attempt and line.kind == "payment" else "",
        channel=line.channel,
        reference=first.external_reference,
        online=first.online,
        corrects=line.corrects,
        payable_minor=line.payable_minor,
        paid_before_minor=line.payable_minor - (line.balance_minor - line.change_minor),
        left_minor=line.balance_minor,
    )
