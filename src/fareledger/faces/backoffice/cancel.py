"""Cancelling a whole booking in the back office, and taking a cancellation back.

One page shows what it does before anything is done: each component with its fee, what is handed back or still owed.
Which of the two was meant stands in the button that was pressed, so that pressing it twice never undoes the first.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import NotPermitted, Permission
from fareledger.domain.errors import Refused
from fareledger.faces.backoffice.billing import address
from fareledger.faces.backoffice.change import CHANNEL
from fareledger.faces.backoffice.change_pages import Draft, draw_preview, since
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.save_change import Handling, PreviewOutdated, save_change
from fareledger.usecases.show_booking import Billing, billing_by_reference
from fareledger.usecases.wanted_change import Cancellation, Reinstatement

_DONE = {
    "cancel": "The booking is cancelled.",
    "reinstate": "The booking is reinstated: what was cancelled is at its price again.",
}
_BEFORE = {"cancel": "The booking was cancelled already.", "reinstate": "The booking was reinstated already."}


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show what cancelling the booking, or taking that back, would do; do it when the button is pressed."""
    staff.actor.require(Permission.CHANGE_BOOKINGS)
    shown = billing_by_reference(staff.operator, reference=reference)
    if request.method != "POST" and shown.booking.reference != reference:
        return SeeOther(_address(shown))
    try:
        if request.POST.get("do") in _DONE and request.POST.get("mark"):
            return _act(request, staff=staff, shown=shown)
        do = "reinstate" if shown.booking.cancelled else "cancel"
        wanted = _wanted(shown, do=do)
        preview = preview_change(staff.operator, details=wanted, actor=staff.actor)
    except NotPermitted:
        raise
    except Refused as problem:
        leave_notice(request, text=problem.message, tone="danger")
        return SeeOther(address(shown.booking.reference))
    draft = Draft(do=do, action=_address(shown))
    return draw_preview(request, staff=staff, shown=shown, preview=preview, draft=draft)


def _act(request: HttpRequest, *, staff: Staff, shown: Billing) -> HttpResponse:
    do, notify = request.POST["do"], "notify" in request.POST
    handling = Handling(channel=CHANNEL, previewed=request.POST["mark"], notify=notify)
    try:
        wanted = _wanted(shown, do=do)
        done = save_change(staff.operator, wanted=wanted, actor=staff.actor, handling=handling)
    except PreviewOutdated as outdated:
        fresh = billing_by_reference(staff.operator, reference=shown.booking.reference)
        between = since(fresh, seen=request.POST.get("seen", ""))
        draft = Draft(do=do, action=_address(fresh), notify=notify, outdated=True, between=between)
        return draw_preview(request, staff=staff, shown=fresh, preview=outdated.preview, draft=draft)
    leave_notice(request, text=(_BEFORE if done.outcome == "unchanged" else _DONE)[do])
    return SeeOther(address(shown.booking.reference))


def _wanted(shown: Billing, *, do: str) -> Cancellation | Reinstatement:
    wanted = Reinstatement if do == "reinstate" else Cancellation
    return wanted(booking_id=shown.booking.id)


def _address(shown: Billing) -> str:
    return reverse("office_cancel", kwargs={"reference": shown.booking.reference})
