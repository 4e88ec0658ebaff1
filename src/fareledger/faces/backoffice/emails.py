"""The emails of a booking: which there are, what became of them, each as it was sent, and one more time.

Emails are drawn and sent elsewhere. One that was not sent yet is shown as it would be.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.identity import new_id
from fareledger.faces.backoffice.email_frames import asked_kind, framed, with_frame
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.sheets import posted_key
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.email_logo import kept_by_itself
from fareledger.faces.shared.emails import preview_email
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.preview_facts import preview_facts, previewable
from fareledger.usecases.queue_email import about_booking
from fareledger.usecases.send_email import RenderedEmail
from fareledger.usecases.show_booking import Billing, billing_by_reference
from fareledger.usecases.stored_emails import (
    Again,
    CannotSendAgain,
    StoredEmail,
    send_email_again,
    stored_email,
)

_LONGEST_SENT = 2000


@staff_page
@require_safe
def listing(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """List the emails of a booking, newest first, with what became of each."""
    shown = billing_by_reference(staff.operator, reference=reference)
    context: dict[str, object] = {
        "section": "bookings",
        "billing": shown,
        "booking": shown.booking,
        "say": say,
        "kinds": previewable(shown),
    }
    return page(request, staff=staff, template="office/emails.html", context=context)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, *, staff: Staff, reference: str, email_id: UUID) -> HttpResponse:
    """Show one email as it was sent, or send it again."""
    shown = billing_by_reference(staff.operator, reference=reference)
    email = stored_email(staff.operator, booking_id=shown.booking.id, email_id=email_id)
    faults: list[Fault] = []
    to_email = email.to_email
    if request.method == "POST":
        staff.actor.require(Permission.CONTACT_CUSTOMERS)
        to_email = request.POST.get("to_email", "").strip()[:_LONGEST_SENT]
        again = Again(to_email=to_email, key=posted_key(request) or new_id())
        try:
            send_email_again(
                staff.operator, booking_id=shown.booking.id, email_id=email_id, again=again, actor=staff.actor
            )
        except CannotSendAgain as refusal:
            faults = [Fault("to_email", refusal.message)]
        else:
            leave_notice(request, text=f"The email is on its way to {to_email} once more.")
            return SeeOther(url("office_emails", reference=shown.booking.reference))
    drawn = None if email.html_body else _as_it_would_be(staff, shown=shown, email=email)
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "email": email,
        "subject": drawn.subject if drawn else email.subject,
        "text": drawn.text if drawn else email.text_body,
        "to_email": to_email,
        "faults": faults,
        "form_key": posted_key(request) or new_id(),
        "say": say,
    }
    status = 422 if faults else 200
    return with_frame(
        page(request, staff=staff, template="office/email.html", status=status, context=context)
    )


@staff_page
@require_safe
def html_part(request: HttpRequest, *, staff: Staff, reference: str, email_id: UUID) -> HttpResponse:
    """Give the HTML of one email for its frame."""
    shown = billing_by_reference(staff.operator, reference=reference)
    email = stored_email(staff.operator, booking_id=shown.booking.id, email_id=email_id)
    if email.html_body:
        return framed(kept_by_itself(email.html_body, operator=staff.operator))
    return framed(_as_it_would_be(staff, shown=shown, email=email).html)


@staff_page
@require_safe
def preview(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show an email about this booking before it is sent."""
    shown = billing_by_reference(staff.operator, reference=reference)
    kinds = previewable(shown)
    kind = asked_kind(request, known=kinds)
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "kinds": kinds,
        "kind": kind,
        "email": _preview(staff, shown=shown, kind=kind),
        "say": say,
    }
    return with_frame(page(request, staff=staff, template="office/email_preview.html", context=context))


@staff_page
@require_safe
def preview_html(request: HttpRequest, *, staff: Staff, reference: str, kind: str) -> HttpResponse:
    """Give the HTML of such an email for its frame."""
    shown = billing_by_reference(staff.operator, reference=reference)
    if kind not in previewable(shown):
        raise Http404
    return framed(_preview(staff, shown=shown, kind=kind).html)


def _preview(staff: Staff, *, shown: Billing, kind: str) -> RenderedEmail:
    facts = preview_facts(staff.operator, shown=shown, kind=kind)
    return preview_email(staff.operator, kind=kind, about=about_booking(shown.booking), facts=facts)


def _as_it_would_be(staff: Staff, *, shown: Billing, email: StoredEmail) -> RenderedEmail:
    about = about_booking(shown.booking)
    return preview_email(staff.operator, kind=email.kind, about=about, facts=email.payload)
