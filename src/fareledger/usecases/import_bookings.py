"""A file of bookings comes in, from a migration or a system without an API: each like a PUT of the Booking API.

A booking lands whole or not at all, and the others are not held up by one that is refused. The same
file twice changes nothing. The file is read as a stream, whatever its size. A file that somebody hands in over the
web is worked on by `run_import.py` in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from fareledger.domain.access import Actor, Permission, own_actor
from fareledger.domain.errors import Refused
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_csv import csv_records
from fareledger.usecases.booking_files import (
    CountedLines,
    Format,
    Place,
    Record,
    UnreadableFile,
    format_of,
    json_line_records,
)
from fareledger.usecases.import_outcome import Progress, RefusedRow, Taken
from fareledger.usecases.take_batch import BATCH, Sender, take_batch

IMPORTER: Final = own_actor("Import")
CHANNEL: Final = "back_office"


class UnknownFormat(Refused):
    """Neither the name of the file nor the caller says what is in it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            code="unknown_format",
            message=f"{name}: name it .csv or .jsonl, or say which of the two it is.",
            field="/file",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears how an import goes, while it goes: every reason for a refusal, and how far it is."""

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
    """Take every booking of a file in and return how many came to what; the listener hears of each batch.

    Many bookings are one transaction. Where a file stops making sense, what stood before was taken. Raises
    NotPermitted, UnknownFormat, UnknownLayout, OSError.
    """
    actor.require(Permission.CHANGE_BOOKINGS)
    known = file_format or format_of(path)
    if known is None:
        raise UnknownFormat(path.name)
    progress = Progress()
    sender = Sender(actor=actor, channel=CHANNEL)
    with path.open("rb") as stream:
        lines = CountedLines(stream)
        for records in batches_of(records_of(lines, file_format=known)):
            taken = take_batch(operator, records=records, sender=sender, note=_nothing_to_note)
            progress.add(taken, bytes_read=lines.bytes_read)
            for row in taken.reasons:
                listener.refused(row)
            listener.progress(progress)
    return progress


def records_of(lines: CountedLines, *, file_format: Format) -> Iterator[Record]:
    """Read every booking of a file; where it stops making sense, the last record says so. Raises UnknownLayout."""
    try:
        yield from csv_records(lines) if file_format == "csv" else json_line_records(lines)
    except UnreadableFile as problem:
        line = problem.line
        yield Record(line=line, problem=problem, place=lambda _: Place(line, ""))


def batches_of(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Give records in batches of a size that one transaction takes well."""
    while batch := list(islice(records, BATCH)):
        yield batch


def _nothing_to_note(_: Taken) -> None:
    """A command that is stopped is simply started again: what was taken changes nothing the second time."""
