"""Help: telephone, hours and email with the reference filled in, and a form that asks for the message only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.show_booking import billing_by_id
from fareledger.usecases.write_to_operator import (
    LONGEST_MESSAGE,
    MESSAGES_AN_HOUR,
    MessageRefused,
    TooManyMessages,
    write_to_operator,
)

_MAX_KEY = 64
# What is read of a message at all, so that nobody makes us look through megabytes.
_MOST_READ = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def help_page(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show how to reach the operator; on POST, send the message and lead on to the thanks."""
    if request.method != "POST":
        return _form(request, guest=guest)
    message = request.POST.get("message", "")[:_MOST_READ]
    form_key = request.POST.get("form_key", "")[:_MAX_KEY] or str(new_id())
    try:
        write_to_operator(guest.operator, visit=guest.visit, message=message, form_key=form_key)
    except (MessageRefused, TooManyMessages) as refusal:
        return _form(request, guest=guest, message=message, refusal=refusal)
    return SeeOther(reverse("portal_help_sent", kwargs={"slug": guest.operator.slug}))


@require_safe
@guest_page
def help_sent(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Thank for a message, and say what follows."""
    return page(request, operator=guest.operator, template="help_sent.html", context=_context(guest))


def _form(
    request: HttpRequest, *, guest: Guest, message: str = "", refusal: Refused | None = None
) -> HttpResponse:
    context = {
        **_context(guest),
        "message": message,
        "fault": refusal.code if refusal else "",
        "form_key": str(new_id()),
    }
    too_many = isinstance(refusal, TooManyMessages)
    status = 429 if too_many else 422 if refusal else 200
    return page(request, operator=guest.operator, template="help_page.html", context=context, status=status)


def _context(guest: Guest) -> dict[str, object]:
    booking = billing_by_id(guest.operator, booking_id=guest.visit.booking_id).booking
    return {
        "visit": guest.visit,
        "booking": booking,
        "locale": booking.customer_locale,
        "to": masked_email(booking.customer_email),
        "longest": LONGEST_MESSAGE,
        "an_hour": MESSAGES_AN_HOUR,
    }
