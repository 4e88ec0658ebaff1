"""Doing something at most once at a time across processes, where no row lock may be held.

For work that must not run inside a database transaction, such as handing an email to a mail server. The lock
belongs to the database connection, so it is gone the moment its process dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection


@contextmanager
def alone_with(operator_id: UUID, *, text: str) -> Iterator[bool]:
    """Try to hold the lock called (operator, text); yields False at once when somebody else holds it."""
    name = f"{operator_id}|{text}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", (name,))
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", (name,))
