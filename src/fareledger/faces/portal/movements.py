"""The money that moved, as the customer remembers it: one line for one card payment, whatever rows it closed.

Nothing is computed here but sums of rows that belong together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fareledger.domain.plan import Kind
from fareledger.domain.receipts import receipt_name
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.show_booking import Billing, BookingAttempt, RowView


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One payment or refund that happened; `amount_minor` is positive for both.

    A `correction` takes back one that was recorded by mistake.
    `card` is empty when no card is known, `attempt_id` None when the money did not move through this portal.
    """

    kind: Kind
    amount_minor: int
    on: date
    method: str
    card: str
    attempt_id: UUID | None
    receipt: str
    order: int
    correction: bool

    @property
    def change_minor(self) -> int:
        """What it does to the amount that is left to pay: a payment lowers it, its correction does not."""
        return self.amount_minor if (self.kind == "refund") != self.correction else -self.amount_minor


def movements_of(billing: Billing) -> tuple[Movement, ...]:
    """Return what moved, in the order in which it happened."""
    groups: dict[object, list[RowView]] = {}
    for row in billing.closed_rows:
        groups.setdefault(_same_movement(row), []).append(row)
    attempts = {(one.provider, one.provider_reference): one for one in billing.attempts}
    found = (_movement(rows, attempts=attempts, billing=billing) for rows in groups.values())
    return tuple(sorted(found, key=lambda movement: (movement.order, movement.correction, movement.on)))


def of_attempt(movements: Iterable[Movement], *, attempt_id: UUID) -> Movement | None:
    """Return what one attempt moved, if anything."""
    return next((movement for movement in movements if movement.attempt_id == attempt_id), None)


def _same_movement(row: RowView) -> object:
    """What rows of one movement share: the provider's reference, or only themselves when it moved offline."""
    if row.online and row.external_reference:
        return (row.kind, row.provider, row.external_reference)
    return row.id


def _movement(
    rows: list[RowView],
    *,
    attempts: dict[tuple[str, str | None], BookingAttempt],
    billing: Billing,
) -> Movement:
    first = min(rows, key=lambda row: row.receipt_number or 0)
    attempt = attempts.get((first.provider, first.external_reference or None)) if first.online else None
    number = first.receipt_number or 0
    return Movement(
        kind=first.kind,
        amount_minor=sum(row.amount_minor for row in rows),
        on=first.value_date or first.due_date,
        method=first.method,
        card=card_name(attempt.card_brand, last4=attempt.card_last4)
        if attempt and attempt.card_last4
        else "",
        attempt_id=attempt.id if attempt else None,
        receipt=receipt_name(billing.booking.reference, number=number) if number else "",
        order=number or _receipts_before(first, billing=billing),
        correction=first.is_reversal,
    )


def _receipts_before(row: RowView, *, billing: Billing) -> int:
    """Count the receipts at the moment of a row that has none itself."""
    at = row.closed_at
    closed = (one for one in billing.closed_rows if one.receipt_number)
    return sum(one.closed_at is not None and at is not None and one.closed_at <= at for one in closed)
