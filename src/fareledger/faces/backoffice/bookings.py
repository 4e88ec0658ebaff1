"""The list of bookings: what it is asked lives in the address, so that a list can be kept, sent on and exported."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice import bookings_controls as controls
from fareledger.faces.backoffice.billing import Badge, payment_badge
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.booking_query import BookingQuery, InvalidQuery, address_query, query_of
from fareledger.usecases.list_bookings import PAGE_SIZE, ListedBooking, list_bookings
from fareledger.usecases.mail_links import MAX_LINKS
from fareledger.usecases.saved_views import SavedListView, list_views


@dataclass(frozen=True)
class Tab:
    """One view as a tab."""

    words: str
    address: str
    chosen: bool


@staff_page
@require_safe
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the bookings that the address asks for; one that asks for nothing in some fields is made shorter."""
    values = request.GET.dict()
    number = values.get("page", "1")
    if not (number.isascii() and number.isdecimal()):
        raise Http404
    try:
        asked = query_of(values, operator=staff.operator)
    except InvalidQuery as refusal:
        return _refused(request, staff=staff, refusal=refusal)
    if "" in values.values():
        return SeeOther(controls.address(asked))
    found = list_bookings(staff.operator, asked=asked, page=int(number[:6]))
    first = (found.page - 1) * PAGE_SIZE + 1
    context: dict[str, object] = {
        **_around(staff, asked=asked),
        "found": found,
        "badges": {row.id: _badge(row) for row in found.rows},
        "first": first,
        "last": first + len(found.rows) - 1,
        "previous": controls.page_address(found, number=found.page - 1),
        "next": controls.page_address(found, number=found.page + 1),
    }
    return page(request, staff=staff, template="office/bookings.html", context=context)


def _refused(request: HttpRequest, *, staff: Staff, refusal: InvalidQuery) -> HttpResponse:
    """Show the controls as they were filled in and say what is wrong; no list, for nobody asked for this one."""
    faults = [Fault(error.pointer.lstrip("/"), error.message) for error in refusal.errors]
    context = {
        **_around(staff, asked=BookingQuery()),
        "found": None,
        "tabs": _tabs(staff, views=list_views(staff.operator, actor=staff.actor), asked=None),
        "values": controls.kept_values(request.GET.dict()),
        "faults": faults,
    }
    return page(request, staff=staff, template="office/bookings.html", status=422, context=context)


def _around(staff: Staff, *, asked: BookingQuery) -> dict[str, object]:
    views = list_views(staff.operator, actor=staff.actor)
    tabs = _tabs(staff, views=views, asked=asked)
    query = address_query(asked)
    kept = next((view for view in views if view.query == query), None)
    return {
        "section": "bookings",
        "asked": asked,
        "tabs": tabs,
        "view": next((tab.words for tab in tabs if tab.chosen), "Bookings"),
        "kept": kept,
        "can_keep": not any(tab.chosen for tab in tabs),
        "query": query,
        "values": controls.values_of(asked),
        "faults": [],
        "chips": controls.chips(asked),
        "columns": controls.columns(asked),
        "orders": controls.orders(),
        "order_words": controls.order_words(asked),
        "statuses": controls.statuses(),
        "everything": reverse("office_bookings"),
        "max_links": MAX_LINKS,
    }


def _tabs(staff: Staff, *, views: tuple[SavedListView, ...], asked: BookingQuery | None) -> list[Tab]:
    current = None if asked is None else address_query(asked)
    built_in = [(words, address_query(query)) for words, query in controls.BUILT_IN.items()]
    own = [(view.name if view.mine else f"{view.name} ({view.owner})", view.query) for view in views]
    here = reverse("office_bookings")
    return [
        Tab(words, address=f"{here}?{query}" if query else here, chosen=query == current)
        for words, query in (*built_in, *own)
    ]


def _badge(row: ListedBooking) -> Badge:
    return payment_badge(
        status=row.payment_status, refund_due=row.refund_due, overdue=row.overdue, cancelled=row.cancelled
    )
