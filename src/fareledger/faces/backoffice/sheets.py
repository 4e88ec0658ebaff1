"""Dialogs that are pages too: a form has an address of its own, and with script the same form opens over the page.

Script asks for the form as a fragment (as htmx does); without it the link opens the page. Who comes second is told who
was first. Nothing here knows what a form is for.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, is_htmx, page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.find_open_row import RowHasMovedOn
from fareledger.usecases.show_booking import Billing, RowView


def sheet(
    request: HttpRequest, *, staff: Staff, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Draw a form as a fragment for a dialog, or as a page; `context` has its `title` and the `booking`."""
    whole: dict[str, object] = {"section": "bookings", "faults": [], "sheet": template, **context}
    if not is_htmx(request):
        whole["heading"] = "h1"
        return page(request, staff=staff, template="office/sheet.html", status=status, context=whole)
    frame = {"staff": staff, "operator": staff.operator, "zone": staff.operator.time_zone, "heading": "h2"}
    return render(request, template, {**frame, "may": staff.actor.may, **whole}, status=status)


def done(request: HttpRequest, *, to: str, said: str) -> HttpResponse:
    """Lead on to a page that says what was done."""
    leave_notice(request, text=said)
    return HttpResponse(headers={"HX-Redirect": to}) if is_htmx(request) else SeeOther(to)


def conflict(request: HttpRequest, *, staff: Staff, shown: Billing, error: Conflict) -> HttpResponse:
    """Say who was quicker and when, in the operator's time, or that the row's money is moving now."""
    context: dict[str, object] = {"title": "Nothing was changed", "booking": shown.booking, "error": error}
    context["quicker"] = isinstance(error, RowHasMovedOn)
    return sheet(request, staff=staff, template="office/billing_conflict.html", status=409, context=context)


def about_row(request: HttpRequest, *, shown: Billing, row: RowView) -> dict[str, object]:
    """Return what every form about one row shows, with the key that makes it count once."""
    return {
        "booking": shown.booking,
        "row": row,
        "today": shown.today,
        "form_key": posted_key(request) or new_id(),
    }


def posted_key(request: HttpRequest) -> UUID | None:
    """Return the key of the form that was sent; None when it is missing or no key."""
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return None
