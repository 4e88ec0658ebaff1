"""Puts the SQL of the list of bookings together from the named pieces of `sql/booking_list.sql`.

Only the conditions that were asked for are in the statement, so the planner sees which index serves it; what people
type travels as arguments, and nothing but names of pieces is chosen here. What may be asked for is decided by
`usecases/booking_query.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from fareledger.persistence import queries

# Counting stops here: nobody turns that many pages, and whoever needs them all exports them.
COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Conditions that must all hold, ways of finding of which one must, the order, and the arguments of all."""

    conditions: Sequence[str]
    found_by: Sequence[str]
    order: str
    arguments: Mapping[str, Any]


def page(wanted: Wanted, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Return one stretch of the list. Call inside an operator transaction."""
    text = f"{_selected('columns', wanted=wanted)} LIMIT %(limit)s OFFSET %(offset)s"
    with connection.cursor() as cursor:
        cursor.execute(text, {**wanted.arguments, "limit": limit, "offset": offset})
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def count(wanted: Wanted) -> int:
    """Return how many bookings are wanted, or one more than `COUNTED` when there are more than that."""
    text = f"SELECT count(*) FROM ({_filtered('all', wanted=wanted)} LIMIT %(limit)s) AS found"  # noqa: S608  # pieces of our own
    with connection.cursor() as cursor:
        cursor.execute(text, {**wanted.arguments, "limit": COUNTED + 1})
        return int(cursor.fetchone()[0])


def stream(wanted: Wanted, *, limit: int) -> Iterator[dict[str, Any]]:
    """Yield the bookings one by one through a cursor of the server: memory stays flat, however many there are."""
    text = f"{_selected('columns', wanted=wanted)} LIMIT %(limit)s"
    with connection.chunked_cursor() as cursor:
        cursor.execute(text, {**wanted.arguments, "limit": limit})
        columns: list[str] = []
        for found in cursor:
            columns = columns or [column.name for column in cursor.description]
            yield dict(zip(columns, found, strict=True))


def _selected(base: str, *, wanted: Wanted) -> str:
    order = queries.text(f"booking_list.by_{wanted.order}").strip()
    return f"{_filtered(base, wanted=wanted)} ORDER BY {order}"


def _filtered(base: str, *, wanted: Wanted) -> str:
    parts = [_piece(name) for name in wanted.conditions]
    if wanted.found_by:
        parts.append("(" + " OR ".join(_piece(name) for name in wanted.found_by) + ")")
    return " AND ".join((queries.text(f"booking_list.{base}").strip(), *parts))


def _piece(name: str) -> str:
    return f"({queries.text(f'booking_list.{name}').strip()})"
