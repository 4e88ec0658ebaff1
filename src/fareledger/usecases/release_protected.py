"""Releases protected money and recognises revenue of bookings whose travel has ended.

The release event is the end of travel: the operator-local day after the last day of the trip, after which
the package has been performed (UK Package Travel Regulations 2018, reg. 23). Each release keeps its
evidence and the statement of its sum. What is owed back to the customer is not released but stays for
the refund. Money still with the acquirer arrives released. Bookings are worked
in batches, each one database transaction, so that a killed worker leaves a booking as it was or done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from fareledger.domain.accounts import Account
from fareledger.domain.ledger import EntryKind, Posting, protection_released, revenue_recognised
from fareledger.domain.protection import Policy, Release, is_protected, released_amounts
from fareledger.persistence import queries
from fareledger.persistence.ledger import Event, Fact, append_many, post_many
from fareledger.persistence.models import ProtectionRelease
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.event_wording import plain_amount

EVENT = "end_of_travel"
_BATCH = 200
_ACTOR = "Worker"
_FIRST = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class ReleaseOutcome:
    """How many trips were completed, and for how many of them money was released."""

    completed: int
    released: int


@dataclass(frozen=True, kw_only=True)
class _Completed:
    """A booking whose travel is over: what its release frees, and the travel that is now earned."""

    booking_id: UUID
    reference: str
    currency: str
    end_date: date
    release: Release
    earned_minor: int

    @property
    def waits(self) -> bool:
        """More was refunded than the acquirer has paid in so far: wait for the payout."""
        return self.release.total_minor < 0


def release_protected(operator: Operator) -> ReleaseOutcome:
    """Complete every booking of the operator whose last day of travel is over; once each.

    Call it outside transactions; run it again after any failure.
    """
    completed = released = 0
    after: UUID | None = _FIRST
    while after is not None:
        done, after = _release_batch(operator, after=after)
        completed, released = completed + done.completed, released + done.released
    return ReleaseOutcome(completed=completed, released=released)


@retried_on_deadlock
def _release_batch(operator: Operator, *, after: UUID) -> tuple[ReleaseOutcome, UUID | None]:
    """Complete one batch; return the booking to go on from, None at the end."""
    at = now()
    today = at.astimezone(operator.time_zone).date()
    asked = {"operator_id": operator.id, "today": today, "at": at}
    with operator_transaction(operator.id):
        rows = queries.rows("protection.travel_over", arguments={**asked, "after": after, "limit": _BATCH})
        if not rows:
            return ReleaseOutcome(completed=0, released=0), None
        found = [one for one in _completed(operator, rows=rows) if not one.waits]
        reached("before_release_post")
        entries = [entry for one in found for entry in _entries(one, operator=operator, at=at)]
        posted = post_many(operator.id, entries=entries)
        entry_of = {
            fact.booking_id: one.entry_id
            for (posting, fact), one in zip(entries, posted, strict=True)
            if posting.kind is EntryKind.PROTECTION_RELEASED
        }
        releases = [_release(one, operator=operator, entry_id=entry_of[one.booking_id], at=at)
                    for one in found if one.release.total_minor]  # fmt: skip
        ProtectionRelease.objects.bulk_create(releases)
        append_many(_event(one, operator=operator, at=at) for one in found)
        queries.execute(
            "protection.complete", arguments={**asked, "bookings": [one.booking_id for one in found]}
        )
    return ReleaseOutcome(completed=len(found), released=len(releases)), rows[-1]["id"]


def _completed(operator: Operator, *, rows: Sequence[dict[str, Any]]) -> list[_Completed]:
    """Read what is held and owed for each booking, in the order of the rows (by id)."""
    protected = is_protected(cast(Policy, operator.protection_policy), travel_completed=False)
    asked = {"operator_id": operator.id, "bookings": [row["id"] for row in rows]}
    balances: dict[UUID, dict[Account, int]] = {}
    for line in queries.rows("protection.balances", arguments=asked):
        balances.setdefault(line["booking_id"], {})[Account(line["account"])] = line["balance_minor"]
    going = {
        line["booking_id"]: line["amount_minor"]
        for line in queries.rows("protection.refunds_on_the_way", arguments=asked)
    }
    nothing = Release(protected_bank_minor=0, top_up_minor=0)
    return [
        _Completed(
            booking_id=row["id"],
            reference=row["reference"],
            currency=row["currency"],
            end_date=row["end_date"],
            release=released_amounts(balances.get(row["id"], {}), refunds_minor=going.get(row["id"], 0))
            if protected
            else nothing,
            earned_minor=-balances.get(row["id"], {}).get(Account.CONTRACT_LIABILITY, 0),
        )
        for row in rows
    ]


def _entries(one: _Completed, *, operator: Operator, at: datetime) -> list[tuple[Posting, Fact]]:
    fact = Fact(
        operator_id=operator.id,
        booking_id=one.booking_id,
        source=EVENT,
        source_id=str(one.booking_id),
        provider="offline",
        channel="schedule",
        posted_on=at.astimezone(operator.time_zone).date(),
        occurred_at=at,
        recorded_at=at,
    )
    postings = (
        protection_released(one.release, currency=one.currency),
        revenue_recognised(one.earned_minor, currency=one.currency),
    )
    return [(posting, fact) for posting in postings if posting is not None]


def _release(one: _Completed, *, operator: Operator, entry_id: UUID, at: datetime) -> ProtectionRelease:
    return ProtectionRelease(
        operator_id=operator.id,
        booking_id=one.booking_id,
        number=1,
        event=EVENT,
        evidence={
            "event": EVENT,
            "end_date": one.end_date.isoformat(),
            "released_on": at.astimezone(operator.time_zone).date().isoformat(),
            "time_zone": operator.time_zone.key,
            "statement": _statement(one),
        },
        amount_minor=one.release.total_minor,
        currency=one.currency,
        entry_id=entry_id,
        released_at=at,
    )


def _statement(one: _Completed) -> str:
    """Write the statement of the sum that a release needs."""
    amount = plain_amount(one.release.total_minor, currency=one.currency)
    return f"The travel of {one.reference} ended on {one.end_date}. {amount} held for it may be released."


def _event(one: _Completed, *, operator: Operator, at: datetime) -> Event:
    amount = plain_amount(one.release.total_minor, currency=one.currency)
    text = f"Travel ended on {one.end_date}"
    return Event(
        operator_id=operator.id,
        booking_id=one.booking_id,
        kind="protection_released" if one.release.total_minor else "travel_completed",
        actor=_ACTOR,
        occurred_at=at,
        payload={
            "text": f"{text}; {amount} released from protection" if one.release.total_minor else text,
            "amount_minor": one.release.total_minor,
            "currency": one.currency,
            "end_date": one.end_date.isoformat(),
        },
        source_key=EVENT,
    )
