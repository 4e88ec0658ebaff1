"""What staff do about an approved payment that could not be charged: try again now, or write to the customer again."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from fareledger.faces.backoffice.billing import address, only_posted
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.retry_collection import NothingToRetry, retry_collection, write_again
from fareledger.usecases.send_portal_link import TooManyLinkEmails
from fareledger.usecases.show_booking import billing_by_reference


@staff_page
@only_posted
def try_again(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Have the charge tried again by the worker, at once."""
    shown = billing_by_reference(staff.operator, reference=reference)
    try:
        retry_collection(
            staff.operator, booking_id=shown.booking.id, transaction_id=row_id, actor=staff.actor
        )
    except NothingToRetry as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
    else:
        leave_notice(request, text="The charge is tried again. What comes of it appears here.")
    return SeeOther(f"{address(shown.booking.reference)}#pays")


@staff_page
@only_posted
def email_again(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Email the customer the link to the stuck charge once more."""
    shown = billing_by_reference(staff.operator, reference=reference)
    try:
        email = write_again(
            staff.operator, booking_id=shown.booking.id, transaction_id=row_id, actor=staff.actor
        )
    except (NothingToRetry, TooManyLinkEmails) as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
    else:
        leave_notice(request, text=f"A link to this payment is on its way to {email}.")
    return SeeOther(f"{address(shown.booking.reference)}#pays")
