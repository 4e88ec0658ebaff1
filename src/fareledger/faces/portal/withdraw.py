"""Taking an approval back in two clicks: the button beside the payment, and this page's."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.review_approvals import ApprovalNotFound, approved_row, can_withdraw
from fareledger.usecases.withdraw_approval import TooLateToWithdraw, withdraw_approval


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def withdraw(request: HttpRequest, *, guest: Guest, transaction_id: UUID) -> HttpResponse:
    """Ask once more what withdrawing means; on POST, withdraw and lead to what is scheduled."""
    onwards = url("portal_approve", slug=guest.operator.slug)
    too_late = False
    if request.method == "POST":
        try:
            withdraw_approval(
                guest.operator,
                visit=guest.visit,
                transaction_id=transaction_id,
                approval_id=_approval_id(request),
            )
        except TooLateToWithdraw:
            too_late = True
        else:
            return SeeOther(f"{onwards}?withdrawn=1")
    try:
        billing, row = approved_row(guest.operator, visit=guest.visit, transaction_id=transaction_id)
    except ApprovalNotFound:
        return SeeOther(onwards)
    card = next((one for one in billing.mandates if row.approval and one.id == row.approval.mandate_id), None)
    context = {
        **booking_context(guest, billing=billing),
        "row": row,
        "card": card,
        "possible": can_withdraw(row, billing=billing) and not too_late,
        "too_late": too_late,
    }
    status = 422 if too_late else 200
    return page(request, operator=guest.operator, template="withdraw.html", context=context, status=status)


def _approval_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("approval", ""))
    except ValueError as trouble:
        raise ApprovalNotFound from trouble
