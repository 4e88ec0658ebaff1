"""What an email about a booking would say if it were sent now; nothing is stored or queued.

A change has a preview of its own, with the change. A confirmation can be looked at once money has moved.
"""

from __future__ import annotations

from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from fareledger.usecases.send_portal_link import LIFETIME
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_invoices import next_invoice


def previewable(shown: Billing) -> tuple[str, ...]:
    """Return the kinds of email there is something to say in, for a booking as it stands."""
    due = ("reminder_after" if _first_due(shown)[2] else "reminder_before",) if shown.next_payment else ()
    return ("invoice", "portal_link", *due)


def preview_facts(operator: Operator, *, shown: Billing, kind: str) -> dict[str, object]:
    """Return the facts of one of the kinds that `previewable` names."""
    if kind == "invoice":
        return next_invoice(operator, booking_id=shown.booking.id)
    if kind == "portal_link":
        expires_at = now() + LIFETIME["operator"]
        return {"expires_at": expires_at.isoformat(), "asked_by": "operator"}
    due_date, amount_minor, _ = _first_due(shown)
    payments = [row for row in shown.open_rows if row.kind == "payment"]
    return {
        "amount_minor": min(amount_minor, shown.figures.outstanding_minor),
        "due_date": due_date,
        "left_minor": shown.figures.outstanding_minor,
        "later_payments": sum(row.due_date.isoformat() > due_date for row in payments),
        "bank_details": operator.bank_details if shown.booking.terms.invoice else {},
    }


def _first_due(shown: Billing) -> tuple[str, int, bool]:
    """Return the day the next payments are due, their sum, and whether that day has passed."""
    first = shown.next_payment
    if first is None:
        raise ValueError("nothing is due")
    payments = [row for row in shown.open_rows if row.kind == "payment" and row.due_date == first.due_date]
    return first.due_date.isoformat(), sum(row.amount_minor for row in payments), first.overdue
