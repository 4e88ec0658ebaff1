"""The one way to see or write tenant rows: a transaction that names its operator.

Row-level security hides every tenant row until `fareledger.operator_id` is set, and it is set for the length of one
transaction only (`SET LOCAL`, which Citus propagates, unlike `set_config`). Only use cases open one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction


@contextmanager
def operator_transaction(operator_id: UUID) -> Iterator[None]:
    """Open a database transaction that sees and writes the rows of one operator.

    It is always the outermost one: opening a second inside it raises RuntimeError, because the inner one would not
    commit when its author thinks it does.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # A UUID's text holds no quote; SET takes no bound parameters.
            cursor.execute(f"SET LOCAL fareledger.operator_id = '{UUID(str(operator_id))}'")
        yield


@contextmanager
def operator_snapshot(operator_id: UUID) -> Iterator[None]:
    """Open a read-only transaction in which every query sees the operator's rows as at one moment.

    Outermost like `operator_transaction`.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
                f"SET LOCAL fareledger.operator_id = '{UUID(str(operator_id))}'"
            )
        yield


def in_transaction() -> bool:
    """Whether a database transaction is open on this thread's connection."""
    return bool(connection.in_atomic_block)


def lock_name(operator_id: UUID, *, text: str) -> None:
    """Hold an advisory lock on (operator, text) until the end of the transaction; serialises work on a row that may
    not exist yet, such as a booking about to be created."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{operator_id}|{text}",))
