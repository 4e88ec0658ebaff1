"""What the API answers: a booking as it can be sent again, its billing, its ledger, lists and links.

Amounts are whole minor units of the booking's currency; refunds are positive magnitudes, their kind
says the sign.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from fareledger.usecases.list_bookings import ListedBooking
from fareledger.usecases.show_booking import Billing, EntryView, RowView


class FieldProblem(BaseModel):
    """One mistake: where it is (a JSON pointer), its stable code and its sentence."""

    pointer: str
    code: str
    detail: str


class ProblemAnswer(BaseModel):
    """RFC 9457: what is wrong. `code` is stable; `errors` names the fields at fault."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]


class TotalRefunds(BaseModel):
    """What went back to the customer, by way."""

    offline: int
    online: int


class TransactionAnswer(BaseModel):
    """One row of the payment plan. `comment` is there only for keys with the staff scope."""

    id: UUID
    kind: Literal["payment", "refund"]
    method: str
    type: str
    provider: str
    amount: int
    planned_amount: int
    due_date: date
    overdue: bool
    status: Literal["open", "closed"]
    source: str
    channel: str
    approved: bool
    closed_at: datetime | None
    value_date: date | None
    external_reference: str
    receipt_number: int | None
    split_from: UUID | None
    comment: str | None = None


class BillingAnswer(BaseModel):
    """The figures of a booking and the rows they are made of."""

    reference: str
    version: int
    currency: str
    sales_price: int
    non_payable: int
    payable: int
    total_payments: int
    total_refunds: TotalRefunds
    outstanding: int
    unplanned: int
    status: Literal["unpaid", "partially_paid", "paid"]
    refund_due: bool
    transactions: list[TransactionAnswer]


class LineAnswer(BaseModel):
    """One debit or credit."""

    account: str
    side: Literal["debit", "credit"]
    amount: int


class EntryAnswer(BaseModel):
    """One balanced journal entry, sealed by the hash of the one before it."""

    id: UUID
    seq: int
    kind: str
    source: str
    source_id: str
    currency: str
    provider: str
    channel: str
    posted_on: date
    occurred_at: datetime
    recorded_at: datetime
    previous_hash: str
    hash: str
    lines: list[LineAnswer]


class LedgerAnswer(BaseModel):
    """The journal of one booking, first entry first."""

    reference: str
    currency: str
    entries: list[EntryAnswer]


class BookingLine(BaseModel):
    """One booking of a list."""

    reference: str
    version: int
    currency: str
    customer_name: str
    lead_traveller: str
    package: str
    start_date: date
    end_date: date
    cancelled: bool
    payable: int
    total_payments: int
    outstanding: int
    unplanned: int
    status: Literal["unpaid", "partially_paid", "paid"]
    refund_due: bool
    overdue: bool
    next_due_date: date | None
    changed_at: datetime


class BookingListAnswer(BaseModel):
    """A stretch of the list, most lately changed first; `next_cursor` leads on, or is null at the end."""

    bookings: list[BookingLine]
    next_cursor: str | None


class PortalLinkAnswer(BaseModel):
    """A one-time link. When it was emailed, only the customer sees its address."""

    url: str | None
    sent_to: str | None
    expires_at: datetime


def booking_answer(billing: Billing) -> dict[str, Any]:
    """Write a booking in the shape in which it is sent, so that the answer can be sent again."""
    booking = billing.booking
    return {
        "reference": booking.reference,
        "currency": booking.currency,
        "booked_on": booking.booked_on.isoformat(),
        "start_date": booking.start_date.isoformat(),
        "end_date": booking.end_date.isoformat(),
        "customer": {
            "name": booking.customer_name,
            "email": booking.customer_email,
            "locale": booking.customer_locale,
        },
        "travellers": [{"name": one.name, "lead": one.lead} for one in booking.travellers],
        "package": booking.package,
        "non_payable": booking.non_payable_minor,
        "terms": booking.terms.to_json(),
        "components": [
            {
                "id": one.id,
                "kind": one.kind,
                "title": one.title,
                "supplier": one.supplier,
                "start_date": one.start_date.isoformat() if one.start_date else None,
                "end_date": one.end_date.isoformat() if one.end_date else None,
                "price": one.price_minor,
                "cancellation_fee": one.cancellation_fee_minor,
                "cancelled": one.cancelled,
            }
            for one in billing.components
        ],
        "payments": _checkout_payments(billing),
        "version": booking.version,
    }


