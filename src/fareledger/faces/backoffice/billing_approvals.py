"""The proof of a customer's consent to one scheduled payment, for those who may look into accesses."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.usecases.show_approvals import show_consents
from fareledger.usecases.show_booking import billing_by_reference


@staff_page
@require_safe
def consents(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Show every consent there was for a payment, with the words that were agreed to."""
    shown = billing_by_reference(staff.operator, reference=reference)
    found = show_consents(
        staff.operator, booking_id=shown.booking.id, transaction_id=row_id, actor=staff.actor
    )
    context = {"section": "bookings", "booking": shown.booking, "consents": found}
    return page(request, staff=staff, template="office/billing_consents.html", context=context)
