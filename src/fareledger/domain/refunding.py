"""Refunds that go back through a provider: which payments bear one, and what a provider's word makes of a part.

Money goes back to the instrument it came from, so each captured payment bears at most what is left of it. The fewest
payments bear a refund, because each part is a movement of its own on the customer's statement; among equals the newest,
whose card is the likeliest to be valid still. An instrument that sent money back is asked last. What no payment can
bear is left for a refund outside any provider. It asks nobody and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from fareledger.domain.errors import Conflict
from fareledger.domain.payment_machine import State

Told = Literal["pending", "succeeded", "failed"]

# A part in one of these states may have moved money, so its amount is taken until the provider says otherwise (P7).
COUNTED: Final = frozenset({State.INTENDED, State.PROCESSING, State.UNKNOWN, State.SUCCEEDED})
LIVE: Final = COUNTED - {State.SUCCEEDED}
# Why a part failed that says nothing of the instrument: the provider was not reached, or did not take it from us.
OUR_TROUBLE: Final = frozenset({"provider_unavailable", "provider_refused", "never_reached"})


class RefundExceedsCaptured(Conflict):
    """More was to go back than the payments can bear now; amounts in minor units."""

    def __init__(self, *, amount_minor: int, refundable_minor: int) -> None:
        message = "More cannot go back online than was paid online and has not gone back yet."
        super().__init__(code="refund_exceeds_captured", message=message)
        self.amount_minor = amount_minor
        self.refundable_minor = refundable_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A captured payment: its amount, and what went back of it or is on its way back, in minor units.

    `refused` says that the last money sent back to its instrument did not get through there.
    """

    payment_id: UUID
    captured_minor: int
    taken_minor: int
    captured_at: datetime
    refused: bool = False

    @property
    def refundable_minor(self) -> int:
        """What is left of the payment; never below 0."""
        return max(0, self.captured_minor - self.taken_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one payment bears of a refund, in minor units, above 0."""

    payment_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A refund over the payments that bear it; the shares and the rest add up to it exactly."""

    shares: tuple[Share, ...]
    rest_minor: int

    @property
    def online_minor(self) -> int:
        """What goes back through providers."""
        return sum(share.amount_minor for share in self.shares)


def spread_refund(bearers: Iterable[Bearer], *, amount_minor: int, most_minor: int | None = None) -> Spread:
    """Spread an amount of minor units over payments: the fewest parts, then the newest payments.

    `most_minor` caps what may go back at all, whatever single payments could bear. What is left over is the rest.
    """
    left = amount_minor if most_minor is None else min(amount_minor, max(0, most_minor))
    rest = amount_minor - left
    able = sorted(
        (one for one in bearers if one.refundable_minor),
        key=lambda one: (-one.refundable_minor, -one.captured_at.timestamp(), one.payment_id),
    )
    shares: list[Share] = []
    for group in ([one for one in able if not one.refused], [one for one in able if one.refused]):
        shares += _shares(group, amount_minor=left - sum(share.amount_minor for share in shares))
    return Spread(shares=tuple(shares), rest_minor=rest + left - sum(share.amount_minor for share in shares))


def _shares(able: list[Bearer], *, amount_minor: int) -> list[Share]:
    """Let the fewest of these bear the amount, or as much of it as they can; the largest come first."""
    left, waiting, shares = amount_minor, list(able), []
    while left and waiting:
        whole = [one for one in waiting if one.refundable_minor >= left]
        one = max(whole, key=lambda each: (each.captured_at, each.payment_id)) if whole else waiting[0]
        waiting.remove(one)
        borne = min(left, one.refundable_minor)
        shares.append(Share(payment_id=one.payment_id, amount_minor=borne))
        left -= borne
    return shares


_AFTER: Final[Mapping[Told, frozenset[State]]] = {
    "pending": frozenset({State.INTENDED, State.UNKNOWN, State.FAILED}),
    "succeeded": frozenset({State.INTENDED, State.UNKNOWN, State.PROCESSING, State.FAILED}),
    # Unlike a payment, a refund that was told as done can come back: the card's bank may refuse it days later.
    "failed": frozenset({State.INTENDED, State.UNKNOWN, State.PROCESSING, State.SUCCEEDED}),
}


def told_of_part(state: State, *, told: Told) -> State:
    """Give the state of a part after what the provider tells of it now; old news leaves it as it is."""
    if state not in _AFTER[told]:
        return state
    return State.PROCESSING if told == "pending" else State(told)
