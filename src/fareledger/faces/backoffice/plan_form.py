"""The form of the plan editor: what it holds at first, what was entered, and the edit it asks for.

The form holds both ways of editing at once, by terms and by hand; `by` says which one counts. It only reads; what
makes sense is judged by the use case, whose complaints are led back to fields here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from fareledger.domain.plan import InvalidTerms, Kind, Share, Terms
from fareledger.domain.plan_edit import DraftRow
from fareledger.faces.backoffice.amounts import read_amount, typed_amount
from fareledger.faces.backoffice.entered import entered_day, entered_number
from fareledger.faces.backoffice.forms import Fault
from fareledger.usecases.edit_plan import InvalidPlanEdit, WantedPlan, plan_mark, rows_being_paid
from fareledger.usecases.show_booking import Billing

MAX_ENTRIES: Final = 80
_FIELD_OF_TERMS: Final = {
    "/down_payment_percent": "percent",
    "/down_payment_minor": "fixed",
    "/balance_due_days": "days",
    "/instalments": "instalments",
    "/schedule": "share-percent-0",
}


@dataclass(frozen=True)
class RowEntry:
    """One open row as its fields hold it; a new one has no id."""

    id: str
    kind: str
    amount: str
    due: str


@dataclass(frozen=True)
class ShareEntry:
    """One dated percentage as its fields hold it; `counted` is before (the start) or after (the booking)."""

    percent: str
    days: str
    counted: str


@dataclass(frozen=True, kw_only=True)
class PlanForm:
    """Everything the editor's fields hold."""

    by: str
    down: str
    percent: str
    fixed: str
    days: str
    parts: str
    instalments: str
    shares: tuple[ShareEntry, ...]
    invoice: bool
    rows: tuple[RowEntry, ...]
    seen: str
    key: str

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Every field with its value, in the order of the form: for hidden fields and addresses."""
        found = [
            (name, getattr(self, name))
            for name in ("by", "down", "percent", "fixed", "days", "parts", "instalments", "seen", "key")
        ]
        if self.invoice:
            found.append(("invoice", "yes"))
        for share in self.shares:
            found += [
                ("share_percent", share.percent),
                ("share_days", share.days),
                ("share_counted", share.counted),
            ]
        for row in self.rows:
            found += [
                ("row", row.id),
                ("row_kind", row.kind),
                ("row_amount", row.amount),
                ("row_due", row.due),
            ]
        return found

    @property
    def query(self) -> str:
        """The form as the query of an address that shows it again."""
        return urlencode(self.fields)


def form_of(billing: Billing) -> PlanForm:
    """Fill the form with a booking's own terms and open rows."""
    terms, currency = billing.booking.terms, billing.booking.currency
    percent, fixed = terms.down_payment_percent, terms.down_payment_minor
    busy = rows_being_paid(billing)
    return PlanForm(
        by="hand",
        down="percent" if percent is not None else "fixed" if fixed is not None else "none",
        percent="" if percent is None else format(percent.normalize(), "f"),
        fixed="" if fixed is None else typed_amount(fixed, currency=currency),
        days=str(terms.balance_due_days),
        parts="equal" if terms.instalments else "dated" if terms.schedule else "one",
        instalments=str(terms.instalments or ""),
        shares=tuple(map(_share_entry, terms.schedule)) or (ShareEntry("", "", "before"),),
        invoice=terms.invoice,
        rows=tuple(
            RowEntry(
                id=str(row.id),
                kind=row.kind,
                amount=typed_amount(row.amount_minor, currency=currency),
                due=row.due_date.isoformat(),
            )
            for row in billing.open_rows
            if row.id not in busy
        ),
        seen=plan_mark(billing),
        key=secrets.token_hex(16),
    )


def form_entered(data: QueryDict) -> PlanForm:
    """Read the form as it was sent, whatever it holds."""

    def one(name: str) -> str:
        return data.get(name, "")[:100]

    def many(*names: str) -> list[tuple[str, ...]]:
        columns = [[value[:100] for value in data.getlist(name)[:MAX_ENTRIES]] for name in names]
        return list(zip(*columns, strict=False))

    return PlanForm(
        by="terms" if one("by") == "terms" else "hand",
        down=one("down"),
        percent=one("percent"),
        fixed=one("fixed"),
        days=one("days"),
        parts=one("parts"),
        instalments=one("instalments"),
        shares=tuple(ShareEntry(*values) for values in many("share_percent", "share_days", "share_counted")),
        invoice=bool(one("invoice")),
        rows=tuple(RowEntry(*values) for values in many("row", "row_kind", "row_amount", "row_due")),
        seen=one("seen"),
        key=one("key"),
    )


