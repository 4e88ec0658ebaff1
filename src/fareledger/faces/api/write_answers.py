"""Writes what use cases give in the shapes that the API answers; it leaves out what the caller may not see."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from fareledger.faces.api.answers import (
    BillingAnswer,
    BookingLine,
    EntryAnswer,
    ImportAnswer,
    ImportReason,
    LedgerAnswer,
    LineAnswer,
    MovementAnswer,
    TotalRefunds,
    TransactionAnswer,
)
from fareledger.usecases.list_bookings import ListedBooking
from fareledger.usecases.show_booking import Billing, EntryView, RowView
from fareledger.usecases.show_import import ImportView


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


def movement_answer(
    billing: Billing, *, transaction_id: UUID, rest_id: UUID | None = None, staff: bool
) -> MovementAnswer:
    """Write what became of one row, with the figures that follow from it."""
    rows = {row.id: row for row in billing.rows}
    return MovementAnswer(
        transaction=_transaction(rows[transaction_id], staff=staff),
        rest=None if rest_id is None else _transaction(rows[rest_id], staff=staff),
        billing=billing_answer(billing, staff=staff),
    )


def import_answer(view: ImportView) -> ImportAnswer:
    """Write how far an import is."""
    return ImportAnswer(
        id=view.id,
        status=view.status,
        format=view.file_format,
        percent=view.percent,
        created=view.created,
        changed=view.changed,
        unchanged=view.unchanged,
        refused=view.refused,
        reasons=[ImportReason(line=one.line, field=one.field, reason=one.reason) for one in view.reasons],
        problem=view.problem,
        created_at=view.created_at,
        finished_at=view.finished_at,
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
    fields = {"comment": row.comment, "reason": row.reason} if staff else {}
    return TransactionAnswer(
        id=row.id,
        kind=row.kind,
        method=row.method,
        method_name=row.method_name,
        type=row.type,
        provider=row.provider,
        amount=row.amount_minor,
        planned_amount=row.planned_minor,
        due_date=row.due_date,
        overdue=row.overdue,
        status="closed" if row.status == "closed" else "open",
        source=row.source,
        channel=row.channel,
        approved=row.approval is not None,
        closed_at=row.closed_at,
        value_date=row.value_date,
        external_reference=row.external_reference,
        receipt_number=row.receipt_number,
        split_from=row.split_from,
        reverses=row.reverses,
        reversed_by=row.reversed_by,
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
