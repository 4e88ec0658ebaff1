"""Reads rows that a statement gave as JSON back into the frozen values that pages show.

A page reads its lists in the same round trip as its head, so they come as JSON arrays; dates, moments and ids are text
there. Nothing here knows a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

View = TypeVar("View")

_READERS: Mapping[object, Callable[[str], object]] = {
    UUID: UUID,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}


def view_of(kind: type[View], found: Mapping[str, Any], /, **more: object) -> View:
    """Make one value of a row; `more` are its fields that the row has not."""
    readers = _readers(kind)  # type: ignore[arg-type]  # every class can be hashed
    read = {
        name: readers[name](value) if name in readers and isinstance(value, str) else value
        for name, value in found.items()
    }
    return kind(**{**read, **more})


def views_of(kind: type[View], rows: Iterable[Mapping[str, Any]], /) -> tuple[View, ...]:
    """Make the values of several rows."""
    return tuple(view_of(kind, row) for row in rows)


@lru_cache(maxsize=32)
def _readers(kind: type[Any]) -> dict[str, Callable[[str], object]]:
    """Say which fields of a dataclass are text in JSON and something else in Python."""
    hints = get_type_hints(kind)
    found = {}
    for field in fields(kind):
        hint = hints[field.name]
        options = get_args(hint) if get_origin(hint) is UnionType else (hint,)
        reader = next((_READERS[one] for one in options if one in _READERS), None)
        if reader:
            found[field.name] = reader
    return found
