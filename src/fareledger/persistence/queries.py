"""Named SQL: one file a subject beside this module, each statement behind a `-- name:` line.

Pages read through these queries rather than the ORM, because a page is a handful of round trips with exactly
the columns it shows; bulk work writes through them, many rows a statement.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

FOLDER = Path(__file__).resolve().parent / "sql"
_NAME = re.compile(r"^-- name: (\w+)[^\n]*\n", re.MULTILINE)


@lru_cache(maxsize=32)
def _file(subject: str) -> dict[str, str]:
    parts = _NAME.split((FOLDER / f"{subject}.sql").read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def text(name: str) -> str:
    """Return the SQL called `subject.query`."""
    subject, _, query = name.partition(".")
    return _file(subject)[query]


def rows(name: str, *, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every row of the named query as a dictionary by column. Call inside an operator transaction."""
    with connection.cursor() as cursor:
        cursor.execute(text(name), arguments)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def stream(name: str, *, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the named query one by one, through a cursor of the server: memory stays flat."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(text(name), arguments)
        columns: list[str] = []
        for found in cursor:
            columns = columns or [column.name for column in cursor.description]
            yield dict(zip(columns, found, strict=True))


def row(name: str, *, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the first row of the named query, or None."""
    found = rows(name, arguments=arguments)
    return found[0] if found else None


def execute(name: str, *, arguments: Mapping[str, Any]) -> int:
    """Run the named statement and return how many rows it wrote. Call inside an operator transaction."""
    with connection.cursor() as cursor:
        cursor.execute(text(name), arguments)
        return int(cursor.rowcount)
