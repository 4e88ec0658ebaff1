"""The page with the provider's own form on which a card is stored, and what came of it, asked at the provider."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.ask_setups import refresh_setup
from fareledger.usecases.review_approvals import review_approvals
from fareledger.usecases.show_setup import RequestView, show_request, show_setup


@require_safe
@guest_page
def card(request: HttpRequest, *, guest: Guest, setup_id: UUID) -> HttpResponse:
    """Show the provider's frame beside what is being approved; a set-up that is over leads to what came of it."""
    setup = show_setup(guest.operator, setup_id=setup_id, booking_id=guest.visit.booking_id)
    taken = show_request(guest.operator, visit=guest.visit, request_id=setup.request_id)
    review = review_approvals(guest.operator, visit=guest.visit)
    if taken.state != "waiting" or not setup.in_frame:
        return SeeOther(url("portal_approved", slug=guest.operator.slug, request_id=taken.id))
    context = {
        **booking_context(guest, billing=review.billing),
        "setup": setup,
        "taken": taken,
        "total_minor": sum(one.amount_minor for one in taken.wanted),
    }
    response = page(request, operator=guest.operator, template="approve_card.html", context=context)
    response._csp_replace = {"frame-src": [setup.frame_origin]}  # type: ignore[attr-defined]  # django-csp
    return response


@require_safe
@guest_page
def approved(request: HttpRequest, *, guest: Guest, request_id: UUID) -> HttpResponse:
    """Say what came of a consent; the address stays good."""
    taken = _asked(guest, request_id=request_id)
    billing = review_approvals(guest.operator, visit=guest.visit).billing
    given = [one for one in taken.wanted if one.row_id in taken.approved]
    rows = {row.id: row for row in billing.rows}
    lasting = next((rows[one.row_id].approval for one in given if one.row_id in rows), None)
    context = {
        **booking_context(guest, billing=billing),
        "taken": taken,
        "given": given,
        "missed": [one for one in taken.wanted if one.row_id not in taken.approved],
        "total_minor": sum(one.amount_minor for one in given),
        "card": next((one for one in billing.mandates if lasting and one.id == lasting.mandate_id), None),
        "payment": next((one for one in reversed(billing.attempts) if one.request_id == taken.id), None),
        "to": masked_email(billing.booking.customer_email),
        "state": _word(taken),
    }
    return page(request, operator=guest.operator, template="approved.html", context=context)


@require_safe
@guest_page
def state(request: HttpRequest, *, guest: Guest, request_id: UUID) -> HttpResponse:
    """Answer with the state's word alone, for a page that waits for it to change."""
    word = _word(_asked(guest, request_id=request_id))
    return HttpResponse(word, content_type="text/plain; charset=utf-8")


def _asked(guest: Guest, *, request_id: UUID) -> RequestView:
    """Return a consent of this booking, its set-up asked about at the provider unless that has ended."""
    taken = show_request(guest.operator, visit=guest.visit, request_id=request_id)
    if taken.setup is None or taken.setup.state.is_terminal:
        return taken
    refresh_setup(guest.operator, setup_id=taken.setup.id)
    return show_request(guest.operator, visit=guest.visit, request_id=request_id)


def _word(taken: RequestView) -> str:
    """Name how a consent stands: done, ended, or how far the storing of its card is."""
    if taken.state != "waiting":
        return taken.state
    if taken.setup is None:
        return "paying"
    return "entering" if taken.setup.in_frame else "confirming"
