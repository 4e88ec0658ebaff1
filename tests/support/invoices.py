"""Bookings that are paid by invoice, and the text that stands in a PDF."""

import io
from dataclasses import replace
from uuid import UUID

import pypdf

from fareledger.domain.booking import BookingDetails
from fareledger.persistence.models import EmailMessage, Invoice
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.save_change import Handling, save_change
from tests.support.people import BOOKING_API

BANK = {"account_holder": "Acme Travel Ltd", "iban": "GB33BUKB20201555555555", "bic": "BUKBGB22"}


def with_a_bank(operator: Operator) -> Operator:
    """The operator, who can be paid by bank transfer."""
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(bank_details=BANK)
    return by_id(operator.id)


def send_booking(operator: Operator, details: BookingDetails, /) -> UUID:
    """Send a booking by the API as one that is paid by invoice."""
    wanted = replace(details, terms=replace(operator.default_terms.of(details.currency), invoice=True))
    handling = Handling(channel="api")
    return save_change(operator, wanted=wanted, actor=BOOKING_API, handling=handling).booking_id


def invoices(operator: Operator, *, booking_id: UUID) -> list[Invoice]:
    """The invoices of a booking, first one first."""
    with operator_transaction(operator.id):
        found = Invoice.objects.filter(operator_id=operator.id, booking_id=booking_id)
        return list(found.order_by("number"))


def invoice_emails(operator: Operator, *, booking_id: UUID) -> list[EmailMessage]:
    """The invoice emails of a booking, first one first."""
    with operator_transaction(operator.id):
        found = EmailMessage.objects.filter(operator_id=operator.id, booking_id=booking_id, kind="invoice")
        return list(found.order_by("queued_at", "id"))


def pdf_text(pdf: bytes) -> str:
    """Everything a PDF says, as one line."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())
