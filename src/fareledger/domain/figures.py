"""The figures of a booking, computed from its plan rows.

Both faces, the API and every email show these and no others. The names follow the glossary: `outstanding` is
money that has not moved yet, `unplanned` is the part of it that no open row covers. Two numbers, two names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from fareledger.domain.plan import Kind

RowStatus = Literal["open", "closed", "deleted"]
PaymentStatus = Literal["unpaid", "partially_paid", "paid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One stored transaction of a booking's plan, as rules see it.

    `amount_minor` is a positive magnitude for both kinds. `rule_based` is true when the due date came from the terms,
    whose `part` the row then stands for (none: the balance), and false when a person chose it. `online` says whether
    the money moved through a provider. A `reversal` takes back what an earlier row of its kind recorded by mistake, so
    it counts against that kind.
    """

    id: UUID
    kind: Kind
    status: RowStatus
    amount_minor: int
    due_date: date
    online: bool = False
    rule_based: bool = True
    part: int | None = None
    source: str = "plan"
    reversal: bool = False

    @property
    def counted_minor(self) -> int:
        """What the row adds to the figure of its kind: below 0 for a reversal."""
        return -self.amount_minor if self.reversal else self.amount_minor

    @property
    def is_open(self) -> bool:
        """Say whether the money of this row has still to move."""
        return self.status == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a booking costs, what moved and what has still to move, in minor units of its currency."""

    sales_price_minor: int
    non_payable_minor: int
    payable_minor: int
    paid_minor: int
    refunded_minor: int
    refunded_offline_minor: int
    refunded_online_minor: int
    outstanding_minor: int
    open_payments_minor: int
    open_refunds_minor: int
    unplanned_minor: int
    status: PaymentStatus
    refund_due: bool

    def remainder_minor(self, kind: Kind) -> int:
        """Give how much can still be planned as rows of a kind: 0 when nothing can."""
        return max(0, self.unplanned_minor if kind == "payment" else -self.unplanned_minor)

    def unplanned_with(self, kind: Kind, *, amount_minor: int) -> int:
        """Give the unplanned value once an open row is added; with a negative amount, once it is deleted."""
        return self.unplanned_minor + (amount_minor if kind == "refund" else -amount_minor)

    def outstanding_with(self, kind: Kind, *, amount_minor: int) -> int:
        """Give the outstanding value once this much has moved; with a negative amount, once it is taken back."""
        return self.outstanding_minor + (amount_minor if kind == "refund" else -amount_minor)


def figures_of(rows: Iterable[PlanRow], *, sales_price_minor: int, non_payable_minor: int) -> Figures:
    """Compute the figures of one booking from all its rows; deleted rows count for nothing."""
    paid = refunded_offline = refunded_online = open_payments = open_refunds = 0
    for row in rows:
        match row.status, row.kind, row.online:
            case "closed", "payment", _:
                paid += row.counted_minor
            case "closed", "refund", True:
                refunded_online += row.counted_minor
            case "closed", "refund", _:
                refunded_offline += row.counted_minor
            case "open", "payment", _:
                open_payments += row.amount_minor
            case "open", "refund", _:
                open_refunds += row.amount_minor
    payable = sales_price_minor - non_payable_minor
    refunded = refunded_offline + refunded_online
    outstanding = payable - paid + refunded
    return Figures(
        sales_price_minor=sales_price_minor,
        non_payable_minor=non_payable_minor,
        payable_minor=payable,
        paid_minor=paid,
        refunded_minor=refunded,
        refunded_offline_minor=refunded_offline,
        refunded_online_minor=refunded_online,
        outstanding_minor=outstanding,
        open_payments_minor=open_payments,
        open_refunds_minor=open_refunds,
        unplanned_minor=outstanding - open_payments + open_refunds,
        status=payment_status(received_minor=paid - refunded, payable_minor=payable),
        refund_due=outstanding < 0,
    )


def payment_status(*, received_minor: int, payable_minor: int) -> PaymentStatus:
    """Say how far a booking is paid, from what was received net of refunds; also when overpaid."""
    if received_minor >= payable_minor:
        return "paid"
    return "partially_paid" if received_minor > 0 else "unpaid"