def pressed(form: PlanForm, *, button: str, day: str) -> PlanForm:
    """Give the form after a row or share was added or removed; `day` dates a new row."""
    deed, _, place = button.rpartition("-")
    index = entered_number(place)
    if button == "add-row":
        return replace(form, by="hand", rows=(*form.rows, RowEntry("", "payment", "", day)))
    if button == "add-share":
        return replace(form, by="terms", shares=(*form.shares, ShareEntry("", "", "before")))
    if deed == "remove-row" and index is not None:
        return replace(form, rows=(*form.rows[:index], *form.rows[index + 1 :]))
    if deed == "remove-share" and index is not None:
        return replace(form, shares=(*form.shares[:index], *form.shares[index + 1 :]))
    return form


def read_form(form: PlanForm, *, currency: str) -> tuple[WantedPlan, list[Fault]]:
    """Read the edit that a form asks for, and what of it cannot be read."""
    wanted = WantedPlan(seen=form.seen, form_key=form.key)
    if form.by == "terms":
        terms, faults = _terms(form, currency=currency)
        return replace(wanted, terms=terms), faults
    read = [_row(entry, place=place, currency=currency) for place, entry in enumerate(form.rows)]
    rows = tuple(row for row, _ in read if row is not None)
    return replace(wanted, rows=rows), [fault for _, faults in read for fault in faults]


def faults_of_edit(refusal: InvalidPlanEdit) -> list[Fault]:
    """Lead every problem of an edit to the field it is in; one of the whole plan to its rows."""
    return [
        Fault(
            "rows" if error.place is None else f"row-{error.field or 'amount'}-{error.place}", error.message
        )
        for error in refusal.errors
    ]


def _share_entry(share: Share) -> ShareEntry:
    percent = format(share.percent.normalize(), "f")
    if share.days_before_start is not None:
        return ShareEntry(percent, str(share.days_before_start), "before")
    return ShareEntry(percent, str(share.days_after_booking), "after")


def _row(entry: RowEntry, *, place: int, currency: str) -> tuple[DraftRow | None, list[Fault]]:
    amount_minor = read_amount(entry.amount, currency=currency)
    due_date = entered_day(entry.due)
    kind: Kind = "refund" if entry.kind == "refund" else "payment"
    try:
        row_id = UUID(entry.id) if entry.id else None
    except ValueError:
        return None, [Fault(f"row-amount-{place}", "This row is not in the plan.")]
    faults = []
    if amount_minor is None:
        faults.append(Fault(f"row-amount-{place}", f"Row {place + 1}: give an amount in {currency}."))
    if due_date is None:
        faults.append(Fault(f"row-due-{place}", f"Row {place + 1}: give a due date."))
    if amount_minor is None or due_date is None:
        return None, faults
    return DraftRow(row_id=row_id, kind=kind, amount_minor=amount_minor, due_date=due_date), faults


def _terms(form: PlanForm, *, currency: str) -> tuple[Terms | None, list[Fault]]:
    value: dict[str, object] = {"balance_due_days": entered_number(form.days), "invoice": form.invoice}
    if form.down == "percent":
        value["down_payment_percent"] = form.percent.strip()
    elif form.down == "fixed":
        fixed = read_amount(form.fixed, currency=currency)
        if not fixed:
            return None, [Fault("fixed", f"Give the down payment as an amount in {currency} above 0.")]
        value["down_payment_minor"] = fixed
    elif form.down != "none":
        return None, [Fault("down", "Say whether a down payment is asked for.")]
    if form.parts == "equal":
        value["instalments"] = entered_number(form.instalments) or 0
    elif form.parts == "dated":
        value["schedule"] = [
            {
                "percent": share.percent.strip(),
                "days_after_booking" if share.counted == "after" else "days_before_start": entered_number(
                    share.days
                ),
            }
            for share in form.shares
        ]
    try:
        return Terms.from_json(value), []
    except InvalidTerms as error:
        return None, [Fault(_field(error.field or ""), _in_words(error))]


def _in_words(error: InvalidTerms) -> str:
    """Say what is wrong as people read it: the rules of the API speak of strings and field names."""
    if "string" in error.message:
        return "Give a percentage such as 12.5."
    if "days_before_start or" in error.message:
        return "Give a whole number of days."
    return error.message


def _field(pointer: str) -> str:
    """Name the input that a pointer into the terms stands for."""
    if pointer in _FIELD_OF_TERMS:
        return _FIELD_OF_TERMS[pointer]
    _, _, place, *field = pointer.split("/")
    return f"share-{'percent' if field == ['percent'] else 'days'}-{place}"
