"""What needs a person today: queues of things that no rule will settle, each with its count, its age and its value.

A queue is a question to the database, not a list that somebody keeps, so an item is gone the moment it is settled.
What staff say of an item, who takes care of it and until when it may rest, stands beside it (`note_work.py`). Values
are never added up over currencies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import NotFound
from fareledger.persistence import work_queues
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.clock import now, today

View = Literal["open", "mine", "snoozed"]

# In the order in which they are worked off: money whose fate is unknown first.
QUEUES: Final = (
    "attempts",
    "refund_orders",
    "payout_lines",
    "refunds",
    "collections",
    "overdue",
    "unplanned",
    "emails",
    "imports",
    "webhooks",
)
# A queue that only some people can do anything about is shown to those.
_NEEDS: Final[Mapping[str, Permission]] = {"webhooks": Permission.MANAGE_KEYS}
REFUND_DAYS: Final = 14
AT_FIRST: Final = 8
PAGE_SIZE: Final = 50
_LONG_UNKNOWN: Final = timedelta(hours=1)
_LONG_WAITING: Final = timedelta(days=1)
_LATELY: Final = timedelta(days=30)


class WorkNotFound(NotFound):
    """Nothing of this name needs anybody, or not any more."""

    def __init__(self) -> None:
        super().__init__(code="work_not_found", message="This is settled, or was never here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """One thing to do. `since` is the operator's day on which it came up; an amount is in minor units of its currency.

    `target` is what its fixing action works on; `detail` holds the facts its reason is made of.
    """

    queue: str
    subject: str
    target: UUID | None
    amount_minor: int | None
    currency: str | None
    since: date
    detail: Mapping[str, Any]
    assigned_to: UUID | None
    assigned_name: str | None
    snoozed_until: date | None
    snooze_reason: str | None
    changed_by: str | None
    reference: str | None
    customer_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One queue as a view shows it; `values` are amounts in minor units by currency."""

    name: str
    count: int
    oldest: date | None
    values: tuple[tuple[str, int], ...]
    items: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """The queues of a view that hold anything, and how many items every view has."""

    queues: tuple[Queue, ...]
    open_count: int
    mine_count: int
    snoozed_count: int
    today: date


def work_list(
    operator: Operator, *, actor: Actor, view: View = "open", queue: str = "", page: int = 1
) -> WorkList:
    """Return all queues with their oldest items; or, with `queue`, one page of that one.

    Raises WorkNotFound for a queue that is not there for this person.
    """
    names = _visible(actor)
    if queue and queue not in names:
        raise WorkNotFound
    limit = PAGE_SIZE if queue else AT_FIRST
    arguments = {
        **_arguments(operator, actor=actor),
        "skip": (page - 1) * limit,
        "limit": limit,
    }
    with operator_snapshot(operator.id):
        sums = work_queues.sums(names, view=view, arguments=arguments)
        rows = work_queues.items([queue] if queue else names, view=view, arguments=arguments)
    items = [_item(row) for row in rows]
    return WorkList(
        queues=tuple(
            found
            for name in ([queue] if queue else names)
            if (found := _queue(name, sums=sums, items=items)).count
        ),
        open_count=sum(row["open_count"] for row in sums),
        mine_count=sum(row["mine_count"] for row in sums),
        snoozed_count=sum(row["snoozed_count"] for row in sums),
        today=today(operator),
    )


def work_item(operator: Operator, *, queue: str, subject: str, actor: Actor) -> WorkItem:
    """Return one item, whether it rests or not. Raises WorkNotFound."""
    if queue not in _visible(actor):
        raise WorkNotFound
    arguments = {**_arguments(operator, actor=actor), "subject": subject, "skip": 0, "limit": 1}
    with operator_snapshot(operator.id):
        rows = work_queues.items([queue], view="one", arguments=arguments)
    if not rows:
        raise WorkNotFound
    return _item(rows[0])


def _visible(actor: Actor) -> list[str]:
    return [name for name in QUEUES if name not in _NEEDS or actor.may(_NEEDS[name])]


def _arguments(operator: Operator, *, actor: Actor) -> dict[str, Any]:
    moment = now()
    return {
        "operator_id": operator.id,
        "me": actor.id,
        "today": today(operator),
        "zone": operator.time_zone.key,
        "long_unknown": moment - _LONG_UNKNOWN,
        "long_waiting": moment - _LONG_WAITING,
        "lately": moment - _LATELY,
    }


def _queue(name: str, *, sums: Sequence[Mapping[str, Any]], items: Sequence[WorkItem]) -> Queue:
    mine = [row for row in sums if row["queue"] == name and row["shown_count"]]
    return Queue(
        name=name,
        count=sum(row["shown_count"] for row in mine),
        oldest=min((row["oldest"] for row in mine), default=None),
        values=tuple((row["currency"], row["amount_minor"]) for row in mine if row["currency"]),
        items=tuple(item for item in items if item.queue == name),
    )


def _item(row: Mapping[str, Any]) -> WorkItem:
    return WorkItem(**{**row, "detail": json.loads(row["detail"])})
