"""Finds the payment or refund that each waiting payout line belongs to, and posts fee and net to its booking.

A line matches by provider reference, currency and gross, all exact; any doubt makes it an exception with
its reason, for a person. Lines are worked in batches, each one database transaction: its lines, entries
and events are there together or not at all, so a killed worker leaves nothing half done. Storing payouts
is `pull_payouts.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from fareledger.domain.ledger import Posting, payment_settled, refund_settled
from fareledger.domain.protection import Policy
from fareledger.domain.settlement import Candidate, Excepted, PayoutLine, match
from fareledger.persistence import queries
from fareledger.persistence.ledger import Event, Fact, append_many, post_many
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount

SOURCE = "settlement"
_BATCH = 500
_ACTOR = "Worker"

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class MatchOutcome:
    """How many lines were matched and how many became exceptions."""

    matched: int
    excepted: int


@dataclass(frozen=True, kw_only=True)
class _Match:
    """A line and the payment it belongs to; `completed_on` is set when the booking's travel is over."""

    line: Row
    payment: Row
    completed_on: date | None


def match_payout_lines(operator: Operator) -> MatchOutcome:
    """Match every waiting line of the operator, and those whose payment has become known since.

    Call it outside transactions.
    """
    with operator_transaction(operator.id):
        queries.execute("settlement.reopen", arguments={"operator_id": operator.id})
    matched = excepted = 0
    while True:
        done = _match_batch(operator)
        matched, excepted = matched + done.matched, excepted + done.excepted
        if done.matched + done.excepted == 0:
            return MatchOutcome(matched=matched, excepted=excepted)


@retried_on_deadlock
def _match_batch(operator: Operator) -> MatchOutcome:
    with operator_transaction(operator.id):
        lines = queries.rows("settlement.waiting", arguments={"operator_id": operator.id, "limit": _BATCH})
        if not lines:
            return MatchOutcome(matched=0, excepted=0)
        asked = {"operator_id": operator.id, "references": [line["provider_reference"] for line in lines]}
        completed = {
            row["id"]: row["travel_completed_on"]
            for row in queries.rows("settlement.lock_bookings_of", arguments=asked)
        }
        matches, exceptions = _decide(lines, payments=queries.rows("settlement.candidates", arguments=asked))
        found = [
            _Match(line=line, payment=payment, completed_on=completed[payment["booking_id"]])
            for line, payment in matches
        ]
        found.sort(key=lambda one: (one.payment["booking_id"], one.line["id"]))
        at = now()
        reached("before_settlement_post")
        posted = post_many(operator.id, entries=[_entry(one, operator=operator, at=at) for one in found])
        append_many(_event(one, operator=operator, at=at) for one in found)
        _save(
            found, entry_ids=[one.entry_id for one in posted], exceptions=exceptions, operator=operator, at=at
        )
        return MatchOutcome(matched=len(found), excepted=len(exceptions))


def _decide(
    lines: Sequence[Row], *, payments: Sequence[Row]
) -> tuple[list[tuple[Row, Row]], list[tuple[Row, str]]]:
    """Pair lines with payments; the second list holds lines with the reason why they have none."""
    by_reference: dict[tuple[str, str], list[Row]] = {}
    for payment in payments:
        by_reference.setdefault((payment["provider"], payment["provider_reference"]), []).append(payment)
    matches: list[tuple[Row, Row]] = []
    exceptions: list[tuple[Row, str]] = []
    taken: set[UUID] = set()
    for line in lines:
        possible = by_reference.get((line["provider"], line["provider_reference"]), [])
        found = match(_line(line), candidates=[_candidate(payment, taken=taken) for payment in possible])
        if isinstance(found, Excepted):
            exceptions.append((line, found.reason))
        else:
            taken.add(found.payment_id)
            matches.append((line, next(one for one in possible if one["payment_id"] == found.payment_id)))
    return matches, exceptions


def _line(line: Row) -> PayoutLine:
    return PayoutLine(
        kind=line["kind"],
        provider_reference=line["provider_reference"],
        currency=line["currency"],
        gross_minor=line["gross_minor"],
        fee_minor=line["fee_minor"],
        net_minor=line["net_minor"],
    )


def _candidate(payment: Row, *, taken: set[UUID]) -> Candidate:
    return Candidate(
        payment_id=payment["payment_id"],
        provider_reference=payment["provider_reference"],
        currency=payment["currency"],
        amount_minor=payment["amount_minor"],
        settled=payment["settled"] or payment["payment_id"] in taken,
        kind=payment["kind"],
    )


def _entry(one: _Match, *, operator: Operator, at: datetime) -> tuple[Posting, Fact]:
    settled = payment_settled if one.line["kind"] == "payment" else refund_settled
    posting = settled(
        abs(one.line["gross_minor"]),
        fee_minor=one.line["fee_minor"],
        currency=one.line["currency"],
        policy=cast(Policy, operator.protection_policy),
        travel_completed=one.completed_on is not None,
    )
    if posting is None:
        raise RuntimeError("a payment or refund has a gross")
    return posting, Fact(
        operator_id=operator.id,
        booking_id=one.payment["booking_id"],
        source=SOURCE,
        # The payment, not the line: a payment is settled once, whichever payout claims it.
        source_id=f"{one.line['provider']}:{one.line['provider_reference']}",
        provider=one.line["provider"],
        channel=one.payment["channel"],
        posted_on=at.astimezone(operator.time_zone).date(),
        occurred_at=one.line["paid_at"],
        recorded_at=at,
    )


def _event(one: _Match, *, operator: Operator, at: datetime) -> Event:
    line, kind = one.line, one.line["kind"]
    gross = plain_amount(abs(line["gross_minor"]), currency=line["currency"])
    did = "paid out by" if kind == "payment" else "of a refund taken off a payout by"
    fee = plain_amount(line["fee_minor"], currency=line["currency"])
    return Event(
        operator_id=operator.id,
        booking_id=one.payment["booking_id"],
        kind=f"{kind}_settled",
        actor=_ACTOR,
        occurred_at=at,
        payload={
            "text": f"{gross} {did} {line['provider'].capitalize()}, fee {fee}",
            "amount_minor": line["gross_minor"],
            "fee_minor": line["fee_minor"],
            "net_minor": line["net_minor"],
            "currency": line["currency"],
            "provider": line["provider"],
            "provider_reference": line["provider_reference"],
            "payout": line["payout_reference"],
            "paid_at": line["paid_at"].isoformat(),
        },
        source_key=f"{SOURCE}:{line['provider']}:{line['provider_reference']}",
    )


def _save(
    found: Sequence[_Match],
    *,
    entry_ids: Sequence[UUID],
    exceptions: Sequence[tuple[Row, str]],
    operator: Operator,
    at: datetime,
) -> None:
    lines: list[dict[str, str]] = [
        {
            "id": str(one.line["id"]),
            "status": "matched",
            "reason": "",
            "booking_id": str(one.payment["booking_id"]),
            "transaction_id": str(one.payment["payment_id"]),
            "entry_id": str(entry_id),
        }
        for one, entry_id in zip(found, entry_ids, strict=True)
    ]
    lines += [{"id": str(line["id"]), "status": "exception", "reason": reason} for line, reason in exceptions]
    queries.execute(
        "settlement.decide", arguments={"operator_id": operator.id, "lines": json.dumps(lines), "at": at}
    )
