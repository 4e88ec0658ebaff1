"""The one way to see or write tenant rows: a transaction that names its operator.

Row-level security hides every tenant row until `fareledger.operator_id` is set, and it is set for the length of one
transaction only (`SET LOCAL`, which Citus propagates, unlike `set_config`). Only use cases open one.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

_ENCLOSING: Final[ContextVar[UUID | None]] = ContextVar("operator of the enclosing transaction", default=None)
_FOUND: Final[ContextVar[dict[str, Any] | None]] = ContextVar("found in this transaction", default=None)


@contextmanager
def enclosing_transaction(operator_id: UUID) -> Iterator[None]:
    """Open an operator transaction which those that are opened inside it join, so that they commit or vanish together.

    For an outermost layer that must store something with what a use case does. What joins is a savepoint: it can
    fail, or be run again after a deadlock, by itself. A snapshot that joins sees what was written before it.
    """
    with operator_transaction(operator_id):
        token = _ENCLOSING.set(operator_id)
        try:
            yield
        finally:
            _ENCLOSING.reset(token)


@contextmanager
def operator_transaction(operator_id: UUID) -> Iterator[None]:
    """Open a database transaction that sees and writes the rows of one operator.

    It is always the outermost one: opening a second inside it raises RuntimeError, because the inner one would not
    commit when its author thinks it does. Only inside an `enclosing_transaction` of the same operator it is not.
    """
    if _ENCLOSING.get() == operator_id:
        with transaction.atomic():
            yield
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # A UUID's text holds no quote; SET takes no bound parameters.
            cursor.execute(f"SET LOCAL fareledger.operator_id = '{UUID(str(operator_id))}'")
        token = _FOUND.set({})
        try:
            yield
        finally:
            _FOUND.reset(token)


def found_once(name: str, *, find: Callable[[], Any]) -> Any:
    """Return what `find` found first in this operator transaction; for what need not be looked up for every fact of it.

    Outside one it looks every time.
    """
    found = _FOUND.get()
    if found is None:
        return find()
    if name not in found:
        found[name] = find()
    return found[name]


@contextmanager
def operator_snapshot(operator_id: UUID) -> Iterator[None]:
    """Open a read-only transaction in which every query sees the operator's rows as at one moment.

    Outermost like `operator_transaction`.
    """
    if _ENCLOSING.get() == operator_id:
        yield
        return
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                f"SET LOCAL fareledger.operator_id = '{UUID(str(operator_id))}'"
            )
        yield


def undo_at_the_end() -> None:
    """Roll the caller's operator transaction back, although nothing failed: it was only a trial. Its last act."""
    transaction.set_rollback(True)


def in_transaction() -> bool:
    """Whether a database transaction is open on this thread's connection."""
    return bool(connection.in_atomic_block)


def lock_name(operator_id: UUID, *, text: str) -> None:
    """Hold an advisory lock on (operator, text) until the end of the transaction; serialises work on a row that may
    not exist yet, such as a booking about to be created."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{operator_id}|{text}",))


def try_lock_name(operator_id: UUID, *, text: str) -> bool:
    """Take the lock called (operator, text) until the end of the transaction if nobody has it; say whether it was
    taken. It is another one than `lock_name` takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 2))", (f"{operator_id}|{text}",)
        )
        return bool(cursor.fetchone()[0])


def lock_names(operator_id: UUID, *, texts: Iterable[str]) -> None:
    """Hold the locks of many names, always in the same order, so that two callers never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(key) FROM (SELECT hashtextextended(name, 0) AS key "
            "FROM unnest(%s::text[]) AS name ORDER BY 1) AS keys",
            ([f"{operator_id}|{text}" for text in texts],),
        )
