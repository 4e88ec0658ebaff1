"""The four links of one booking's money as values: received, settled, protected, reported.

They carry facts and the rows each figure is made of; `show_money_chain.py` reads them, faces find the words.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

# done: nothing is left to happen; wait: money is on its way or held; none: no money for this link yet.
LinkState = Literal["done", "wait", "none"]


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One closed row of the plan: money received (positive) or refunded (negative), in minor units.

    A row that `reverses` another has the other sign: it takes that movement back. `entry_id` is the journal
    entry that recorded it.
    """

    transaction_id: UUID
    kind: Literal["payment", "refund"]
    amount_minor: int
    channel: str
    provider: str
    method: str
    provider_reference: str
    closed_at: datetime
    reverses: UUID | None
    entry_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class ChannelAmount:
    """What came in through one channel, refunds taken off."""

    channel: str
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class MatchedLink:
    """Money matched to the booking and its channel; `amount_minor` is received less refunded."""

    state: LinkState
    amount_minor: int
    by_channel: tuple[ChannelAmount, ...]
    movements: tuple[Movement, ...]


@dataclass(frozen=True, kw_only=True)
class SettledLine:
    """One line of a payout that belongs to the booking, matched, and the entry that posted it."""

    payout_id: UUID
    payout_reference: str
    provider: str
    paid_at: datetime
    provider_reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    card_brand: str
    card_funding: str
    entry_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class SettledLink:
    """What acquirers paid out for the booking: `amount_minor` is the net, gross − fee.

    `in_transit_minor` is money paid online that no payout has brought yet; `payouts` counts different ones.
    """

    state: LinkState
    amount_minor: int
    gross_minor: int
    fee_minor: int
    in_transit_minor: int
    payouts: int
    lines: tuple[SettledLine, ...]


@dataclass(frozen=True, kw_only=True)
class Released:
    """One release of protected money: `amount_minor` is the sum that its signed statement names."""

    event: str
    evidence: dict[str, str]
    amount_minor: int
    released_at: datetime
    entry_id: UUID


@dataclass(frozen=True, kw_only=True)
class ProtectedLink:
    """What is held on trust: `amount_minor` = `bank_minor` + `top_up_minor` (fees) + `in_transit_minor`.

    `releasable_on` is the first day on which it may be let go. Under the policy `none` nothing is held.
    """

    state: LinkState
    policy: str
    amount_minor: int
    bank_minor: int
    top_up_minor: int
    in_transit_minor: int
    released_minor: int
    end_date: date
    releasable_on: date
    releases: tuple[Released, ...]


@dataclass(frozen=True, kw_only=True)
class ReportCellOfBooking:
    """What the booking adds to one cell of the ledger report; `month` is the first day of the month."""

    account: str
    month: date
    debit_minor: int
    credit_minor: int
    entries: int


@dataclass(frozen=True, kw_only=True)
class ReportLink:
    """The cells of the ledger report that the booking's entries stand in.

    `amount_minor` is received less refunded as the ledger has it, to compare with the first link.
    """

    state: LinkState
    amount_minor: int
    as_at: date
    cells: tuple[ReportCellOfBooking, ...]


@dataclass(frozen=True, kw_only=True)
class MoneyChain:
    """The four links of one booking, all amounts in minor units of `currency`, read at one snapshot."""

    booking_id: UUID
    currency: str
    matched: MatchedLink
    settled: SettledLink
    protected: ProtectedLink
    reported: ReportLink