def billing_answer(billing: Billing, *, staff: bool) -> BillingAnswer:
    """Write the figures and rows of a booking; comments only for staff."""
    booking, figures = billing.booking, billing.figures
    return BillingAnswer(
        reference=booking.reference,
        version=booking.version,
        currency=booking.currency,
        sales_price=figures.sales_price_minor,
        non_payable=figures.non_payable_minor,
        payable=figures.payable_minor,
        total_payments=figures.paid_minor,
        total_refunds=TotalRefunds(
            offline=figures.refunded_offline_minor, online=figures.refunded_online_minor
        ),
        outstanding=figures.outstanding_minor,
        unplanned=figures.unplanned_minor,
        status=figures.status,
        refund_due=figures.refund_due,
        transactions=[_transaction(row, staff=staff) for row in billing.rows],
    )


def ledger_answer(billing: Billing) -> LedgerAnswer:
    """Write the journal of a booking."""
    entries = [_entry(entry) for entry in billing.entries]
    return LedgerAnswer(
        reference=billing.booking.reference, currency=billing.booking.currency, entries=entries
    )


def booking_line(row: ListedBooking) -> BookingLine:
    """Write one booking of a list."""
    return BookingLine(
        reference=row.reference,
        version=row.version,
        currency=row.currency,
        customer_name=row.customer_name,
        lead_traveller=row.lead_traveller,
        package=row.package,
        start_date=row.start_date,
        end_date=row.end_date,
        cancelled=row.cancelled,
        payable=row.payable_minor,
        total_payments=row.paid_minor,
        outstanding=row.outstanding_minor,
        unplanned=row.unplanned_minor,
        status=row.payment_status,
        refund_due=row.refund_due,
        overdue=row.overdue,
        next_due_date=row.next_due_date,
        changed_at=row.changed_at,
    )


def _transaction(row: RowView, *, staff: bool) -> TransactionAnswer:
    fields = {"comment": row.comment} if staff else {}
    return TransactionAnswer(
        id=row.id,
        kind=row.kind,
        method=row.method,
        type=row.type,
        provider=row.provider,
        amount=row.amount_minor,
        planned_amount=row.planned_minor,
        due_date=row.due_date,
        overdue=row.overdue,
        status="closed" if row.status == "closed" else "open",
        source=row.source,
        channel=row.channel,
        approved=False,
        closed_at=row.closed_at,
        value_date=row.value_date,
        external_reference=row.external_reference,
        receipt_number=row.receipt_number,
        split_from=row.split_from,
        **fields,
    )


def _entry(entry: EntryView) -> EntryAnswer:
    lines = [
        LineAnswer(account=line.account, side=line.side, amount=line.amount_minor) for line in entry.lines
    ]
    return EntryAnswer(
        id=entry.id,
        seq=entry.seq,
        kind=entry.kind,
        source=entry.source,
        source_id=entry.source_id,
        currency=entry.currency,
        provider=entry.provider,
        channel=entry.channel,
        posted_on=entry.posted_on,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        previous_hash=entry.previous_hash,
        hash=entry.hash,
        lines=lines,
    )


def _checkout_payments(billing: Billing) -> list[dict[str, Any]]:
    """Put the rows that one checkout payment closed together again."""
    rows = [row for row in billing.closed_rows if row.source == "checkout"]
    amounts: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        amounts[row.provider, row.external_reference] += row.amount_minor
    first = {(row.provider, row.external_reference): row for row in reversed(rows)}
    return [
        {
            "amount": amounts[key],
            "method": row.method,
            "provider": row.provider,
            "external_reference": row.external_reference,
            "received_at": row.closed_at.isoformat() if row.closed_at else None,
        }
        for key, row in first.items()
    ]
