"""Writing to the journal and the timeline, through the two SQL functions that guard them.

What an entry must look like is decided in `fareledger.domain.ledger`; here it becomes one round trip.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from fareledger.domain.identity import new_id
from fareledger.domain.ledger import Account, Posting
from fareledger.persistence import queries


@dataclass(frozen=True)
class Fact:
    """What an entry records: the outside fact (source, source_id) that may post once, and how it came in.

    `posted_on` is the operator's accounting date; both moments are aware UTC.
    """

    operator_id: UUID
    booking_id: UUID
    source: str
    source_id: str
    provider: str
    channel: str
    posted_on: date
    occurred_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class Posted:
    """The entry of a fact, and whether this call wrote it (False: it was there already)."""

    entry_id: UUID
    new: bool


# The casts keep the types of the arrays the same for every amount, so that the server prepares one statement.
_POST = """
SELECT entry_id, posted
  FROM post_entry(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::bigint[])
"""


def post(posting: Posting, *, fact: Fact) -> Posted:
    """Post one entry inside the caller's operator transaction.

    Posting the same fact again returns the first entry. Raises django.db.IntegrityError when the same fact
    comes with other content, or when the entry does not balance (at commit).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            (
                fact.operator_id,
                fact.booking_id,
                new_id(),
                posting.kind.value,
                fact.source,
                fact.source_id,
                posting.currency,
                fact.provider,
                fact.channel,
                fact.posted_on,
                fact.occurred_at,
                fact.recorded_at,
                posting.accounts,
                posting.signed_minor,
            ),
        )
        entry_id, new = cursor.fetchone()
    return Posted(entry_id=entry_id, new=new)


def post_many(operator_id: UUID, *, entries: Sequence[tuple[Posting, Fact]]) -> list[Posted]:
    """Post entries of many bookings in one round trip, inside the caller's operator transaction.

    Give them in the order of their bookings' ids, so that two batches lock in one order; the result comes
    in it too. Raises as `post` does, and then nothing of the batch is posted.
    """
    described = [
        {
            "booking": str(fact.booking_id),
            "id": str(new_id()),
            "kind": posting.kind.value,
            "source": fact.source,
            "source_id": fact.source_id,
            "currency": posting.currency,
            "provider": fact.provider,
            "channel": fact.channel,
            "posted_on": fact.posted_on.isoformat(),
            "occurred_at": fact.occurred_at.isoformat(),
            "recorded_at": fact.recorded_at.isoformat(),
            "accounts": posting.accounts,
            "amounts": posting.signed_minor,
        }
        for posting, fact in entries
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            queries.text("ledger.post_many"), {"entries": json.dumps(described), "operator_id": operator_id}
        )
        return [Posted(entry_id=entry_id, new=new) for entry_id, new in cursor.fetchall()]


def balances(operator_id: UUID, *, booking_id: UUID) -> dict[Account, int]:
    """Return the balance of every account of one booking, debits positive, in minor units of its currency."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account, balance_minor FROM ledger_balance WHERE operator_id = %s AND booking_id = %s",
            (operator_id, booking_id),
        )
        return {Account(account): balance for account, balance in cursor.fetchall()}


@dataclass(frozen=True)
class Event:
    """One event of a booking's timeline; `source_key` names the fact, so that it is told once."""

    operator_id: UUID
    booking_id: UUID
    kind: str
    actor: str
    occurred_at: datetime
    payload: dict[str, object]
    source_key: str | None = None


_APPEND = "SELECT append_timeline(%s, %s, %s, %s, %s, %s::jsonb, %s, %s)"


def append_timeline(event: Event) -> bool:
    """Append one event inside the caller's operator transaction; False when this fact was told before."""
    with connection.cursor() as cursor:
        cursor.execute(_APPEND, _arguments(event))
        return bool(cursor.fetchone()[0])


def append_many(events: Iterable[Event]) -> None:
    """Append events of many bookings, in the order of their ids, with one flow of statements."""
    with connection.cursor() as cursor:
        cursor.executemany(_APPEND, [_arguments(event) for event in events])


def _arguments(event: Event) -> tuple[UUID | str | datetime | None, ...]:
    return (
        event.operator_id,
        event.booking_id,
        new_id(),
        event.kind,
        event.actor,
        json.dumps(event.payload),
        event.source_key,
        event.occurred_at,
    )
