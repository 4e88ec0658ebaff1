"""Receipts and statements of the booking a visit sees, as pages and as PDF.

A receipt of another booking, or of none, is a page that does not exist. The words are `receipt_words.py`.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from fareledger.faces.portal.frame import page
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.papers import AskedStatement, asked_statement, pdf_file
from fareledger.faces.shared.pdf.papers import (
    receipt_file_name,
    receipt_pdf,
    statement_file_name,
    statement_pdf,
)
from fareledger.faces.shared.receipt_words import receipt_words, statement_words
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.show_receipt import Receipt, show_receipt
from fareledger.usecases.show_statement import Statement, show_statement


@require_safe
@guest_page
def receipt(request: HttpRequest, *, guest: Guest, name: str) -> HttpResponse:
    """Show one receipt."""
    found = show_receipt(guest.operator, booking_id=guest.visit.booking_id, name=name)
    context: dict[str, object] = {
        "visit": guest.visit,
        "locale": found.booking.customer_locale,
        "booking": found.booking,
        "receipt": found,
        "said_in": lambda locale: receipt_words(guest.operator, receipt=found, locale=locale),
    }
    return page(request, operator=guest.operator, template="receipt.html", context=context)


@require_safe
@guest_page
def receipt_file(request: HttpRequest, *, guest: Guest, name: str) -> HttpResponse:
    """Give one receipt as PDF."""
    found = show_receipt(guest.operator, booking_id=guest.visit.booking_id, name=name)
    content = receipt_pdf(guest.operator, receipt=found, locale=_read_in(request, guest=guest, of=found))
    return pdf_file(content, name=receipt_file_name(found))


@require_safe
@guest_page
def statement(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show the statement as at the date that is asked for, today without one."""
    asked = _asked(request, guest=guest)
    found = asked.statement
    context: dict[str, object] = {
        "visit": guest.visit,
        "locale": found.booking.customer_locale,
        "booking": found.booking,
        "statement": found,
        "asked": asked,
        "said_in": lambda locale: statement_words(guest.operator, statement=found, locale=locale),
    }
    status = 422 if asked.fault else 200
    return page(request, operator=guest.operator, template="statement.html", context=context, status=status)


@require_safe
@guest_page
def statement_file(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Give the statement as PDF; a date that cannot be leads to the page, which says so."""
    asked = _asked(request, guest=guest)
    if asked.fault:
        here = reverse("portal_statement", kwargs={"slug": guest.operator.slug})
        return SeeOther(f"{here}?{request.GET.urlencode()}")
    found = asked.statement
    content = statement_pdf(guest.operator, statement=found, locale=_read_in(request, guest=guest, of=found))
    return pdf_file(content, name=statement_file_name(found))


def _read_in(request: HttpRequest, *, guest: Guest, of: Receipt | Statement) -> str:
    """Return the language of the page a paper is taken from; emails keep that of the booking."""
    return reading_locale(request, operator=guest.operator, customer=of.booking.customer_locale)


def _asked(request: HttpRequest, *, guest: Guest) -> AskedStatement:
    booking_id = guest.visit.booking_id
    return asked_statement(
        request, draw=lambda day: show_statement(guest.operator, booking_id=booking_id, as_at=day)
    )
