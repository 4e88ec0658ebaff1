"""Python clients that post entries: as many processes as clients, each with one persistent connection.

They are started once and wait between measurements, so that starting Python is never part of a figure.
"""

import itertools
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.ledger import Posting, payment_received

if TYPE_CHECKING:
    from fareledger.persistence.ledger import Fact

Bookings = dict[UUID, list[UUID]]
DAY, MOMENT = date(2026, 3, 2), datetime(2026, 3, 2, 12, tzinfo=UTC)
BATCH = 50


class Clients:
    """A number of processes that all do the same work for a while."""

    def __init__(self, url: str, *, bookings: Bookings, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for number in range(count):
            ours, theirs = context.Pipe()
            work = {"url": url, "bookings": bookings, "number": number}
            process = context.Process(target=_serve, args=(theirs,), kwargs=work, daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        for pipe in self._pipes:
            pipe.recv()

    def measure(self, work: str, *, seconds: float) -> float:
        """Return the postings a second that all clients reach together at one kind of work."""
        for pipe in self._pipes:
            pipe.send((work, seconds))
        return sum(_figure(pipe.recv()) for pipe in self._pipes)

    def working(self, work: str) -> Callable[[float], float]:
        """Return the measurement of one kind of work, as a function of its seconds."""
        return lambda seconds: self.measure(work, seconds=seconds)

    def stop(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(timeout=10)


def _figure(answer: float | str) -> float:
    if isinstance(answer, str):
        raise RuntimeError(f"a client failed:\n{answer}")  # noqa: TRY004  # what it sent is its traceback
    return answer


def _serve(pipe: Connection, *, url: str, bookings: Bookings, number: int) -> None:
    import os
    import traceback

    os.environ["DJANGO_SETTINGS_MODULE"] = "fareledger.config.settings"
    import django

    django.setup()
    works = _works(url, bookings=bookings, number=number)
    pipe.send("ready")
    while (asked := pipe.recv()) is not None:
        work, seconds = asked
        try:
            pipe.send(_rate(works[work], seconds=seconds))
        except Exception:  # noqa: BLE001  # the parent prints it and ends the run
            pipe.send(traceback.format_exc())


def _rate(act: Callable[[], int], *, seconds: float) -> float:
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        done += act()
    return done / (time.perf_counter() - started)


def _works(url: str, *, bookings: Bookings, number: int) -> dict[str, Callable[[], int]]:
    """Give every kind of work by name: each call posts and commits, and returns how many entries."""
    one, *many = bookings
    chosen = random.Random(number)
    from benchmarks.house import use_for_django

    use_for_django(url)
    own = many[number % len(many)]
    pick_one = [(one, booking) for booking in bookings[one]]
    pick_many = [(operator, booking) for operator in many for booking in bookings[operator]]
    return {
        "psycopg": _psycopg_work(url, operator=own, bookings=bookings[own], chosen=chosen),
        "django": _django_work(lambda: chosen.choice(pick_many)),
        "one operator": _django_work(lambda: chosen.choice(pick_one)),
        "batches": _batch_work(bookings, chosen=chosen),
    }


def _psycopg_work(
    url: str, *, operator: UUID, bookings: Sequence[UUID], chosen: random.Random
) -> Callable[[], int]:
    """One statement an entry, committed by itself, on a connection that belongs to one operator."""
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    connection.execute(f"SET fareledger.operator_id = '{operator}'")
    cursor = connection.cursor()
    post = (
        "SELECT entry_id, posted FROM post_entry"
        "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s::bigint[])"
    )

    def act() -> int:
        entry = new_id()
        cursor.execute(
            post,
            (
                operator, chosen.choice(bookings), entry, "payment_received", "bench", str(entry), "GBP", "sandbox",
                "portal", DAY, MOMENT, MOMENT, ["acquirer_clearing", "customer_receivable"], [100, -100],
            ),
        )  # fmt: skip
        return 1

    return act


def _django_work(pick: Callable[[], tuple[UUID, UUID]]) -> Callable[[], int]:
    from fareledger.persistence import ledger
    from fareledger.persistence.tenancy import operator_transaction

    def act() -> int:
        operator, booking = pick()
        with operator_transaction(operator):
            ledger.post(_posting(), fact=_fact(operator, booking=booking, source_id=str(new_id())))
        return 1

    return act


def _batch_work(bookings: Bookings, *, chosen: random.Random) -> Callable[[], int]:
    from fareledger.persistence import ledger
    from fareledger.persistence.tenancy import operator_transaction

    _, *many = bookings
    turns = itertools.cycle(many)

    def act() -> int:
        operator = next(turns)
        of_batch: Sequence[UUID] = sorted(chosen.choices(bookings[operator], k=BATCH))
        entries = [
            (_posting(), _fact(operator, booking=booking, source_id=str(new_id()))) for booking in of_batch
        ]
        with operator_transaction(operator):
            ledger.post_many(operator, entries=entries)
        return BATCH

    return act


def _posting() -> Posting:
    posting = payment_received(100, currency="GBP", online=True, policy="full", travel_completed=False)
    assert posting is not None
    return posting


def _fact(operator: UUID, *, booking: UUID, source_id: str) -> "Fact":
    from fareledger.persistence.ledger import Fact

    return Fact(
        operator_id=operator,
        booking_id=booking,
        source="bench",
        source_id=source_id,
        provider="sandbox",
        channel="portal",
        posted_on=DAY,
        occurred_at=MOMENT,
        recorded_at=MOMENT,
    )
