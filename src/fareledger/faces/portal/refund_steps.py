"""How money that goes back online stands, as its customer is told: on its way, arrived, or not gone through.

Who asked for it and who agreed is the operator's own business, so a refund that nothing was sent of yet is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fareledger.faces.portal.visits import Guest
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_refunds import PartView, RefundView, show_refunds

_STATES = {"succeeded": "succeeded", "failed": "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundStep:
    """One part of a refund; `state` is going, succeeded or failed; `digits` are empty when it is no card, `bank` when
    it is no bank or one whose name is not known."""

    state: str
    amount_minor: int
    card: str
    digits: str
    bank: str
    on: date


def refund_steps(guest: Guest, *, billing: Billing) -> tuple[RefundStep, ...]:
    """Return the parts of a booking's online refunds, newest first; a failure is left out once its row is closed."""
    orders = show_refunds(guest.operator, booking_id=billing.booking.id)
    open_rows = {row.id for row in billing.open_rows}
    steps = [
        _step(guest, part=part)
        for order in orders
        for part in order.parts
        if _told(order, part=part, open_rows=open_rows)
    ]
    return tuple(reversed(steps))


def _told(order: RefundView, *, part: PartView, open_rows: set[UUID]) -> bool:
    return part.state.value != "failed" or order.transaction_id in open_rows


def _step(guest: Guest, *, part: PartView) -> RefundStep:
    return RefundStep(
        state=_STATES.get(part.state.value, "going"),
        amount_minor=part.amount_minor,
        card=card_name(part.card_brand, last4=""),
        digits=part.card_last4,
        bank=part.bank_name if part.method == "bank_transfer" else "",
        on=part.changed_at.astimezone(guest.operator.time_zone).date(),
    )
