"""The money that moved, as the customer remembers it: one line for one card payment, whatever rows it closed.

They are the lines of the customer's account that moved money, so history, receipts and statement say the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fareledger.domain.plan import Kind
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.booking_account import AccountLine, account_of
from fareledger.usecases.show_booking import Billing


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One payment or refund that happened; `amount_minor` is positive for both.

    A `correction` takes back one that was recorded by mistake, which is then `taken_back`; of a refund through a
    provider both say that the money `came_back`. `card` is its brand and `last4` are its digits, empty when no card
    is known; `bank` is the bank it was paid from online. `attempt_id` is None when the money did not move through this
    portal. `order` grows with time.
    """

    kind: Kind
    amount_minor: int
    change_minor: int
    on: date
    method: str
    card: str
    last4: str
    bank: str
    attempt_id: UUID | None
    receipt: str
    order: int
    correction: bool
    taken_back: bool
    came_back: bool


def movements_of(billing: Billing) -> tuple[Movement, ...]:
    """Return what moved, in the order in which it was recorded; `change_minor` is what it did to what is left."""
    lines = [line for line in account_of(billing) if not line.is_sale]
    corrected = {line.corrects: line for line in lines if line.corrects}
    return tuple(_movement(line, correction=corrected.get(line.receipt)) for line in lines)


def of_attempt(movements: Iterable[Movement], *, attempt_id: UUID) -> Movement | None:
    """Return what one attempt moved, if anything."""
    return next((movement for movement in movements if movement.attempt_id == attempt_id), None)


def _movement(line: AccountLine, *, correction: AccountLine | None) -> Movement:
    attempt = line.attempt
    corrects = line if line.kind.endswith("correction") else correction
    return Movement(
        kind="refund" if line.kind.startswith("refund") else "payment",
        amount_minor=abs(line.change_minor),
        change_minor=line.change_minor,
        on=line.on,
        method=line.rows[0].method if line.rows else "",
        card=card_name(attempt.card_brand, last4="") if attempt and attempt.card_brand else "",
        last4=attempt.card_last4 if attempt else "",
        bank=attempt.bank_name if attempt else "",
        attempt_id=attempt.id if attempt and line.kind == "payment" else None,
        receipt=line.receipt,
        order=line.seq,
        correction=line.kind.endswith("correction"),
        taken_back=correction is not None,
        came_back=corrects is not None and any(row.online for row in corrects.rows),
    )
