"""The invoices of a booking, and what the next one would say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fareledger.persistence.models import Invoice
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.issue_invoice import InvoiceNotFound, next_invoice_facts
from fareledger.usecases.lock_booking import lock_booking


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceView:
    """One issued invoice; `facts` is everything it says, amounts in minor units."""

    number: int
    name: str
    replaces: str
    left_minor: int
    issued_by: str
    issued_at: datetime
    facts: dict[str, Any]


def booking_invoices(operator: Operator, *, booking_id: UUID) -> tuple[InvoiceView, ...]:
    """Return a booking's invoices, newest first."""
    with operator_transaction(operator.id):
        rows = Invoice.objects.filter(operator_id=operator.id, booking_id=booking_id)
        return tuple(_view(row) for row in rows.order_by("-number"))


def booking_invoice(operator: Operator, *, booking_id: UUID, number: int) -> InvoiceView:
    """Return one invoice. Raises InvoiceNotFound."""
    with operator_transaction(operator.id):
        rows = Invoice.objects.filter(operator_id=operator.id, booking_id=booking_id, number=number)
        row = rows.first()
    if row is None:
        raise InvoiceNotFound(number)
    return _view(row)


def next_invoice(operator: Operator, *, booking_id: UUID) -> dict[str, object]:
    """Return what an invoice issued now would say; nothing is stored. Raises BookingNotFound."""
    with operator_transaction(operator.id):
        return next_invoice_facts(lock_booking(operator, booking_id=booking_id), operator=operator)


def _view(row: Invoice) -> InvoiceView:
    facts = row.payload
    return InvoiceView(
        number=row.number,
        name=facts["invoice"],
        replaces=facts["replaces"],
        left_minor=facts["left_minor"],
        issued_by=row.issued_by,
        issued_at=row.issued_at,
        facts=facts,
    )
