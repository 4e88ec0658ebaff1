"""The invoices of a booking: issue one by hand, read it as PDF, send it again. What they say is decided elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.errors import Refused
from fareledger.faces.backoffice.email_samples import pdf_answer
from fareledger.faces.backoffice.entered import entered_number
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.issue_invoice import InvoiceUnchanged, issue_invoice, send_invoice_again
from fareledger.usecases.show_booking import billing_by_reference
from fareledger.usecases.show_invoices import booking_invoice, booking_invoices

_LONGEST_SENT = 2000


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """List the invoices of a booking, or issue one."""
    shown = billing_by_reference(staff.operator, reference=reference)
    here = url("office_invoices", reference=shown.booking.reference)
    if request.method == "POST":
        try:
            name = issue_invoice(
                staff.operator,
                booking_id=shown.booking.id,
                actor=staff.actor,
                after_number=entered_number(request.POST.get("after", "")),
            )
        except InvoiceUnchanged as refusal:
            leave_notice(request, text=refusal.message, tone="warn")
        else:
            text = f"Invoice {name} is issued and on its way to {shown.booking.customer_email}."
            leave_notice(request, text=text)
        return SeeOther(here)
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "figures": shown.figures,
        "invoices": booking_invoices(staff.operator, booking_id=shown.booking.id),
        "faults": [],
    }
    return page(request, staff=staff, template="office/invoices.html", context=context)


@staff_page
@require_safe
def file(request: HttpRequest, *, staff: Staff, reference: str, number: int) -> HttpResponse:
    """Give one invoice as PDF."""
    shown = billing_by_reference(staff.operator, reference=reference)
    return pdf_answer(
        booking_invoice(staff.operator, booking_id=shown.booking.id, number=number).facts,
        operator=staff.operator,
    )


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, *, staff: Staff, reference: str, number: int) -> HttpResponse:
    """Ask for the recipient, and then send an issued invoice once more."""
    staff.actor.require(Permission.CONTACT_CUSTOMERS)
    shown = billing_by_reference(staff.operator, reference=reference)
    invoice = booking_invoice(staff.operator, booking_id=shown.booking.id, number=number)
    to_email = request.POST.get("to_email", shown.booking.customer_email).strip()[:_LONGEST_SENT]
    fault = ""
    if request.method == "POST":
        try:
            send_invoice_again(
                staff.operator,
                booking_id=shown.booking.id,
                number=number,
                to_email=to_email,
                actor=staff.actor,
            )
        except Refused as refusal:
            fault = refusal.message
        else:
            leave_notice(request, text=f"Invoice {invoice.name} is on its way to {to_email}.")
            return SeeOther(url("office_invoices", reference=shown.booking.reference))
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "invoice": invoice,
        "to_email": to_email,
        "faults": [{"field": "to_email", "message": fault}] if fault else [],
    }
    status = 422 if fault else 200
    return page(request, staff=staff, template="office/invoice_again.html", status=status, context=context)
