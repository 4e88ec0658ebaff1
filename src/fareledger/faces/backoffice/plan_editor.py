"""The plan editor of a booking: its open rows by other terms or by hand, a preview side by side, then saving.

Adding a row, removing one and the preview are plain GETs, since they save nothing: they work without JavaScript, and
Back leads where one was. Only saving is a POST. Rules and storage are the use case's.
"""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.change_effect import RowEffect
from fareledger.faces.backoffice.billing import address
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.plan_form import (
    PlanForm,
    faults_of_edit,
    form_entered,
    form_of,
    pressed,
    read_form,
)
from fareledger.faces.backoffice.words import say, terms_in_words
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.edit_plan import (
    InvalidPlanEdit,
    PlanChanged,
    PlanPreview,
    edit_plan,
    preview_plan,
    rows_being_paid,
)
from fareledger.usecases.show_booking import Billing, billing_by_reference

PREVIEW: Final = "preview"


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def plan_editor(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show the editor, a preview of an edit, or save it."""
    staff.actor.require(Permission.PLAN)
    shown = billing_by_reference(staff.operator, reference=reference)
    if request.method == "POST":
        return _save(request, staff=staff, shown=shown)
    if shown.booking.reference != reference:
        return SeeOther(editor_address(shown.booking.reference))
    if "by" not in request.GET:
        return _editor(request, staff=staff, shown=shown, form=form_of(shown))
    form, button = form_entered(request.GET), request.GET.get("do", "")
    if button == PREVIEW:
        return _preview(request, staff=staff, shown=shown, form=form)
    form = pressed(form, button=button, day=max(shown.today, _balance_due(shown)).isoformat())
    return _editor(request, staff=staff, shown=shown, form=form)


@staff_page
@require_safe
def after(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Say in one line what the entered plan would leave uncovered, while it is being entered."""
    shown = billing_by_reference(staff.operator, reference=reference)
    context = {
        "currency": shown.booking.currency,
        "booking": shown.booking,
        "left_minor": _left(staff, shown=shown, form=form_entered(request.GET)),
    }
    return render(request, "office/plan_editor_after.html", context)


def editor_address(reference: str) -> str:
    """Return the address of a booking's plan editor."""
    return reverse("office_plan_editor", kwargs={"reference": reference})


def _save(request: HttpRequest, *, staff: Staff, shown: Billing) -> HttpResponse:
    form = form_entered(request.POST)
    read, faults = read_form(form, currency=shown.booking.currency)
    wanted = replace(read, notify=bool(request.POST.get("notify")))
    if not faults:
        try:
            emailed = edit_plan(staff.operator, booking_id=shown.booking.id, wanted=wanted, actor=staff.actor)
        except InvalidPlanEdit as refusal:
            faults = faults_of_edit(refusal)
        except PlanChanged as news:
            return _first(request, staff=staff, news=news, reference=shown.booking.reference)
        else:
            told = f" {shown.booking.customer_name} is emailed the new plan." if emailed else ""
            leave_notice(request, text=f"The plan was saved.{told}")
            return SeeOther(address(shown.booking.reference))
    return _editor(request, staff=staff, shown=shown, form=form, faults=faults)


def _preview(request: HttpRequest, *, staff: Staff, shown: Billing, form: PlanForm) -> HttpResponse:
    wanted, faults = read_form(form, currency=shown.booking.currency)
    if not faults:
        try:
            made = preview_plan(staff.operator, booking_id=shown.booking.id, wanted=wanted, actor=staff.actor)
        except InvalidPlanEdit as refusal:
            faults = faults_of_edit(refusal)
        except PlanChanged as news:
            return _first(request, staff=staff, news=news, reference=shown.booking.reference)
        else:
            context = _preview_context(made, shown=shown, form=form)
            return page(request, staff=staff, template="office/plan_editor_preview.html", context=context)
    return _editor(request, staff=staff, shown=shown, form=form, faults=faults)


def _first(request: HttpRequest, *, staff: Staff, news: PlanChanged, reference: str) -> HttpResponse:
    """Show the plan as it is now, and who was first: an edit of a plan that has gone would mean something else."""
    fresh = billing_by_reference(staff.operator, reference=reference)
    return _editor(request, staff=staff, shown=fresh, form=form_of(fresh), first=news)


def _editor(
    request: HttpRequest, *, staff: Staff, shown: Billing, form: PlanForm, **found: Any
) -> HttpResponse:
    faults: list[Fault] = found.get("faults", [])
    first: PlanChanged | None = found.get("first")
    busy = rows_being_paid(shown)
    context = {
        **_head(shown),
        "form": form,
        "faults": faults,
        "first": first,
        "left_minor": _left(staff, shown=shown, form=form),
        "busy_rows": [row for row in shown.open_rows if row.id in busy],
        "operator_terms": _operator_terms(staff, currency=shown.booking.currency),
    }
    status = 409 if first else 422 if faults else 200
    return page(request, staff=staff, template="office/plan_editor.html", status=status, context=context)


def _operator_terms(staff: Staff, *, currency: str) -> str:
    return terms_in_words(staff.operator.default_terms.of(currency), currency=currency)


def _left(staff: Staff, *, shown: Billing, form: PlanForm) -> int | None:
    """Say what an edit would leave unplanned, in minor units; None while it cannot be read."""
    wanted, faults = read_form(form, currency=shown.booking.currency)
    if faults:
        return None
    try:
        made = preview_plan(staff.operator, booking_id=shown.booking.id, wanted=wanted, actor=staff.actor)
    except (InvalidPlanEdit, PlanChanged):
        return None
    return made.figures_after.unplanned_minor


def _preview_context(made: PlanPreview, *, shown: Billing, form: PlanForm) -> dict[str, object]:
    currency = shown.booking.currency
    busy = rows_being_paid(shown)
    effects = sorted(made.effects, key=lambda one: (one.row.due_date, one.row.is_open, one.before is None))
    return {
        **_head(shown),
        "form": form,
        "made": made,
        "pairs": [
            (one, _what_happens(one, busy=one.before is not None and one.before.id in busy))
            for one in effects
        ],
        "terms_before": terms_in_words(made.terms_before, currency=currency),
        "terms_after": terms_in_words(made.terms_after, currency=currency),
        "back": f"{editor_address(shown.booking.reference)}?{form.query}",
    }


def _head(shown: Billing) -> dict[str, object]:
    booking = shown.booking
    return {
        "section": "bookings",
        "booking": booking,
        "billing": shown,
        "figures": shown.figures,
        "currency": booking.currency,
        "terms": terms_in_words(booking.terms, currency=booking.currency),
        "say": say,
        "here": editor_address(booking.reference),
    }


def _balance_due(shown: Billing) -> date:
    return shown.booking.terms.balance_due(shown.booking.start_date)


def _what_happens(effect: RowEffect, *, busy: bool) -> str:
    """Tell in words what an edit does to a row."""
    before, then = effect.before, effect.after
    if before is None or then is None:
        return "Removed" if then is None else "New row"
    if before == then:
        return (
            "Closed, unchanged" if not then.is_open else "Being paid now, unchanged" if busy else "Unchanged"
        )
    found = []
    if then.amount_minor != before.amount_minor:
        found.append("smaller" if then.amount_minor < before.amount_minor else "larger")
    if then.due_date != before.due_date:
        found.append("later" if then.due_date > before.due_date else "earlier")
    words = " and ".join(found) or "dated by the terms"
    return words.capitalize() if before.id == then.id else f"A new row takes its place: {words}"
