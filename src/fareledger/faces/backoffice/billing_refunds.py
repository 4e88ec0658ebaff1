"""Staff send money back online for an open refund row, and a second person agrees to it or refuses.

Each act has a page of its own that also opens as a dialog. Where the money goes is worked out by the use cases and
shown before anything is sent.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import Permission
from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.domain.refunding import RefundExceedsCaptured
from fareledger.faces.backoffice.billing import address
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.backoffice.sheets import about_row, conflict, done, posted_key, sheet
from fareledger.faces.shared.formatting import coded_amount
from fareledger.usecases.decide_refund import (
    AlreadyDecided,
    NeedsAnotherPerson,
    ReasonNeeded,
    agree_to_refund,
    refuse_refund,
)
from fareledger.usecases.find_open_row import RefundInProgress, RowHasMovedOn
from fareledger.usecases.order_refund import RefundChanged, RefundForm, order_refund
from fareledger.usecases.show_booking import Billing, RowView, billing_by_reference
from fareledger.usecases.show_refunds import RefundView, show_offer, show_refunds
from fareledger.usecases.spread_refunds import NothingRefundable
from fareledger.usecases.who_was_first import who_was_first

_METHODS = ["GET", "HEAD", "POST"]
_MAX_SENT = 2000
_SAID = {
    "waiting": "waits for a second person to agree to it.",
    "running": "is on its way back to the customer.",
    "done": "has gone back to the customer.",
    "failed": "could not be sent, or not all of it. The row is still open.",
    "refused": "was refused.",
}


@staff_page
@require_http_methods(_METHODS)
def refund(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Show where the money would go back to, and then send it, or ask a second person."""
    staff.actor.require(Permission.COMMIT)
    shown = billing_by_reference(staff.operator, reference=reference)
    row = next((row for row in shown.rows if row.id == row_id and row.kind == "refund"), None)
    if row is None:
        raise Http404
    faults = []
    try:
        if request.method == "POST":
            return _order(request, staff=staff, shown=shown, row=row)
        if row.status != "open":
            raise who_was_first(staff.operator, booking_id=shown.booking.id, transaction_id=row_id)
        if any(one.live and one.transaction_id == row_id for one in _orders(staff, shown=shown)):
            return conflict(request, staff=staff, shown=shown, error=RefundInProgress())
    except (RowHasMovedOn, RefundInProgress) as error:
        return conflict(request, staff=staff, shown=shown, error=error)
    except (RefundChanged, NothingRefundable) as error:
        faults = [Fault("send", error.message)]
    return _form(request, staff=staff, shown=shown, row=row, faults=faults)


@staff_page
@require_http_methods(_METHODS)
def decide(request: HttpRequest, *, staff: Staff, reference: str, order_id: UUID) -> HttpResponse:
    """Show what a colleague asked for, and then send it or refuse it."""
    staff.actor.require(Permission.APPROVE)
    shown = billing_by_reference(staff.operator, reference=reference)
    order = next((one for one in _orders(staff, shown=shown) if one.id == order_id), None)
    if order is None:
        raise Http404
    reason = request.POST.get("reason", "").replace("\r\n", "\n").strip()[:_MAX_SENT]
    faults = []
    try:
        if request.method == "POST":
            return _decide(request, staff=staff, shown=shown, order=order, reason=reason)
        if order.status != "waiting":
            return conflict(request, staff=staff, shown=shown, error=AlreadyDecided(by=order.decided_by))
    except (RowHasMovedOn, AlreadyDecided) as error:
        return conflict(request, staff=staff, shown=shown, error=error)
    except (ReasonNeeded, NeedsAnotherPerson, RefundExceedsCaptured) as error:
        faults = [Fault("reason" if isinstance(error, ReasonNeeded) else "agree", error.message)]
    row = next((row for row in shown.rows if row.id == order.transaction_id), None)
    if row is None or row.status != "open":
        raise Http404
    context = {
        **about_row(request, shown=shown, row=row),
        "title": "Agree to an online refund",
        "order": order,
        "own": staff.actor.id is not None and order.asked_by_id == staff.actor.id,
        "offer": show_offer(staff.operator, booking_id=shown.booking.id, transaction_id=row.id),
        "faults": faults,
        "values": {"reason": reason},
    }
    status = 422 if faults else 200
    template = "office/billing_refund_decide.html"
    return sheet(request, staff=staff, template=template, status=status, context=context)


def _order(request: HttpRequest, *, staff: Staff, shown: Billing, row: RowView) -> HttpResponse:
    sent = request.POST.get("shown_minor", "")
    form = RefundForm(
        booking_id=shown.booking.id,
        transaction_id=row.id,
        shown_minor=int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else -1,
        form_key=posted_key(request) or new_id(),
    )
    return _done(request, shown=shown, order=order_refund(staff.operator, form=form, actor=staff.actor))


def _decide(
    request: HttpRequest, *, staff: Staff, shown: Billing, order: RefundView, reason: str
) -> HttpResponse:
    asked = {"booking_id": shown.booking.id, "order_id": order.id}
    if request.POST.get("decision") == "refuse":
        after = refuse_refund(staff.operator, **asked, reason=reason, actor=staff.actor)
    else:
        after = agree_to_refund(staff.operator, **asked, actor=staff.actor)
    return _done(request, shown=shown, order=after)


def _done(request: HttpRequest, *, shown: Billing, order: RefundView) -> HttpResponse:
    amount = coded_amount(order.amount_minor, order.currency)
    said = f"The online refund of {amount} {_SAID[order.status]}"
    return done(request, to=address(shown.booking.reference), said=said)


def _form(
    request: HttpRequest, *, staff: Staff, shown: Billing, row: RowView, faults: list[Fault]
) -> HttpResponse:
    try:
        offer = show_offer(staff.operator, booking_id=shown.booking.id, transaction_id=row.id)
    except Conflict as gone:
        if isinstance(gone, RowHasMovedOn):
            return conflict(request, staff=staff, shown=shown, error=gone)
        raise
    context = {
        **about_row(request, shown=shown, row=row),
        "title": "Refund online",
        "offer": offer,
        "faults": faults,
    }
    if faults:
        # What is shown now is another refund than the one that was sent.
        context["form_key"] = new_id()
    status = 422 if faults else 200
    return sheet(request, staff=staff, template="office/billing_refund.html", status=status, context=context)


def _orders(staff: Staff, *, shown: Billing) -> tuple[RefundView, ...]:
    return show_refunds(staff.operator, booking_id=shown.booking.id)
