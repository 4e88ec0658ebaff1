"""Payouts of an acquirer: whether one adds up, and which payment each of its lines belongs to.

Amounts on lines are signed in the operator's favour: a payment's gross is positive, a refund's negative. The
totals of a payout are magnitudes, as acquirers state them, except for adjustments, which have either sign.
Where payouts come from, and what a match posts, is decided elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Literal, get_args
from uuid import UUID

LineKind = Literal["payment", "refund", "chargeback", "adjustment"]
Reason = Literal[
    "not_a_payment", "no_payment", "several_payments", "already_settled", "currency_differs", "amount_differs"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTotals:
    """What the acquirer says about a payout as a whole, in minor units."""

    currency: str
    gross_minor: int
    fees_minor: int
    refunds_minor: int
    chargebacks_minor: int
    adjustments_minor: int
    deposit_minor: int
    line_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One movement inside a payout, in minor units."""

    provider_reference: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    kind: LineKind = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One reason why a payout does not add up; `line` counts from 0 and is None for the payout itself."""

    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A payment or refund that a line may belong to; `settled` when a payout line has claimed it already.

    The amount is a positive magnitude for both.
    """

    payment_id: UUID
    provider_reference: str
    currency: str
    amount_minor: int
    settled: bool
    kind: Literal["payment", "refund"] = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The line belongs to this payment or refund."""

    payment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Excepted:
    """The line goes to the queue of people, with the reason."""

    reason: Reason


def check_equation(payout: PayoutTotals, *, lines: Sequence[PayoutLine]) -> tuple[Problem, ...]:
    """Give every way in which a payout and its lines do not add up; none when it may be stored."""
    return (*_payout_problems(payout, lines=lines), *_line_problems(payout, lines=lines))


def content_hash(payout: PayoutTotals, *, lines: Sequence[PayoutLine]) -> str:
    """Compute the SHA-256 over all figures of a payout, by which a second copy is told from an altered
    one.
    """
    content = [astuple(payout), *(astuple(line) for line in lines)]
    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def match(line: PayoutLine, *, candidates: Iterable[Candidate]) -> Matched | Excepted:
    """Find the payment or refund of a line by provider reference; currency and gross agree to the minor unit."""
    if line.kind not in ("payment", "refund"):
        return Excepted(reason="not_a_payment")
    found = [
        one
        for one in candidates
        if (one.kind, one.provider_reference) == (line.kind, line.provider_reference)
    ]
    if len(found) != 1:
        return Excepted(reason="several_payments" if found else "no_payment")
    candidate = found[0]
    if candidate.currency != line.currency:
        return Excepted(reason="currency_differs")
    if candidate.amount_minor != (line.gross_minor if line.kind == "payment" else -line.gross_minor):
        return Excepted(reason="amount_differs")
    if candidate.settled:
        return Excepted(reason="already_settled")
    return Matched(payment_id=candidate.payment_id)


def _payout_problems(payout: PayoutTotals, *, lines: Sequence[PayoutLine]) -> Iterable[Problem]:
    explained = (
        payout.gross_minor
        - payout.fees_minor
        - payout.refunds_minor
        - payout.chargebacks_minor
        + payout.adjustments_minor
    )
    if explained != payout.deposit_minor:
        yield Problem(
            code="equation", message=f"The totals explain {explained}, the deposit is {payout.deposit_minor}."
        )
    if payout.line_count != len(lines):
        yield Problem(
            code="line_count", message=f"{payout.line_count} lines were announced, {len(lines)} are there."
        )
    net = sum(line.net_minor for line in lines)
    if net != payout.deposit_minor:
        yield Problem(code="deposit", message=f"The lines add up to {net}, not to {payout.deposit_minor}.")
    yield from _total_problems(payout, lines=lines)


def _total_problems(payout: PayoutTotals, *, lines: Sequence[PayoutLine]) -> Iterable[Problem]:
    """Compare every total with its lines: an altered line may leave the deposit as it was."""
    of_kind = {
        kind: sum(line.gross_minor for line in lines if line.kind == kind) for kind in get_args(LineKind)
    }
    for code, total, found in (
        ("gross", payout.gross_minor, of_kind["payment"]),
        ("fees", payout.fees_minor, sum(line.fee_minor for line in lines)),
        ("refunds", payout.refunds_minor, -of_kind["refund"]),
        ("chargebacks", payout.chargebacks_minor, -of_kind["chargeback"]),
        ("adjustments", payout.adjustments_minor, of_kind["adjustment"]),
    ):
        if found != total:
            yield Problem(code=code, message=f"The {code} of the lines are {found}, not {total}.")


def _line_problems(payout: PayoutTotals, *, lines: Sequence[PayoutLine]) -> Iterable[Problem]:
    for place, line in enumerate(lines):
        if line.gross_minor - line.fee_minor != line.net_minor:
            yield Problem(code="line_net", message="Gross less fee is not the net of this line.", line=place)
        if line.kind == "payment" and (line.gross_minor <= 0 or line.fee_minor < 0):
            yield Problem(
                code="line_sign", message="A payment has a gross above 0 and no negative fee.", line=place
            )
        if line.currency != payout.currency:
            yield Problem(
                code="line_currency",
                message=f"This line is in {line.currency}, the payout in {payout.currency}.",
                line=place,
            )
