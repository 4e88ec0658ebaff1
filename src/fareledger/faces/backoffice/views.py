"""Keeping a list of bookings as a tab: naming it, sharing it with colleagues, and taking it away again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.errors import Conflict, Refused
from fareledger.faces.backoffice import bookings_controls as controls
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.booking_query import InvalidQuery, query_of
from fareledger.usecases.saved_views import MAX_NAME, change_view, delete_view, save_view, show_view

read_or_post = require_http_methods(["GET", "HEAD", "POST"])


@staff_page
@read_or_post
def keep(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Keep the list that the address asks for."""
    query = request.GET.urlencode()
    try:
        asked = query_of(request.GET.dict(), operator=staff.operator)
    except InvalidQuery:
        return SeeOther(f"{reverse('office_bookings')}?{query}")
    there = controls.address(asked)
    context: dict[str, object] = {
        "section": "bookings",
        "title": "Save this view",
        "back": there,
        "about": [chip.words for chip in controls.chips(asked)],
        "order_words": controls.order_words(asked),
        "max_name": MAX_NAME,
        "own": True,
    }
    if request.method != "POST":
        return _form(request, staff=staff, context=context, faults=[], values={"name": "", "shared": False})
    name, shared = request.POST.get("name", ""), request.POST.get("shared") == "yes"
    try:
        save_view(staff.operator, name=name, query=query, shared=shared, actor=staff.actor)
    except (Refused, Conflict) as refusal:
        values = {"name": name, "shared": shared}
        return _form(request, staff=staff, context=context, faults=[_fault(refusal)], values=values)
    leave_notice(request, text=f"“{' '.join(name.split())}” is one of your tabs now.")
    return SeeOther(there)


@staff_page
@read_or_post
def change(request: HttpRequest, *, staff: Staff, view_id: UUID) -> HttpResponse:
    """Rename a kept list, or share it or no longer."""
    view = show_view(staff.operator, view_id=view_id, actor=staff.actor)
    there = reverse("office_bookings") + (f"?{view.query}" if view.query else "")
    context: dict[str, object] = {
        "section": "bookings",
        "title": f"View “{view.name}”",
        "back": there,
        "view": view,
        "max_name": MAX_NAME,
        "own": view.mine,
    }
    if request.method != "POST":
        values = {"name": view.name, "shared": view.shared}
        return _form(request, staff=staff, context=context, faults=[], values=values)
    name, shared = request.POST.get("name", ""), request.POST.get("shared") == "yes"
    try:
        change_view(staff.operator, view_id=view_id, name=name, shared=shared, actor=staff.actor)
    except (Refused, Conflict) as refusal:
        values = {"name": name, "shared": shared}
        return _form(request, staff=staff, context=context, faults=[_fault(refusal)], values=values)
    leave_notice(request, text="The view is changed.")
    return SeeOther(there)


@staff_page
@read_or_post
def delete(request: HttpRequest, *, staff: Staff, view_id: UUID) -> HttpResponse:
    """Ask whether a kept list is to go, and take it away."""
    view = show_view(staff.operator, view_id=view_id, actor=staff.actor)
    if request.method == "POST":
        delete_view(staff.operator, view_id=view_id, actor=staff.actor)
        leave_notice(request, text=f"“{view.name}” is deleted. Its bookings are all still there.")
        return SeeOther(reverse("office_bookings"))
    context = {"section": "bookings", "view": view}
    return page(request, staff=staff, template="office/bookings_view_delete.html", context=context)


def _form(
    request: HttpRequest,
    *,
    staff: Staff,
    context: dict[str, object],
    faults: list[Fault],
    values: dict[str, object],
) -> HttpResponse:
    return page(
        request,
        staff=staff,
        template="office/bookings_view.html",
        status=422 if faults else 200,
        context={**context, "faults": faults, "values": values},
    )


def _fault(refusal: Refused | Conflict) -> Fault:
    return Fault((refusal.field or "/name").lstrip("/"), refusal.message)
