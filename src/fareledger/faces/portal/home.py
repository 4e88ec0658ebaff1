"""The booking as its customer sees it: what is left and by when, what was paid, the trip, the history."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.domain.identity import new_id
from fareledger.faces.portal.approvals import approvals_of
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.movements import movements_of
from fareledger.faces.portal.news import known_cards, news_of
from fareledger.faces.portal.refund_steps import refund_steps
from fareledger.faces.portal.standing import bar_of, standing_of
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.usecases.booking_account import account_of
from fareledger.usecases.offer_payment import may_have_banks
from fareledger.usecases.show_booking import Billing, billing_by_id

RECENT = 3


@require_safe
@guest_page
def home(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show the booking home."""
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    return page(
        request,
        operator=guest.operator,
        template="home.html",
        context=booking_context(guest, billing=billing),
    )


@require_safe
@guest_page
def history(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show everything that was paid, refunded or is scheduled, and how the amount that is left came about."""
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    return page(
        request,
        operator=guest.operator,
        template="history.html",
        context=booking_context(guest, billing=billing),
    )


def booking_context(guest: Guest, *, billing: Billing) -> dict[str, object]:
    """Return what every page about a booking draws from; each drawing has a form key of its own."""
    movements = movements_of(billing)
    standing = standing_of(billing)
    return {
        "visit": guest.visit,
        "billing": billing,
        "booking": billing.booking,
        "figures": billing.figures,
        "currency": billing.booking.currency,
        "locale": billing.booking.customer_locale,
        "standing": standing,
        "news": news_of(billing, standing=standing, movements=movements),
        "cards": known_cards(billing),
        "bar": bar_of(billing),
        "prices": [line for line in account_of(billing) if line.is_sale],
        "movements": movements,
        "refund_steps": refund_steps(guest, billing=billing),
        "recent": movements[::-1][:RECENT],
        "pays_by_bank": may_have_banks(guest.operator, currency=billing.booking.currency),
        "form_key": str(new_id()),
        **approvals_of(guest, billing=billing),
    }
