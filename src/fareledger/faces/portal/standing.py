"""Where a booking stands for its customer: what is left, by when, and whether a payment can be made now.

The figures are the booking's own; here they are only put into the order the portal's sentences need.
"""

from __future__ import annotations

from dataclasses import dataclass

from fareledger.usecases.show_booking import Billing, BookingAttempt, RowView

# Money may be on its way: a second payment now could be a double one.
_CONFIRMING = ("intended", "processing", "unknown")
_BAR_STEPS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the first screen says. `left_minor` and `owed_minor` are never both above zero.

    `payments` are the open ones, next due first; `rest_minor` is what is left after the next of them.
    """

    left_minor: int
    owed_minor: int
    payments: tuple[RowView, ...]
    refunds: tuple[RowView, ...]
    next: RowView | None
    rest_minor: int
    confirming: BookingAttempt | None

    @property
    def paid_in_full(self) -> bool:
        """Say whether nothing is owed either way."""
        return self.left_minor == 0 and self.owed_minor == 0

    @property
    def overdue(self) -> tuple[RowView, ...]:
        """The open payments whose date has passed, oldest first."""
        return tuple(row for row in self.payments if row.overdue) if self.next else ()

    @property
    def overdue_minor(self) -> int:
        """What of the amount that is left should have been paid by now."""
        return min(self.left_minor, sum(row.amount_minor for row in self.overdue))

    @property
    def payable(self) -> RowView | None:
        """The payment that may be made now; none while another one is being confirmed."""
        return None if self.confirming else self.next

    @property
    def fully_scheduled(self) -> bool:
        """Say whether the open payments are exactly what is left, so that their dates tell when."""
        return not self.refunds and sum(row.amount_minor for row in self.payments) == self.left_minor

    @property
    def all_due_together(self) -> bool:
        """Say whether everything that is left is due on one date."""
        return self.fully_scheduled and len({row.due_date for row in self.payments}) == 1


@dataclass(frozen=True, slots=True)
class Bar:
    """Widths of the bar in per cent, as SVG wants them: paid, then a gap, then what is scheduled."""

    paid: str
    planned_from: str
    planned: str


def standing_of(billing: Billing) -> Standing:
    """Put a booking's figures and open rows in order."""
    outstanding = billing.figures.outstanding_minor
    payments = tuple(row for row in billing.open_rows if row.kind == "payment")
    following = payments[0] if payments and outstanding > 0 else None
    return Standing(
        left_minor=max(0, outstanding),
        owed_minor=max(0, -outstanding),
        payments=payments,
        refunds=tuple(row for row in billing.open_rows if row.kind == "refund"),
        next=following,
        rest_minor=max(0, outstanding - following.amount_minor) if following else 0,
        confirming=_confirming(billing),
    )


def bar_of(billing: Billing) -> Bar | None:
    """Return the bar of what was paid of the whole, or None where there is no whole to speak of."""
    figures = billing.figures
    received = figures.paid_minor - figures.refunded_minor
    whole = max(figures.payable_minor, received)
    if whole <= 0:
        return None
    paid = max(0, received) * _BAR_STEPS // whole
    gap = 5 if 0 < paid < _BAR_STEPS else 0
    return Bar(
        paid=_percent(paid), planned_from=_percent(paid + gap), planned=_percent(_BAR_STEPS - paid - gap)
    )


def _confirming(billing: Billing) -> BookingAttempt | None:
    # A contradiction on record: nobody knows whether money moved, so nothing more is asked of the customer.
    return next(
        (one for one in billing.attempts if one.state in _CONFIRMING or (one.live and one.problem)), None
    )


def _percent(steps: int) -> str:
    return f"{max(0, steps) // 10}.{max(0, steps) % 10}%"
