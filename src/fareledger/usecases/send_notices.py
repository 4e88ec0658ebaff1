"""Tells customers ahead of their approved payments: how much will be charged, when, to which card.

Bookings are claimed in batches under their locks. A notice is queued in the transaction that notes it, so that nothing
is charged without one, and one goes out for each consent and day; what grew since it was announced is announced anew.
A row whose stored card is gone gets no notice but the word that another card is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from fareledger.domain.approvals import last_day_to_withdraw
from fareledger.domain.collecting import Event, Habits, State, promised_day
from fareledger.domain.identity import new_id
from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Collection
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approval_news import card_words
from fareledger.usecases.clock import now, today
from fareledger.usecases.crash_points import reached
from fareledger.usecases.follow_collection import Stuck, card_is_gone, stuck_of, take_on
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.tell_collection import ChargeLetter, Turn, tell_turn, write_to_customer

BATCH: Final = 200
# Nobody is written to, and no card is charged, in the operator's night.
FROM_HOUR: Final = 9
_NOBODY: Final = UUID(int=0)


def queue_collections() -> None:
    """Queue notices, charges and the watch over cards for every operator whose day has begun; a demo's always has."""
    for operator in everyone():
        decent = now().astimezone(operator.time_zone).hour >= FROM_HOUR or settings.ENVIRONMENT.demo
        if decent:
            with operator_transaction(operator.id):
                mine = str(operator.id)
                for name in ("send_notices", "collect_due", "watch_cards", "end_mandates"):
                    enqueue(name, once=f"{name}:{mine}", operator_id=mine)


def send_notices(operator: Operator, *, batch: int = BATCH) -> int:
    """Queue every notice that is due and was not given yet; return how many.

    A row that was approved later than its notice was due gets it at once; so does one that was left behind while
    everything stood still, and is then charged on a later day.
    """
    settle(operator)
    queued, last = 0, _NOBODY
    while True:
        last, count = _notify(operator, after=last, limit=batch)
        queued += count
        if last == _NOBODY:
            return queued


def settle(operator: Operator) -> int:
    """End the collections of rows that were closed or taken away, or whose consent has ended; return how many."""
    with operator_transaction(operator.id):
        return queries.execute("collection.settle", arguments={"operator_id": operator.id, "at": now()})


@retried_on_deadlock
def _notify(operator: Operator, *, after: UUID, limit: int) -> tuple[UUID, int]:
    """Work off one batch of bookings; return the last of them and how many notices were queued."""
    day = today(operator)
    until = day + timedelta(days=Habits.from_json(operator.collecting).notice_days)
    with operator_transaction(operator.id):
        arguments: dict[str, Any] = {"operator_id": operator.id, "until": until}
        held = queries.rows("collection.unannounced", arguments={**arguments, "after": after, "limit": limit})
        if not held:
            return _NOBODY, 0
        booking_ids = [row["id"] for row in held]
        found = queries.rows("collection.to_announce", arguments={**arguments, "booking_ids": booking_ids})
        locked: dict[UUID, LockedBooking] = {}
        count = 0
        for row in found:
            booking_id = row["booking_id"]
            if booking_id not in locked:
                locked[booking_id] = lock_booking(operator, booking_id=booking_id)
            count += _announce(operator, locked=locked[booking_id], row=row, day=day)
        reached("before_notices_commit")
    return booking_ids[-1], count


def _announce(operator: Operator, *, locked: LockedBooking, row: Mapping[str, Any], day: date) -> bool:
    collection = _collection(operator, row=row)
    collection.attempt_id, collection.tries = None, 0
    collection.failure_code = collection.failure_message = ""
    stuck = stuck_of(operator, locked=locked, collection=collection, mandate_id=row["mandate_id"])
    if not row["mandate_lives"]:
        take_on(collection, event=Event.BEGUN)
        card_is_gone(stuck)
        return False
    charge_on = promised_day(row["charge_on"], told_on=day)
    collection.noticed_at, collection.announced_minor = now(), stuck.row.amount_minor
    take_on(collection, event=Event.BEGUN, next_on=charge_on)
    _write(stuck, approval_id=row["approval_id"], charge_on=charge_on, day=day)
    return True


def _collection(operator: Operator, *, row: Mapping[str, Any]) -> Collection:
    if row["collection_id"] is not None:
        return Collection.objects.get(operator_id=operator.id, id=row["collection_id"])
    return Collection(
        operator_id=operator.id,
        id=new_id(),
        booking_id=row["booking_id"],
        transaction_id=row["row_id"],
        state=State.WAITING,
        changed_at=now(),
    )


def _write(stuck: Stuck, *, approval_id: UUID, charge_on: date, day: date) -> None:
    card, key = card_words(stuck.mandate), f"{approval_id}:{charge_on}:{stuck.row.amount_minor}"
    until = last_day_to_withdraw(stuck.row.due_date)
    facts = {
        "charge_on": charge_on.isoformat(),
        "withdraw_by": until.isoformat() if until >= day else None,
        "late": charge_on > stuck.row.due_date,
    }
    write_to_customer(
        stuck.operator,
        booking=stuck.locked.booking,
        row=stuck.row,
        mandate=stuck.mandate,
        letter=ChargeLetter(kind="collection_notice", key=key, facts=facts),
    )
    text = f"the customer was told that it is charged to {card} on {charge_on:%d %B %Y}"
    turn = Turn(kind="collection_noticed", text=text, key=key, next_on=charge_on)
    tell_turn(stuck.row, booking=stuck.locked.booking, turn=turn)
