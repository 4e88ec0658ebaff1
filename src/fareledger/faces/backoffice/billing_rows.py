"""What staff do with an open row of the plan: delete it, or commit that its money has really moved.

Each act has a page of its own that also opens as a dialog. What is allowed is decided by the use cases; whoever
comes second reads who was first. Closed rows are in `billing_closed.py`.
"""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.money import MAX_MINOR
from fareledger.faces.backoffice.amounts import not_an_amount, read_amount
from fareledger.faces.backoffice.billing import address, live_attempt
from fareledger.faces.backoffice.entered import entered_day
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.backoffice.sheets import about_row, conflict, done, posted_key, sheet
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.formatting import bare_amount, coded_amount
from fareledger.usecases.commit_transaction import InvalidCommit, Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.find_open_row import RefundInProgress, RowBeingPaid, RowHasMovedOn
from fareledger.usecases.plan_transaction import plannable_methods
from fareledger.usecases.show_booking import Billing, RowView, billing_by_reference
from fareledger.usecases.who_was_first import who_was_first

_METHODS = ["GET", "HEAD", "POST"]


@staff_page
@require_http_methods(_METHODS)
def delete(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Ask, and then take an open row out of the plan."""
    staff.actor.require(Permission.PLAN)
    shown = billing_by_reference(staff.operator, reference=reference)
    row = _open_row(shown, row_id=row_id)
    try:
        if request.method == "POST":
            delete_transaction(
                staff.operator,
                booking_id=shown.booking.id,
                transaction_id=row_id,
                actor=staff.actor,
                form_key=posted_key(request),
            )
            said = f"The {_told(row, shown=shown)} was deleted." if row else "The row was deleted."
            return done(request, to=address(shown.booking.reference), said=said)
        if row is None:
            raise who_was_first(staff.operator, booking_id=shown.booking.id, transaction_id=row_id)
    except (RowHasMovedOn, RowBeingPaid, RefundInProgress) as error:
        return conflict(request, staff=staff, shown=shown, error=error)
    if live_attempt(row_id, shown=shown):
        return conflict(request, staff=staff, shown=shown, error=RowBeingPaid())
    context = {
        **about_row(request, shown=shown, row=row),
        "title": f"Delete a {row.kind}",
        "after_minor": shown.figures.unplanned_with(row.kind, amount_minor=-row.amount_minor),
    }
    return sheet(request, staff=staff, template="office/billing_delete.html", context=context)


@staff_page
@require_http_methods(_METHODS)
def commit(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Ask whether the money has really moved, and then close the row with what did."""
    staff.actor.require(Permission.COMMIT)
    shown = billing_by_reference(staff.operator, reference=reference)
    row = _open_row(shown, row_id=row_id)
    try:
        if request.method == "POST":
            return _commit(request, staff=staff, shown=shown, row_id=row_id)
        if row is None:
            raise who_was_first(staff.operator, booking_id=shown.booking.id, transaction_id=row_id)
    except (RowHasMovedOn, RefundInProgress) as error:
        return conflict(request, staff=staff, shown=shown, error=error)
    values: dict[str, object] = {
        "method": "",
        "method_name": row.method_name,
        "amount": bare_amount(row.amount_minor, shown.booking.currency),
        "value_date": shown.today.isoformat(),
        "external_reference": "",
        "send_confirmation": True,
    }
    return _commit_form(request, staff=staff, shown=shown, entered=(row, values), faults=[])


@staff_page
@require_safe
def commit_after(request: HttpRequest, *, staff: Staff, reference: str, row_id: UUID) -> HttpResponse:
    """Say what will be outstanding after the amount as it stands in the form; nothing is saved."""
    shown = billing_by_reference(staff.operator, reference=reference)
    row = _open_row(shown, row_id=row_id)
    if row is None:
        return HttpResponse(status=204)
    values: dict[str, object] = {"amount": request.GET.get("amount", "")}
    context = {"booking": shown.booking, "row": row, **_after(shown, row=row, values=values)}
    return render(request, "office/billing_commit_after.html", context)


def _commit(request: HttpRequest, *, staff: Staff, shown: Billing, row_id: UUID) -> HttpResponse:
    """Read the form and commit; a form that was sent before leads to its first result."""
    values = _values(request.POST)
    row = _open_row(shown, row_id=row_id)
    received, faults = _read(values, row=row, shown=shown)
    if faults and row:
        return _commit_form(request, staff=staff, shown=shown, entered=(row, values), faults=faults)
    try:
        commit_transaction(
            staff.operator,
            booking_id=shown.booking.id,
            transaction_id=row_id,
            received=Received(form_key=posted_key(request), **received),  # type: ignore[arg-type]  # as _read built it
            actor=staff.actor,
        )
    except InvalidCommit as error:
        if row is None:
            raise AssertionError("only an open row is looked at so closely") from error
        faults = [Fault((error.field or "/amount").removeprefix("/"), error.message)]
        return _commit_form(request, staff=staff, shown=shown, entered=(row, values), faults=faults)
    said = "It was recorded."
    if row:
        mail = (
            f" A confirmation goes to {shown.booking.customer_email}." if values["send_confirmation"] else ""
        )
        said = _closed(row, shown=shown, moved_minor=cast("int", received["amount_minor"])) + mail
    return done(request, to=address(shown.booking.reference), said=said)


def _commit_form(
    request: HttpRequest,
    *,
    staff: Staff,
    shown: Billing,
    entered: tuple[RowView, dict[str, object]],
    faults: list[Fault],
) -> HttpResponse:
    row, values = entered
    context = {
        **about_row(request, shown=shown, row=row),
        "title": f"Commit a {row.kind}",
        "faults": faults,
        "values": values,
        "methods": plannable_methods(staff.operator),
        "say": say,
        "paying": live_attempt(row.id, shown=shown) is not None,
        **_after(shown, row=row, values=values),
    }
    status = 422 if faults else 200
    return sheet(request, staff=staff, template="office/billing_commit.html", status=status, context=context)


def _values(sent: QueryDict) -> dict[str, object]:
    lengths = {"method": 20, "method_name": 200, "amount": 40, "value_date": 20, "external_reference": 200}
    values: dict[str, object] = {name: sent.get(name, "").strip()[:most] for name, most in lengths.items()}
    return {**values, "send_confirmation": sent.get("send_confirmation") == "yes"}


def _read(
    values: dict[str, object], *, row: RowView | None, shown: Billing
) -> tuple[dict[str, object], list[Fault]]:
    """Read the fields as what was received, and say what is wrong with them."""
    faults = []
    amount_minor = read_amount(str(values["amount"]), currency=shown.booking.currency)
    value_date = entered_day(str(values["value_date"]))
    if row and row.method == "undecided" and not values["method"]:
        faults.append(Fault("method", "Choose how the money moved"))
    if values["method"] == "other" and not values["method_name"]:
        faults.append(Fault("method_name", "Give the other method a name"))
    if amount_minor is None:
        faults.append(Fault("amount", not_an_amount(shown.booking.currency)))
    elif not 0 < amount_minor <= MAX_MINOR:
        faults.append(
            Fault("amount", "Enter a smaller amount" if amount_minor else "Enter an amount above 0")
        )
    if value_date is None:
        faults.append(Fault("value_date", "Enter the value date"))
    received = {
        "amount_minor": amount_minor,
        "value_date": value_date,
        "method": values["method"] or None,
        "method_name": values["method_name"],
        "external_reference": values["external_reference"],
        "send_confirmation": values["send_confirmation"],
    }
    return received, faults


def _after(shown: Billing, *, row: RowView, values: dict[str, object]) -> dict[str, object]:
    """Compute what the form says of the outstanding amount and of a difference to the plan."""
    amount = read_amount(str(values["amount"]), currency=shown.booking.currency)
    context: dict[str, object] = {"figures": shown.figures, "after_minor": None, "rest_minor": 0}
    if amount:
        context["after_minor"] = shown.figures.outstanding_with(row.kind, amount_minor=amount)
        context["rest_minor"] = row.amount_minor - amount
    return context


def _open_row(shown: Billing, *, row_id: UUID) -> RowView | None:
    return next((row for row in shown.open_rows if row.id == row_id), None)


def _told(row: RowView, *, shown: Billing) -> str:
    return f"{row.kind} of {coded_amount(row.amount_minor, shown.booking.currency)}"


def _closed(row: RowView, *, shown: Billing, moved_minor: int) -> str:
    """Say what the row was closed with, and what became of a difference to the plan."""
    rest_minor, currency = row.amount_minor - moved_minor, shown.booking.currency
    if rest_minor == 0:
        return f"The {_told(row, shown=shown)} is closed."
    said = f"The {row.kind} is closed with {coded_amount(moved_minor, currency)}"
    if rest_minor > 0:
        return f"{said}. A row for the rest, {coded_amount(rest_minor, currency)}, stays open."
    return f"{said}, {coded_amount(-rest_minor, currency)} more than planned."
