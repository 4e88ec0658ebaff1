"""What staff do with a closed row: finance take back what was recorded by mistake, anybody sends its confirmation.

The row itself never changes. Each act has a page of its own that also opens as a dialog.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import Permission
from fareledger.faces.backoffice.billing import address, is_reversible, reversed_with
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.backoffice.sheets import about_row, conflict, done, sheet
from fareledger.faces.shared.formatting import coded_amount
from fareledger.usecases.find_open_row import RowHasMovedOn
from fareledger.usecases.reverse_transaction import (
    InvalidReversal,
    ReversalBelowNothing,
    reverse_transaction,
)
from fareledger.usecases.send_confirmation import InvalidConfirmation, send_confirmation
from fareledger.usecases.show_booking import Billing, RowView, billing_by_reference
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.who_was_first import who_was_first

_METHODS = ["GET", "HEAD", "POST"]
_MAX_SENT = 2000


@staff_page
@require_http_methods(_METHODS)
def reverse(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Ask for the reason, and then take a closed row back."""
    staff.actor.require(Permission.REVERSE)
    shown = billing_by_reference(staff.operator, reference=reference)
    row = _closed_row(shown, row_id=row_id)
    chain = money_chain(staff.operator, booking_id=shown.booking.id)
    together = reversed_with(row, shown=shown, chain=chain)
    amount_minor = sum(one.amount_minor for one in together)
    reason = request.POST.get("reason", "").replace("\r\n", "\n").strip()[:_MAX_SENT]
    faults = []
    try:
        if request.method == "POST":
            reverse_transaction(
                staff.operator,
                booking_id=shown.booking.id,
                transaction_id=row_id,
                reason=reason,
                actor=staff.actor,
            )
            amount = coded_amount(amount_minor, shown.booking.currency)
            said = f"The {row.kind} of {amount} is reversed."
            return done(request, to=address(shown.booking.reference), said=said)
        if row.reversed_by:
            raise who_was_first(staff.operator, booking_id=shown.booking.id, transaction_id=row_id)
    except RowHasMovedOn as error:
        return conflict(request, staff=staff, shown=shown, error=error)
    except (InvalidReversal, ReversalBelowNothing) as error:
        faults = [Fault("reason", error.message)]
    if not is_reversible(row):
        raise Http404
    context = {
        **about_row(request, shown=shown, row=row),
        "title": f"Reverse a {row.kind}",
        "faults": faults,
        "values": {"reason": reason},
        "together": together,
        "amount_minor": amount_minor,
        "outstanding_minor": shown.figures.outstanding_with(row.kind, amount_minor=-amount_minor),
        "after_minor": shown.figures.unplanned_with(row.kind, amount_minor=-amount_minor),
    }
    status = 422 if faults else 200
    return sheet(request, staff=staff, template="office/billing_reverse.html", status=status, context=context)


@staff_page
@require_http_methods(_METHODS)
def confirm(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Ask for the recipient, and then send the confirmation of a closed row."""
    staff.actor.require(Permission.CONTACT_CUSTOMERS)
    shown = billing_by_reference(staff.operator, reference=reference)
    row = _closed_row(shown, row_id=row_id)
    to_operator = request.POST.get("to_operator") == "yes"
    to_email = request.POST.get("to_email", shown.booking.customer_email).strip()[:_MAX_SENT]
    faults = []
    if request.method == "POST":
        recipient = staff.operator.support_email if to_operator else to_email
        try:
            send_confirmation(
                staff.operator,
                booking_id=shown.booking.id,
                transaction_id=row_id,
                to_email=recipient,
                actor=staff.actor,
            )
        except InvalidConfirmation as error:
            faults = [Fault("to_email", error.message)]
        else:
            said = f"The {row.kind} confirmation is on its way to {recipient}."
            return done(request, to=address(shown.booking.reference), said=said)
    context = {
        **about_row(request, shown=shown, row=row),
        "title": f"Send {row.kind} confirmation",
        "faults": faults,
        "values": {"to_email": to_email, "to_operator": to_operator},
    }
    status = 422 if faults else 200
    return sheet(request, staff=staff, template="office/billing_confirm.html", status=status, context=context)


def _closed_row(shown: Billing, *, row_id: UUID) -> RowView:
    """Return the closed row; a reversal and a row that is still open have no such pages."""
    row = next((row for row in shown.closed_rows if row.id == row_id and not row.is_reversal), None)
    if row is None:
        raise Http404
    return row
