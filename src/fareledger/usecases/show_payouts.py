"""The payouts that acquirers made: a list, and one payout with its equation and every line.

Only what was stored is shown; fetching and matching are `pull_payouts.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction

_LINES = 500


class NoSuchPayout(NotFound):
    """The operator has no payout with this id."""

    def __init__(self) -> None:
        super().__init__(code="payout_not_found", message="There is no such payout.")


@dataclass(frozen=True, kw_only=True)
class PayoutSummary:
    """One payout in minor units: gross − fees − refunds − chargebacks + adjustments = deposit.

    `unmatched_minor` is the net of the lines that no booking bears yet (exceptions and lines still waiting).
    """

    id: UUID
    provider: str
    external_id: str
    currency: str
    gross_minor: int
    fees_minor: int
    refunds_minor: int
    chargebacks_minor: int
    adjustments_minor: int
    deposit_minor: int
    line_count: int
    matched_count: int
    exception_count: int
    waiting_count: int
    unmatched_minor: int
    paid_at: datetime
    imported_at: datetime


@dataclass(frozen=True, kw_only=True)
class PayoutPage:
    """Payouts, newest first; `next_before` names the last one shown when there are more, else None."""

    payouts: tuple[PayoutSummary, ...]
    next_before: UUID | None


@dataclass(frozen=True, kw_only=True)
class PayoutLineView:
    """One line of a payout: `status` is `matched`, `exception` or `waiting`.

    The reason of an exception is one word of `fareledger.domain.settlement.Reason`.
    """

    id: UUID
    position: int
    kind: str
    provider_reference: str
    merchant_reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    card_brand: str
    card_funding: str
    occurred_at: datetime
    status: str
    reason: str
    booking_id: UUID | None
    booking_reference: str
    entry_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class PayoutDetail:
    """A payout with up to 500 of its lines; `next_after` is the position to go on from, None at the end."""

    payout: PayoutSummary
    content_sha256: str
    lines: tuple[PayoutLineView, ...]
    next_after: int | None


def list_payouts(operator: Operator, *, before: UUID | None = None, limit: int = 50) -> PayoutPage:
    """List the operator's payouts, newest first, beginning after the payout `before`."""
    with operator_transaction(operator.id):
        found = queries.rows(
            "settlement.payouts", arguments={"operator_id": operator.id, "before": before, "limit": limit + 1}
        )
    payouts = tuple(_summary(row) for row in found[:limit])
    return PayoutPage(payouts=payouts, next_before=payouts[-1].id if len(found) > limit else None)


def show_payout(operator: Operator, *, payout_id: UUID, after: int = -1) -> PayoutDetail:
    """Read one payout and its lines beyond position `after`. Raises NoSuchPayout."""
    arguments = {"operator_id": operator.id, "payout_id": payout_id, "after": after, "limit": _LINES + 1}
    with operator_transaction(operator.id):
        head = queries.row("settlement.payout", arguments=arguments)
        if head is None:
            raise NoSuchPayout
        lines = queries.rows("settlement.lines", arguments=arguments)
    return PayoutDetail(
        payout=_summary(head),
        content_sha256=head["content_sha256"],
        lines=tuple(PayoutLineView(**row) for row in lines[:_LINES]),
        next_after=lines[_LINES - 1]["position"] if len(lines) > _LINES else None,
    )


def _summary(row: dict[str, Any]) -> PayoutSummary:
    return PayoutSummary(**{name: row[name] for name in PayoutSummary.__dataclass_fields__})
