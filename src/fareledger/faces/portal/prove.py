"""Showing that the booking's mailbox is one's own, for what reference and email alone do not open.

A link or a six-digit code goes to the customer's email; afterwards the visitor is where they wanted to be.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.faces.portal.frame import page
from fareledger.faces.portal.onwards import address_of, door, wanted_page
from fareledger.faces.portal.sign_in import FORM, sent_address
from fareledger.faces.portal.visits import Guest, guest_page, let_in
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.prove_visit import (
    CodeEnded,
    CodeIncomplete,
    CodeWrong,
    TooManyCodes,
    send_code,
    send_proving_link,
    take_code,
)
from fareledger.usecases.send_portal_link import TooManyLinkEmails
from fareledger.usecases.show_booking import billing_by_id


@require_safe
@guest_page
def prove(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Offer a link or a code; whoever is proven is led on."""
    if guest.visit.proven:
        return SeeOther(address_of(guest.operator, wanted=wanted_page(request, operator=guest.operator)))
    return _page(request, guest=guest, template="prove.html", fault="")


@require_POST
@guest_page
def by_link(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Email a link that leads on to the wanted page."""
    wanted = wanted_page(request, operator=guest.operator)
    try:
        sent = send_proving_link(guest.operator, visit=guest.visit, wanted=wanted)
    except TooManyLinkEmails as refusal:
        return _page(request, guest=guest, template="prove.html", fault=refusal.code)
    return SeeOther(sent_address(guest.operator, email=sent.to_email))


@require_POST
@guest_page
def send(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Email a code and lead to where it is entered."""
    wanted = wanted_page(request, operator=guest.operator)
    try:
        send_code(guest.operator, visit=guest.visit)
    except TooManyCodes as refusal:
        return _page(request, guest=guest, template="prove.html", fault=refusal.code)
    return SeeOther(door(guest.operator, name="portal_prove_code", next=wanted))


@sensitive_post_parameters("code")
@require_http_methods(FORM)
@guest_page
def code(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Ask for the code; on POST, prove the visit with it and lead on."""
    onwards = address_of(guest.operator, wanted=wanted_page(request, operator=guest.operator))
    if guest.visit.proven:
        return SeeOther(onwards)
    if request.method != "POST":
        return _page(request, guest=guest, template="code.html", fault="")
    try:
        opened = take_code(guest.operator, visit=guest.visit, typed=request.POST.get("code", "")[:40])
    except CodeWrong as refusal:
        fault = refusal.code if refusal.left else "code_ended"
        return _page(request, guest=guest, template="code.html", fault=fault, left=refusal.left)
    except (CodeIncomplete, CodeEnded) as refusal:
        return _page(request, guest=guest, template="code.html", fault=refusal.code)
    return let_in(SeeOther(onwards), operator=guest.operator, opened=opened)


def _page(request: HttpRequest, *, guest: Guest, template: str, fault: str, left: int = 0) -> HttpResponse:
    booking = billing_by_id(guest.operator, booking_id=guest.visit.booking_id).booking
    context: dict[str, object] = {
        "visit": guest.visit,
        "locale": booking.customer_locale,
        "to": masked_email(booking.customer_email),
        "wanted": wanted_page(request, operator=guest.operator),
        "fault": fault,
        "left": left,
    }
    return page(
        request, operator=guest.operator, template=template, context=context, status=422 if fault else 200
    )
