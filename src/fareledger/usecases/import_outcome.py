"""What an import of bookings comes to: how many bookings were what, and why the refused ones were.

Only values; the work is done in `take_batch.py`, and `import_bookings.py` and `run_import.py` tell how far it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import FareledgerError
from fareledger.usecases.booking_files import Record

OUTCOMES: Final = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One reason why a booking of the file was not taken: its line, the field there, and the sentence."""

    line: int
    field: str
    reason: str


@dataclass(slots=True)
class Taken:
    """What a batch of bookings came to; `refused` counts bookings, each of which may have several reasons."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    reasons: list[RefusedRow] = field(default_factory=list)

    def count(self, outcome: str) -> None:
        """Count one booking that was created, changed, unchanged or refused."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def refuse(self, problem: FareledgerError, *, record: Record) -> None:
        """Count one booking as refused, with every reason for it and its place in the file."""
        self.refused += 1
        self.reasons += reasons_of(problem, record=record)


@dataclass(slots=True)
class Progress:
    """How far an import is; `refused` counts bookings, each of which may have several reasons."""

    bytes_read: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    @property
    def bookings(self) -> int:
        """How many bookings were looked at."""
        return self.created + self.changed + self.unchanged + self.refused

    def add(self, taken: Taken, *, bytes_read: int) -> None:
        """Add a batch, after which so many bytes of the file are read."""
        self.bytes_read = bytes_read
        for outcome in OUTCOMES:
            setattr(self, outcome, getattr(self, outcome) + getattr(taken, outcome))


def reasons_of(problem: FareledgerError, *, record: Record) -> Iterator[RefusedRow]:
    """Say every reason of a refusal in the words of the file: line and column, or line and pointer."""
    errors = getattr(problem, "errors", ()) or (
        FieldError(problem.field or "", problem.code, problem.message),
    )
    for error in errors:
        place = record.place(error.pointer)
        yield RefusedRow(place.line, place.field, error.message)
