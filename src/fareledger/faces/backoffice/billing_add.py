"""+ PAYMENT: staff choose a payment or a refund and then describe the row that is added to the plan.

What may be planned is decided by `plan_transaction`; this reads the form and says what is wrong beside its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Kind
from fareledger.faces.backoffice.amounts import not_an_amount, read_amount
from fareledger.faces.backoffice.billing import address
from fareledger.faces.backoffice.entered import entered_day
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.backoffice.sheets import done, posted_key, sheet
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.formatting import bare_amount, coded_amount, short_date
from fareledger.usecases.plan_transaction import InvalidPlan, WantedRow, plan_transaction, plannable_methods
from fareledger.usecases.show_booking import Billing, billing_by_reference


@dataclass(frozen=True, kw_only=True)
class Values:
    """What stands in the fields, as text."""

    method: str = ""
    method_name: str = ""
    type: str = "total"
    amount: str = ""
    due_date: str = ""
    comment: str = ""


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Ask for the kind, then for the row, and add it."""
    staff.actor.require(Permission.PLAN)
    shown = billing_by_reference(staff.operator, reference=reference)
    asked = request.POST if request.method == "POST" else request.GET
    kind = cast(Kind, asked.get("kind", ""))
    if kind not in ("payment", "refund"):
        return _kinds(request, staff=staff, shown=shown)
    if request.method != "POST":
        if not shown.figures.remainder_minor(kind):
            return _kinds(request, staff=staff, shown=shown)
        return _form(request, staff=staff, shown=shown, entered=(kind, _proposed(shown, kind=kind)))
    return _add(request, staff=staff, shown=shown, kind=kind)


@staff_page
@require_safe
def after(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Say what will be left to cover after the row as it stands in the form; nothing is saved."""
    shown = billing_by_reference(staff.operator, reference=reference)
    kind: Kind = "refund" if request.GET.get("kind") == "refund" else "payment"
    context = _after(shown, kind=kind, values=_values(request.GET))
    return render(
        request, "office/billing_add_after.html", {"booking": shown.booking, "kind": kind, **context}
    )


def _add(request: HttpRequest, *, staff: Staff, shown: Billing, kind: Kind) -> HttpResponse:
    values = _values(request.POST)
    wanted, faults = _read(values, kind=kind, shown=shown)
    form_key = posted_key(request)
    if wanted is None or form_key is None:
        return _form(request, staff=staff, shown=shown, entered=(kind, values), faults=faults)
    try:
        plan_transaction(
            staff.operator,
            booking_id=shown.booking.id,
            wanted=WantedRow(**{**wanted, "form_key": form_key}),  # type: ignore[arg-type]  # as _read built it
            actor=staff.actor,
        )
    except InvalidPlan as error:
        field = (error.field or "/kind").removeprefix("/")
        faults = [Fault("method" if field == "kind" else field, error.message)]
        return _form(request, staff=staff, shown=shown, entered=(kind, values), faults=faults)
    to = address(shown.booking.reference)
    now = billing_by_reference(staff.operator, reference=shown.booking.reference)
    row = next((row for row in now.rows if row.id == form_key), None)
    amount = coded_amount(row.amount_minor, shown.booking.currency) if row else "It"
    return done(request, to=to, said=f"{kind.capitalize()} of {amount} is planned.")


def _kinds(request: HttpRequest, *, staff: Staff, shown: Billing) -> HttpResponse:
    context: dict[str, object] = {
        "title": "Add a payment",
        "booking": shown.booking,
        "figures": shown.figures,
    }
    return sheet(request, staff=staff, template="office/billing_kind.html", context=context)


def _form(
    request: HttpRequest,
    *,
    staff: Staff,
    shown: Billing,
    entered: tuple[Kind, Values],
    faults: list[Fault] | None = None,
) -> HttpResponse:
    kind, values = entered
    days = shown.booking.terms.balance_due_days
    context: dict[str, object] = {
        "title": "Add a payment" if kind == "payment" else "Add a payment refund",
        "booking": shown.booking,
        "faults": faults or [],
        "kind": kind,
        "values": values,
        "methods": plannable_methods(staff.operator),
        "say": say,
        "today": shown.today,
        "due_hint": f"Balance is due {days} days before the start: {short_date(_rule_date(shown))}.",
        "form_key": posted_key(request) or new_id(),
        **_after(shown, kind=kind, values=values),
    }
    return sheet(
        request,
        staff=staff,
        template="office/billing_add.html",
        status=422 if faults else 200,
        context=context,
    )


def _proposed(shown: Billing, *, kind: Kind) -> Values:
    """Propose the whole remainder, due as the terms say and never in the past."""
    remainder = bare_amount(shown.figures.remainder_minor(kind), shown.booking.currency)
    return Values(amount=remainder, due_date=max(_rule_date(shown), shown.today).isoformat())


def _rule_date(shown: Billing) -> date:
    return date.fromordinal(shown.booking.start_date.toordinal() - shown.booking.terms.balance_due_days)


def _values(sent: object) -> Values:
    get = cast("dict[str, str]", sent).get
    return Values(
        method=get("method", "")[:20],
        method_name=get("method_name", "").strip()[:200],
        type=get("type", "")[:10],
        amount=get("amount", "").strip()[:40],
        due_date=get("due_date", "")[:20],
        comment=get("comment", "").replace("\r\n", "\n").strip()[:2000],
    )


def _read(values: Values, *, kind: Kind, shown: Billing) -> tuple[dict[str, object] | None, list[Fault]]:
    """Read the fields; None when one of them says nothing, with what is wrong."""
    amount_minor = read_amount(values.amount, currency=shown.booking.currency) if values.amount else None
    due_date = entered_day(values.due_date)
    faults = []
    if not values.method:
        faults.append(Fault("method", "Choose a method"))
    if values.type not in ("total", "partial"):
        faults.append(Fault("type", "Choose total or partial"))
    if amount_minor is None and (values.amount or values.type == "partial"):
        faults.append(Fault("amount", not_an_amount(shown.booking.currency)))
    if amount_minor == 0:
        faults.append(Fault("amount", "Enter an amount above 0"))
    if due_date is None:
        faults.append(Fault("due_date", "Enter the due date"))
    if faults:
        return None, faults
    wanted: dict[str, object] = {
        "kind": kind,
        "method": values.method,
        "method_name": values.method_name if values.method == "other" else "",
        "type": cast(Literal["total", "partial"], values.type),
        "amount_minor": amount_minor,
        "due_date": due_date,
        "comment": values.comment,
    }
    return wanted, []


def _after(shown: Billing, *, kind: Kind, values: Values) -> dict[str, object]:
    """Compute what the form says of the remainder."""
    remainder = shown.figures.remainder_minor(kind)
    amount: int | None = remainder
    if values.type == "partial":
        amount = read_amount(values.amount, currency=shown.booking.currency)
    if amount is not None and not 0 < amount <= remainder:
        amount = None
    left = None if amount is None else abs(shown.figures.unplanned_with(kind, amount_minor=amount))
    return {"remainder_minor": remainder, "amount_minor": amount, "after_minor": left}
