"""A file of bookings comes in, from a migration or a system without an API: each like a PUT of the Booking API.

A booking lands whole or not at all, and the others are not held up by one that is refused. The same
file twice changes nothing. The file is read as a stream, whatever its size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fareledger.domain.access import Actor, own_actor
from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import FareledgerError, Refused
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import Outcome, accept_booking
from fareledger.usecases.booking_csv import csv_records
from fareledger.usecases.booking_files import (
    CountedLines,
    Format,
    Record,
    UnreadableFile,
    format_of,
    json_line_records,
)
from fareledger.usecases.read_booking import details_of, read_body

IMPORTER: Final = own_actor("Import")
CHANNEL: Final = "back_office"


class UnknownFormat(Refused):
    """Neither the name of the file nor the caller says what is in it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            code="unknown_format",
            message=f"{path.name}: name it .csv or .jsonl, or say which of the two it is.",
        )


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One reason why a booking of the file was not taken: its line, the field there, and the sentence."""

    line: int
    field: str
    reason: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears how an import goes, while it goes: every reason for a refusal, and every booking looked at."""

    refused: Callable[[RefusedRow], None]
    progress: Callable[[Progress], None]


def import_bookings(
    operator: Operator,
    *,
    path: Path,
    file_format: Format | None = None,
    actor: Actor = IMPORTER,
    listener: Listener,
) -> Progress:
    """Take every booking of a file in and return how many came to what; the listener hears of each at once.

    Every booking is a transaction of its own. Where a file stops making sense, what stood before was taken.
    Raises UnknownFormat, UnknownLayout, OSError.
    """
    known = file_format or format_of(path)
    if known is None:
        raise UnknownFormat(path)
    progress = Progress()
    with path.open("rb") as stream:
        lines = CountedLines(stream)
        try:
            for record in csv_records(lines) if known == "csv" else json_line_records(lines):
                outcome = _take(operator, record=record, actor=actor, listener=listener)
                setattr(progress, outcome, getattr(progress, outcome) + 1)
                progress.bytes_read = lines.bytes_read
                listener.progress(progress)
        except UnreadableFile as problem:
            listener.refused(RefusedRow(problem.line, "", problem.message))
            progress.refused += 1
    return progress


def _take(operator: Operator, *, record: Record, actor: Actor, listener: Listener) -> str:
    try:
        return _accept(operator, record=record, actor=actor)
    except FareledgerError as problem:
        for row in _reasons(problem, record=record):
            listener.refused(row)
        return "refused"


def _accept(operator: Operator, *, record: Record, actor: Actor) -> Outcome:
    if record.problem is not None:
        raise record.problem
    body = read_body(record.document)
    details = details_of(body, operator=operator)
    accepted = accept_booking(
        operator, details=details, channel=CHANNEL, actor=actor, expected_version=body.version
    )
    return accepted.outcome


def _reasons(problem: FareledgerError, *, record: Record) -> Iterator[RefusedRow]:
    errors = getattr(problem, "errors", ()) or (
        FieldError(problem.field or "", problem.code, problem.message),
    )
    for error in errors:
        place = record.place(error.pointer)
        yield RefusedRow(place.line, place.field, error.message)
