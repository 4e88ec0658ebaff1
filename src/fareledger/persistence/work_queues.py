"""Puts the SQL of the work list together from the named queries of `sql/work_queues.sql`, one for each queue.

Only the queues that are asked for are in the statement. Nothing but names of pieces is chosen here; what people said
travels as arguments. What a queue is and who may see it is decided by `usecases/work_queues.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection

from fareledger.persistence import queries

# Which items a view shows; `one` is for a single item, whether it rests or not.
_SHOWN: Final = {
    "open": "NOT n.snoozed",
    "mine": "n.mine",
    "snoozed": "n.snoozed",
    "one": "n.subject = %(subject)s",
}


def sums(names: Sequence[str], *, view: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return count, oldest day and amount of each queue and currency. Call inside an operator transaction."""
    return _rows("sums", names=names, view=view, arguments=arguments)


def items(names: Sequence[str], *, view: str, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the oldest items of each queue, from `skip` on and at most `limit`; inside an operator transaction."""
    return _rows("items", names=names, view=view, arguments=arguments)


def _rows(
    name: str, *, names: Sequence[str], view: str, arguments: Mapping[str, Any]
) -> list[dict[str, Any]]:
    parts = [f"SELECT '{queue}'::text AS queue, q.* FROM ({_piece(queue)}) q" for queue in names]  # noqa: S608  # our own
    text = (
        f"WITH work AS ({' UNION ALL '.join(parts)}), "  # noqa: S608  # pieces of our own
        f"noted AS (SELECT n.*, {_SHOWN[view]} AS shown FROM ({_piece('noted')}) n) {_piece(name)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, arguments)
        columns = [column.name for column in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _piece(name: str) -> str:
    return queries.text(f"work_queues.{name}").strip()
