"""The list of bookings: search, status and page live in the address, so a list can be kept and sent on."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.billing import Badge, payment_badge
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.usecases.booking_query import STATUSES, status_query
from fareledger.usecases.list_bookings import (
    PAGE_SIZE,
    BookingList,
    ListedBooking,
    list_bookings,
)

MAX_SEARCH = 100
VIEWS = {
    "": "All",
    "overdue": "Overdue",
    "refund_due": "Refund due",
    "departing": "Departing in 30 days",
    "unpaid": "Unpaid",
    "partially_paid": "Partially paid",
    "paid": "Paid",
    "cancelled": "Cancelled",
}


@staff_page
@require_safe
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the bookings that the address asks for, most lately changed first."""
    search = request.GET.get("q", "").strip()[:MAX_SEARCH]
    status = request.GET.get("status", "")
    number = request.GET.get("page", "1")
    if status not in ("", *STATUSES) or not (number.isascii() and number.isdecimal()):
        raise Http404
    asked = status_query(search=search, status=status, operator=staff.operator)
    found = list_bookings(staff.operator, asked=asked, page=int(number[:6]))
    first = (found.page - 1) * PAGE_SIZE + 1
    context: dict[str, object] = {
        "section": "bookings",
        "found": found,
        "search": search,
        "status": status,
        "views": [
            (words, _address(search=search, status=code), code == status) for code, words in VIEWS.items()
        ],
        "badges": {row.id: _badge(row) for row in found.rows},
        "first": first,
        "last": first + len(found.rows) - 1,
        "previous": _page_address(found, search=search, status=status, number=found.page - 1),
        "next": _page_address(found, search=search, status=status, number=found.page + 1),
        "everything": reverse("office_bookings"),
        "view": VIEWS[status],
    }
    return page(request, staff=staff, template="office/bookings.html", context=context)


def _badge(row: ListedBooking) -> Badge:
    return payment_badge(
        status=row.payment_status, refund_due=row.refund_due, overdue=row.overdue, cancelled=row.cancelled
    )


def _page_address(found: BookingList, *, search: str, status: str, number: int) -> str:
    """Return the address of another page of the same list; empty when there is no such page."""
    if not 1 <= number <= found.pages or number == found.page:
        return ""
    return _address(search=search, status=status, page=number)


def _address(*, search: str, status: str, page: int = 1) -> str:
    asked = {"q": search, "status": status, "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("office_bookings") + (f"?{query}" if query else "")
