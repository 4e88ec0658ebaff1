"""The page of one approved payment that is being collected: how it stands, and the one thing its customer can do.

Where the bank wants its customer, the button has this very charge made with them there; the bank asks in the
provider's frame. Other ways to pay are the pay page's.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.errors import Conflict, FareledgerError, Refused
from fareledger.faces.portal.brand import frame_style
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.pay_attempt import address_of_attempt
from fareledger.faces.portal.visits import Guest, guest_page, public_origin
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.payment_form import AmountChanged, RowNotFound
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from fareledger.usecases.start_payment import PaymentForm, PaymentInProgress, start_payment
from fareledger.usecases.visit_rights import NotProven, OnlyLooking

_MAX_KEY: Final = 64
_LARGEST_MINOR: Final = 2**63 - 1


class _Unusable(Conflict):
    """A form that says nothing we asked for, or a charge that does not wait for its customer any more."""

    def __init__(self, code: str) -> None:
        super().__init__(code=code, message="There is nothing to approve here, or not with this form.")


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def collection(request: HttpRequest, *, guest: Guest, transaction_id: UUID) -> HttpResponse:
    """Tell how the collection of a row stands; on POST, have the charge made that waits for its customer."""
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    row = next((one for one in billing.rows if one.id == transaction_id and one.kind == "payment"), None)
    if row is None:
        raise RowNotFound
    if request.method != "POST":
        return _draw(request, guest=guest, row_id=row.id)
    try:
        attempt = start_payment(guest.operator, form=_form(request, guest=guest, billing=billing, row=row))
    except PaymentInProgress as standing:
        attempt = standing.attempt
    except (OnlyLooking, NotProven):
        raise
    except (Conflict, Refused) as refusal:
        return _draw(request, guest=guest, row_id=row.id, refusal=refusal)
    return SeeOther(address_of_attempt(guest, attempt=attempt))


def _draw(
    request: HttpRequest, *, guest: Guest, row_id: UUID, refusal: FareledgerError | None = None
) -> HttpResponse:
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    row = next((one for one in billing.rows if one.id == row_id), None)
    if row is None:
        raise RowNotFound
    common = booking_context(guest, billing=billing)
    changed = refusal if isinstance(refusal, AmountChanged) else None
    context = {
        **common,
        "row": row,
        "state": state_of(row),
        "card": common["cards"].get(row.approval.mandate_id) if row.approval else None,  # type: ignore[attr-defined]  # a dict
        "refusal": refusal.code if refusal else "",
        "shown_minor": changed.shown_minor if changed else 0,
        "now_minor": changed.amount_minor if changed else 0,
    }
    status = 422 if refusal else 200
    return page(request, operator=guest.operator, template="collection.html", context=context, status=status)


def state_of(row: RowView) -> str:
    """Name what the page of a row says: its collection's state, or that it is settled or not collected."""
    if row.status != "open":
        return "settled"
    if row.collection is None or row.collection.state == "ended" or row.approval is None:
        return "not_collected"
    return row.collection.state


def _form(request: HttpRequest, *, guest: Guest, billing: Billing, row: RowView) -> PaymentForm:
    """Read what was pressed; raises what the page has to say about it."""
    key, shown = request.POST.get("form_key", ""), request.POST.get("shown_minor", "")
    readable = shown.isascii() and shown.isdigit() and len(shown) <= 19 and 0 < int(shown) <= _LARGEST_MINOR
    if not 0 < len(key) <= _MAX_KEY or not readable:
        raise _Unusable("stale_form")
    if state_of(row) != "needs_customer" and guest.visit.may_pay:
        raise _Unusable("no_longer_open")
    home = reverse("portal_home", kwargs={"slug": guest.operator.slug})
    return PaymentForm(
        booking_id=guest.visit.booking_id,
        visit=guest.visit,
        wanted="next",
        transaction_id=row.id,
        amount_minor=int(shown),
        method="saved_card",
        form_key=key,
        channel="portal",
        return_url=f"{public_origin(request)}{home}payments/{{attempt}}/",
        locale=reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale),
        frame_style=frame_style(guest.operator),
    )
