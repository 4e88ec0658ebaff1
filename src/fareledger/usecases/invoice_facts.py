"""Writes down what an invoice says, as the booking stands under its lock.

Everything that its page and PDF show is in it, the operator's address and colour too, so that the same invoice is the
same document in ten years. Amounts are integers in minor units.
"""

from __future__ import annotations

from datetime import date

from fareledger.persistence.models import Booking, Component
from fareledger.persistence.operators import Operator
from fareledger.usecases.lock_booking import LockedBooking


def invoice_facts(
    locked: LockedBooking, *, operator: Operator, name: str, replaces: str, issued_on: date
) -> dict[str, object]:
    """Return the facts of an invoice with this name, in the form in which they are stored."""
    booking, figures = locked.booking, locked.figures
    open_payments = sorted(
        (row.due_date, row.amount_minor) for row in locked.plan if row.is_open and row.kind == "payment"
    )
    return {
        "invoice": name,
        "replaces": replaces,
        "issued_on": issued_on.isoformat(),
        "seller": _seller(operator),
        "bank_details": operator.bank_details,
        "customer_name": booking.customer_name,
        "customer_email": booking.customer_email,
        "locale": booking.customer_locale,
        "reference": booking.reference,
        "currency": booking.currency,
        "package": booking.package,
        "start_date": booking.start_date.isoformat(),
        "end_date": booking.end_date.isoformat(),
        "travellers": [traveller["name"] for traveller in booking.travellers],
        "components": _components(booking),
        "sales_price_minor": figures.sales_price_minor,
        "non_payable_minor": figures.non_payable_minor,
        "payable_minor": figures.payable_minor,
        "received_minor": figures.paid_minor - figures.refunded_minor,
        "left_minor": figures.outstanding_minor,
        "due": [[due_date.isoformat(), amount_minor] for due_date, amount_minor in open_payments],
    }


def _seller(operator: Operator) -> dict[str, object]:
    return {
        "name": operator.name,
        "legal_name": operator.legal_name,
        "address": operator.address,
        "country": operator.country,
        "locale": operator.locale,
        "support_email": operator.support_email,
        "support_phone": operator.support_phone,
        "support_hours": operator.support_hours,
        "protection_policy": operator.protection_policy,
        "colour": operator.brand.get("--brand", ""),
        "on_colour": operator.brand.get("--brand-on", ""),
        "edge_colour": operator.brand.get("--brand-edge", ""),
        "font": operator.brand.get("font", ""),
        "logo": operator.brand.get("logo", ""),
        "logo_alt": operator.brand.get("logo_alt", ""),
    }


def _components(booking: Booking) -> list[dict[str, object]]:
    """List the parts in the booking's order, each at what is charged for it."""
    parts = Component.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return [
        {
            "title": part.title,
            "supplier": part.supplier,
            "start_date": part.start_date.isoformat() if part.start_date else "",
            "end_date": part.end_date.isoformat() if part.end_date else "",
            "amount_minor": part.cancellation_fee_minor if part.cancelled else part.price_minor,
            "cancelled": part.cancelled,
        }
        for part in parts.order_by("position")
    ]
