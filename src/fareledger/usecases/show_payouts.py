"""The payouts that acquirers made: a list, and one payout with its equation and every line.

Only what was stored is shown; fetching and matching are `pull_payouts.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.persistence.operators import Operator


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
    raise NotImplementedError


def show_payout(operator: Operator, *, payout_id: UUID, after: int = -1) -> PayoutDetail:
    """Read one payout and its lines beyond position `after`. Raises NoSuchPayout."""
    raise NotImplementedError
