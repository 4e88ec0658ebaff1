"""One payment that was started: the provider's own frame or the way to the bank, and what came of it.

Card numbers are typed into the provider's frame and never reach this origin. Whether money moved is asked at
the provider, never read from an address.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from fareledger.domain.payment_machine import State
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.movements import movements_of, of_attempt
from fareledger.faces.portal.pay_page import pay_address, retry_query
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.qr import qr_path
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.offer_payment import offered_choices
from fareledger.usecases.payment_form import Means
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from fareledger.usecases.show_booking import Billing, billing_by_id


@require_safe
@guest_page
def card(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Show the provider's frame beside the amount, or the way to the bank; what is over leads to its outcome."""
    attempt = show_attempt(guest.operator, attempt_id=attempt_id, booking_id=guest.visit.booking_id)
    if not _can_go_on(attempt) or not guest.visit.may_pay:
        return SeeOther(_outcome_address(guest, attempt_id=attempt.id))
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    context = {
        **booking_context(guest, billing=billing),
        "attempt": attempt,
        "otherwise": _again(guest, attempt=attempt, billing=billing)["otherwise"],
        "qr": qr_path(attempt.hosted_url) if attempt.by_bank else None,
    }
    template = "bank.html" if attempt.by_bank else "card.html"
    response = page(request, operator=guest.operator, template=template, context=context)
    if not attempt.by_bank:
        response._csp_replace = {"frame-src": [attempt.frame_origin]}  # type: ignore[attr-defined]  # django-csp
    return response


@require_safe
@guest_page
def outcome(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Say what came of a payment, as its provider tells it now; the address stays good for ever."""
    attempt = _asked(guest, attempt_id=attempt_id)
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    context = {
        **booking_context(guest, billing=billing),
        "attempt": attempt,
        "movement": of_attempt(movements_of(billing), attempt_id=attempt.id),
        **_again(guest, attempt=attempt, billing=billing),
    }
    return page(request, operator=guest.operator, template="outcome.html", context=context)


@require_safe
@guest_page
def state(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Answer with the state's word alone, for a page that waits for it to change."""
    return HttpResponse(
        _asked(guest, attempt_id=attempt_id).state.value, content_type="text/plain; charset=utf-8"
    )


def address_of_attempt(guest: Guest, *, attempt: AttemptView) -> str:
    """Return where somebody who started a payment goes on with it, or sees what came of it."""
    if _can_go_on(attempt):
        return reverse("portal_card", kwargs={"slug": guest.operator.slug, "attempt_id": attempt.id})
    return _outcome_address(guest, attempt_id=attempt.id)


def _again(guest: Guest, *, attempt: AttemptView, billing: Billing) -> dict[str, object]:
    """Say how the same amount may be tried again: the same way, and another way."""
    choices = offered_choices(guest.operator, billing=billing)
    means: Means = "bank" if attempt.by_bank else "saved_card" if attempt.mandate_id else "card"
    query = retry_query(attempt.amount_minor, choices=choices, method=means)
    name = "portal_banks" if attempt.by_bank else "portal_pay"
    # Where banks cannot be chosen, the pay page goes back to the card by itself.
    other = {**query, "method": "bank" if means == "card" else "card"} if query else {}
    return {
        "choices": choices,
        "retry": query,
        "retry_address": pay_address(guest, name=name, query=query or {}),
        "otherwise": pay_address(guest, name="portal_pay", query=other),
    }


def _asked(guest: Guest, *, attempt_id: UUID) -> AttemptView:
    """Return an attempt of this booking, asked about at the provider unless it has ended."""
    show_attempt(guest.operator, attempt_id=attempt_id, booking_id=guest.visit.booking_id)
    return refresh_attempt(guest.operator, attempt_id=attempt_id)


def _can_go_on(attempt: AttemptView) -> bool:
    # With a contradiction on record nobody knows whether money moved, so nothing more is asked of the customer.
    somewhere = attempt.hosted_url if attempt.by_bank else attempt.frame_origin
    return attempt.state is State.AWAITING_CUSTOMER and bool(somewhere) and not attempt.problem


def _outcome_address(guest: Guest, *, attempt_id: UUID) -> str:
    return reverse("portal_outcome", kwargs={"slug": guest.operator.slug, "attempt_id": attempt_id})
