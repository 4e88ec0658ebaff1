"""Applies a changed description to a booking that is there: its row, components, plan, journal and timeline.

The rule of what happens to the plan is `fareledger.domain.changes`; closed rows stay as they are. The
caller holds the booking's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from fareledger.domain.booking import BookingDetails
from fareledger.domain.booking import Component as Part
from fareledger.domain.changes import (
    AddRow,
    BookingChange,
    DeleteRow,
    MoveRow,
    ShrinkRow,
    Step,
    replan,
)
from fareledger.domain.errors import Refused
from fareledger.domain.plan import PlannedRow, Terms
from fareledger.persistence.models import Booking, Component, Transaction
from fareledger.usecases.approval_records import end_approvals
from fareledger.usecases.booking_rows import Arrival, component_rows, describe, open_row
from fareledger.usecases.booking_state import stored_components
from fareledger.usecases.event_wording import counted, plain_amount
from fareledger.usecases.lock_booking import LockedBooking, plan_rows, with_plan
from fareledger.usecases.post_movement import Source, post_sale_change, tell
from fareledger.usecases.save_plan import add_rows, update_row
from fareledger.usecases.take_checkout_payments import close_with, new_payments, post_payments

_TOLD = (
    "booked_on",
    "start_date",
    "end_date",
    "customer_name",
    "customer_email",
    "customer_locale",
    "travellers",
    "package",
    "sales_price_minor",
    "non_payable_minor",
    "terms",
    "status",
)


class CurrencyFixed(Refused):
    """A booking keeps the currency it was sold in."""

    def __init__(self, currency: str) -> None:
        super().__init__(
            code="currency_fixed", message=f"This booking was sold in {currency}.", field="/currency"
        )
        self.currency = currency


def change_booking(booking: Booking, *, details: BookingDetails, arrival: Arrival) -> None:
    """Change a locked booking inside the caller's operator transaction; its version grows by one.

    Raises CurrencyFixed and PaymentRecordedOtherwise.
    """
    if details.currency != booking.currency:
        raise CurrencyFixed(booking.currency)
    before = {name: getattr(booking, name) for name in _TOLD}
    parts = stored_components(booking)
    locked = with_plan(booking)
    describe(booking, details=details, arrival=arrival)
    booking.version += 1
    booking.save(force_update=True)
    _replace_components(details, booking=booking)
    if booking.status == "cancelled":
        end_approvals(arrival.operator, locked=locked, because="cancelled")
    _take_payments(details, locked=locked, arrival=arrival)
    steps = _replan(locked, previous_start_date=before["start_date"], arrival=arrival)
    source = Source.of_version(booking, arrival=arrival)
    delta = details.payable_minor - (before["sales_price_minor"] - before["non_payable_minor"])
    post_sale_change(booking, delta_minor=delta, source=source)
    payload = {
        **_payload(booking, before=before, steps=steps),
        "components": _moved_parts(parts, after=details.components),
        "channel": arrival.channel,
    }
    tell(booking, kind="booking_changed", actor=arrival.actor, source=source, payload=payload)


def _replace_components(details: BookingDetails, *, booking: Booking) -> None:
    Component.objects.filter(operator_id=booking.operator_id, booking_id=booking.id).delete()
    Component.objects.bulk_create(component_rows(details, booking=booking))


def _take_payments(details: BookingDetails, *, locked: LockedBooking, arrival: Arrival) -> None:
    booking = locked.booking
    payments = new_payments(details, booking=booking)
    closed, added = close_with(payments, rows=locked.transactions, booking=booking, arrival=arrival)
    for row in closed:
        update_row(row)
    add_rows(added)
    locked.transactions += added
    post_payments(payments, booking=booking, arrival=arrival)


def _replan(locked: LockedBooking, *, previous_start_date: date, arrival: Arrival) -> tuple[Step, ...]:
    booking = locked.booking
    change = BookingChange(
        payable_minor=booking.sales_price_minor - booking.non_payable_minor,
        booked_on=booking.booked_on,
        start_date=booking.start_date,
        previous_start_date=previous_start_date,
        terms=Terms.from_json(booking.terms),
        today=arrival.day,
    )
    steps = replan(plan_rows(locked.transactions), change=change)
    _save_steps(steps, locked=locked, arrival=arrival)
    return steps


def _save_steps(steps: Iterable[Step], *, locked: LockedBooking, arrival: Arrival) -> None:
    by_id = {row.id: row for row in locked.transactions}
    changed: dict[object, Transaction] = {}
    added = []
    for step in steps:
        match step:
            case AddRow():
                planned = PlannedRow(
                    kind=step.kind,
                    amount_minor=step.amount_minor,
                    due_date=step.due_date,
                    source=step.source,
                )
                added.append(open_row(planned, booking=locked.booking, arrival=arrival))
                continue
            case ShrinkRow():
                by_id[step.row_id].amount_minor = by_id[step.row_id].planned_minor = step.amount_minor
            case DeleteRow():
                by_id[step.row_id].status = "deleted"
                by_id[step.row_id].deleted_at = arrival.at
            case MoveRow():
                by_id[step.row_id].due_date = step.due_date
        changed[step.row_id] = by_id[step.row_id]
    for row in changed.values():
        update_row(row)
    add_rows(added)


def _payload(booking: Booking, *, before: dict[str, object], steps: tuple[Step, ...]) -> dict[str, object]:
    changed = {
        name: {"before": _json(value), "after": _json(getattr(booking, name))}
        for name, value in before.items()
        if value != getattr(booking, name)
    }
    return {
        "text": _sentence(booking, before=before, steps=steps),
        "version": booking.version,
        "changed": changed,
        "plan": [_step_json(step) for step in steps],
    }


def _moved_parts(before: Sequence[Part], *, after: Sequence[Part]) -> dict[str, list[str]]:
    """Name the components that came and went, by their ids: a cancellation is undone from this."""
    was, now = ({part.id: part.cancelled for part in parts} for parts in (before, after))
    return {
        "added": [part for part in now if part not in was],
        "removed": [part for part in was if part not in now],
        "cancelled": [part for part, gone in now.items() if gone and not was.get(part, False)],
        "reinstated": [part for part, gone in now.items() if not gone and was.get(part, False)],
    }


def _sentence(booking: Booking, *, before: dict[str, object], steps: tuple[Step, ...]) -> str:
    parts = []
    old = int(str(before["sales_price_minor"])) - int(str(before["non_payable_minor"]))
    new = booking.sales_price_minor - booking.non_payable_minor
    if booking.status == "cancelled" and before["status"] != "cancelled":
        parts.append("cancelled")
    if booking.status != "cancelled" and before["status"] == "cancelled":
        parts.append("reinstated")
    if new != old:
        was, now = (plain_amount(amount, currency=booking.currency) for amount in (old, new))
        parts.append(f"payable {was} to {now}")
    if booking.start_date != before["start_date"]:
        parts.append(f"start {before['start_date']} to {booking.start_date}")
    if steps:
        parts.append(counted(len(steps), noun="step") + " in the plan")
    return "Booking changed" + (": " + ", ".join(parts) if parts else "")


def _step_json(step: Step) -> dict[str, object]:
    fields = {name: getattr(step, name) for name in step.__dataclass_fields__}
    return {"do": type(step).__name__, **{name: _json(value) for name, value in fields.items()}}


def _json(value: object) -> object:
    return value if isinstance(value, int | list | dict) or value is None else str(value)
