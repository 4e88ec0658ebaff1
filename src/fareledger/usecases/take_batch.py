"""Takes a batch of bookings in by one database transaction, which is what makes an import quick.

What speaks against a booking is mostly seen before anything is written. Where only the database knows it, the batch
is undone and taken again booking by booking, so that one refused booking holds up no other. No customer is written
to, and the batch remembers nothing: who needs to know how far it is, writes that down inside its transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from fareledger.domain.access import Actor, Permission
from fareledger.domain.booking import BookingDetails
from fareledger.domain.errors import FareledgerError
from fareledger.domain.wording import reference_key
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import lock_names, operator_transaction
from fareledger.usecases.accept_booking import accept_within, arrival_now, check_details
from fareledger.usecases.booking_files import Record
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.create_bookings import create_bookings
from fareledger.usecases.import_outcome import Taken
from fareledger.usecases.read_booking import details_of, read_body

BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends the bookings, and by which channel."""

    actor: Actor
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A booking of the file in which nothing is wrong as far as can be seen without the database."""

    record: Record
    details: BookingDetails
    version: int | None


def take_batch(
    operator: Operator, *, records: Sequence[Record], sender: Sender, note: Callable[[Taken], None]
) -> Taken:
    """Take records in, in their order, and say what they came to; `note` is called inside the transaction.

    A record is one booking, whole or not at all. Raises NotPermitted.
    """
    sender.actor.require(Permission.CHANGE_BOOKINGS)
    ready, refused = _read(records, operator=operator)
    arrival = arrival_now(operator, channel=sender.channel, actor=sender.actor)
    try:
        return _take(ready, arrival=arrival, refused=refused, note=note)
    except (FareledgerError, IntegrityError):
        return _take_singly(ready, arrival=arrival, refused=refused, note=note)


@retried_on_deadlock
def _take(
    ready: Sequence[_Ready],
    *,
    arrival: Arrival,
    refused: Sequence[tuple[FareledgerError, Record]],
    note: Callable[[Taken], None],
) -> Taken:
    taken = _begin(refused)
    with operator_transaction(arrival.operator.id):
        _lock(ready, operator=arrival.operator)
        new, others = _apart(ready, operator=arrival.operator)
        create_bookings([one.details for one in new], arrival=arrival)
        taken.created += len(new)
        for one in others:
            accepted = accept_within(one.details, arrival=arrival, expected_version=one.version)
            taken.count(accepted.outcome)
        note(taken)
    return taken


def _apart(ready: Sequence[_Ready], *, operator: Operator) -> tuple[list[_Ready], list[_Ready]]:
    """Tell bookings that are simply new from those that are known, or come twice in the batch."""
    keys = [reference_key(one.details.reference) for one in ready]
    known = Booking.objects.filter(operator_id=operator.id, reference_key__in=keys)
    special = set(known.values_list("reference_key", flat=True))
    special |= {key for key, times in Counter(keys).items() if times > 1}
    new = [one for one, key in zip(ready, keys, strict=True) if key not in special]
    return new, [one for one, key in zip(ready, keys, strict=True) if key in special]


@retried_on_deadlock
def _take_singly(
    ready: Sequence[_Ready],
    *,
    arrival: Arrival,
    refused: Sequence[tuple[FareledgerError, Record]],
    note: Callable[[Taken], None],
) -> Taken:
    taken = _begin(refused)
    with operator_transaction(arrival.operator.id):
        _lock(ready, operator=arrival.operator)
        for one in ready:
            try:
                with transaction.atomic():
                    accepted = accept_within(one.details, arrival=arrival, expected_version=one.version)
            except FareledgerError as problem:
                taken.refuse(problem, record=one.record)
            else:
                taken.count(accepted.outcome)
        taken.reasons.sort(key=lambda row: row.line)
        note(taken)
    return taken


def _begin(refused: Iterable[tuple[FareledgerError, Record]]) -> Taken:
    taken = Taken()
    for problem, record in refused:
        taken.refuse(problem, record=record)
    return taken


def _lock(ready: Iterable[_Ready], *, operator: Operator) -> None:
    """Hold the names of all references."""
    lock_names(operator.id, texts={reference_key(one.details.reference) for one in ready})


def _read(
    records: Iterable[Record], *, operator: Operator
) -> tuple[list[_Ready], list[tuple[FareledgerError, Record]]]:
    ready: list[_Ready] = []
    refused: list[tuple[FareledgerError, Record]] = []
    for record in records:
        try:
            if record.problem is not None:
                raise record.problem
            body = read_body(record.document)
            details = details_of(body, operator=operator)
            check_details(details, operator=operator)
        except FareledgerError as problem:
            refused.append((problem, record))
        else:
            ready.append(_Ready(record=record, details=details, version=body.version))
    return ready, refused
