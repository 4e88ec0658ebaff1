"""The list of bookings: search and filters live in the address. Read only."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.pages import Staff, page, staff_page


@staff_page
@require_safe
def listing(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show the bookings that the address asks for."""
    return page(request, staff, "office/bookings.html", context={"section": "bookings"})
