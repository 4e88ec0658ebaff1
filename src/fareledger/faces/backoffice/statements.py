"""The statement of a booking as staff read it: the customer's own, at any date, as page and as PDF."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.papers import AskedStatement, asked_statement, pdf_file
from fareledger.faces.shared.pdf.papers import (
    receipt_file_name,
    receipt_pdf,
    statement_file_name,
    statement_pdf,
)
from fareledger.faces.shared.receipt_words import statement_words
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.show_booking import billing_by_reference
from fareledger.usecases.show_receipt import receipt_named
from fareledger.usecases.show_statement import statement_by_reference

_FAULTS = {
    "date_in_future": "Choose today or an earlier date.",
    "no_date": "Enter a date, such as 2027-03-15.",
}
_LOCALE = "en-GB"


@staff_page
@require_safe
def statement(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show the statement as at the date that is asked for, today without one."""
    asked = _asked(request, staff=staff, reference=reference)
    found = asked.statement
    faults = [{"field": "as-at", "message": _FAULTS[asked.fault]}] if asked.fault else []
    context: dict[str, object] = {
        "section": "bookings",
        "booking": found.booking,
        "statement": found,
        "said": statement_words(staff.operator, statement=found, locale=_LOCALE),
        "asked": asked,
        "faults": faults,
    }
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/statement.html", status=status, context=context)


@staff_page
@require_safe
def statement_file(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Give the statement as PDF, in the customer's language; a date that cannot be leads to the page."""
    asked = _asked(request, staff=staff, reference=reference)
    found = asked.statement
    if asked.fault:
        here = url("office_statement", reference=found.booking.reference)
        return SeeOther(f"{here}?{request.GET.urlencode()}")
    return pdf_file(statement_pdf(staff.operator, statement=found), name=statement_file_name(found))


@staff_page
@require_safe
def receipt_file(request: HttpRequest, *, staff: Staff, reference: str, name: str) -> HttpResponse:
    """Give one receipt as PDF, as the customer has it."""
    found = receipt_named(billing_by_reference(staff.operator, reference=reference), name=name)
    return pdf_file(receipt_pdf(staff.operator, receipt=found), name=receipt_file_name(found))


def _asked(request: HttpRequest, *, staff: Staff, reference: str) -> AskedStatement:
    return asked_statement(
        request, draw=lambda day: statement_by_reference(staff.operator, reference=reference, as_at=day)
    )
