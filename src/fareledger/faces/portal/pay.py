"""Paying the next payment by card: the choice, the page with the provider's own frame, and what came of it.

Card numbers are typed into the provider's frame and never reach this origin. Whether money moved is asked at
the provider, never read from an address.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.errors import Conflict, FareledgerError
from fareledger.domain.payment_machine import State
from fareledger.faces.portal.brand import frame_style
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.movements import movements_of, of_attempt
from fareledger.faces.portal.visits import Guest, guest_page, public_origin
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.provider_accounts import NoProviderAccount
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from fareledger.usecases.show_booking import billing_by_id
from fareledger.usecases.start_payment import (
    AmountChanged,
    PaymentForm,
    PaymentInProgress,
    start_payment,
)

MAX_KEY = 64
_LARGEST_MINOR = 2**63 - 1


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def pay(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show the next payment; on POST, start it and lead on to the provider's frame."""
    if request.method != "POST":
        return _choice(request, guest=guest, refusal=None)
    form = _card_form(request, guest=guest)
    if form is None:
        return _choice(request, guest=guest, refusal=_StaleForm())
    try:
        attempt = start_payment(guest.operator, form=form)
    except PaymentInProgress as standing:
        attempt = standing.attempt
    except (Conflict, NoProviderAccount) as refusal:
        return _choice(request, guest=guest, refusal=refusal)
    return SeeOther(_address_of(guest, attempt=attempt))


@require_safe
@guest_page
def card(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Show the provider's frame beside the amount; an attempt that is over leads to its outcome."""
    attempt = show_attempt(guest.operator, attempt_id=attempt_id, booking_id=guest.visit.booking_id)
    if not _in_frame(attempt) or not guest.visit.may_pay:
        return SeeOther(_outcome_address(guest, attempt_id=attempt.id))
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    context = {**booking_context(guest, billing=billing), "attempt": attempt}
    response = page(request, operator=guest.operator, template="card.html", context=context)
    response._csp_replace = {"frame-src": [attempt.frame_origin]}  # type: ignore[attr-defined]  # django-csp
    return response


@require_safe
@guest_page
def outcome(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Say what came of a payment, as its provider tells it now; the address stays good for ever."""
    attempt = _asked(guest, attempt_id=attempt_id)
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    movement = of_attempt(movements_of(billing), attempt_id=attempt.id)
    context = {**booking_context(guest, billing=billing), "attempt": attempt, "movement": movement}
    return page(request, operator=guest.operator, template="outcome.html", context=context)


@require_safe
@guest_page
def state(request: HttpRequest, *, guest: Guest, attempt_id: UUID) -> HttpResponse:
    """Answer with the state's word alone, for a page that waits for it to change."""
    return HttpResponse(
        _asked(guest, attempt_id=attempt_id).state.value, content_type="text/plain; charset=utf-8"
    )


class _StaleForm(Conflict):
    """A form that says nothing we asked for, such as one of an older version of the page."""

    def __init__(self) -> None:
        super().__init__(code="stale_form", message="The form was not complete.")


def _asked(guest: Guest, *, attempt_id: UUID) -> AttemptView:
    """Return an attempt of this booking, asked about at the provider unless it has ended."""
    show_attempt(guest.operator, attempt_id=attempt_id, booking_id=guest.visit.booking_id)
    return refresh_attempt(guest.operator, attempt_id=attempt_id)


def _choice(request: HttpRequest, *, guest: Guest, refusal: FareledgerError | None) -> HttpResponse:
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    changed = refusal if isinstance(refusal, AmountChanged) else None
    context = {
        **booking_context(guest, billing=billing),
        "refusal": refusal.code if refusal else "",
        "shown_minor": changed.shown_minor if changed else 0,
    }
    return page(
        request, operator=guest.operator, template="pay.html", context=context, status=422 if refusal else 200
    )


def _card_form(request: HttpRequest, *, guest: Guest) -> PaymentForm | None:
    """Read what was pressed; None when a field is missing or is not what the page had put there."""
    key = request.POST.get("form_key", "")
    try:
        transaction_id = UUID(request.POST.get("transaction", ""))
        shown_minor = int(request.POST.get("shown_minor", ""))
    except ValueError:
        return None
    if not 0 < len(key) <= MAX_KEY or not 0 < shown_minor <= _LARGEST_MINOR:
        return None
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    home = reverse("portal_home", kwargs={"slug": guest.operator.slug})
    return PaymentForm(
        booking_id=guest.visit.booking_id,
        transaction_id=transaction_id,
        amount_minor=shown_minor,
        form_key=key,
        channel="portal",
        return_url=f"{public_origin(request)}{home}payments/{{attempt}}/",
        locale=reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale),
        frame_style=frame_style(guest.operator),
    )


def _in_frame(attempt: AttemptView) -> bool:
    # With a contradiction on record nobody knows whether money moved, so nothing more is asked of the customer.
    return attempt.state is State.AWAITING_CUSTOMER and bool(attempt.frame_origin) and not attempt.problem


def _address_of(guest: Guest, *, attempt: AttemptView) -> str:
    if _in_frame(attempt):
        return reverse("portal_card", kwargs={"slug": guest.operator.slug, "attempt_id": attempt.id})
    return _outcome_address(guest, attempt_id=attempt.id)


def _outcome_address(guest: Guest, *, attempt_id: UUID) -> str:
    return reverse("portal_outcome", kwargs={"slug": guest.operator.slug, "attempt_id": attempt_id})
