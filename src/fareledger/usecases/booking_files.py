"""Reads files of bookings record by record, in memory that does not grow with the file.

JSON lines: a line is a booking in the shape of the Booking API. CSV: see `booking_csv.py`. Nothing is
stored here, and a record that cannot be read is handed on with its reason, so that the others still
land.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Final, Literal

from fareledger.domain.errors import Refused
from fareledger.usecases import strict_json

Format = Literal["csv", "jsonl"]
MAX_LINE_BYTES: Final = 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"
_SUFFIXES: Final[dict[str, Format]] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl"}


class UnreadableFile(Refused):
    """From this line on the file makes no sense; what stood before it was taken."""

    def __init__(self, *, line: int, reason: str) -> None:
        super().__init__(code="unreadable_file", message=reason[:1].upper() + reason[1:])
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, in the words of its author: a line and a column or pointer."""

    line: int
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One booking of a file: a document, or the reason why there is none. `place` finds a pointer in the file."""

    line: int
    document: object = None
    problem: Refused | None = None
    place: Callable[[str], Place]


class CountedLines:
    """The lines of a file as bytes, with the number of the last one and the bytes read so far."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.number = 0
        self.bytes_read = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give every line without its end; one that is too long comes cut, one byte above the limit."""
        while raw := self._stream.readline(MAX_LINE_BYTES + 1):
            self.number += 1
            self.bytes_read += len(raw)
            line = raw.removeprefix(_BOM) if self.number == 1 else raw
            while raw and not raw.endswith(b"\n"):
                raw = self._stream.readline(MAX_LINE_BYTES + 1)
                self.bytes_read += len(raw)
            yield line


def format_of(path: PurePath) -> Format | None:
    """Tell a file's format from its name, or None when the name says nothing."""
    return _SUFFIXES.get(path.suffix.lower())


def json_line_records(lines: CountedLines) -> Iterator[Record]:
    """Read every line as one JSON document; empty lines are passed over."""
    for raw in lines:
        number = lines.number
        if not raw.strip():
            continue
        yield _json_record(raw, number=number)


def _json_record(raw: bytes, *, number: int) -> Record:
    def place(pointer: str) -> Place:
        return Place(number, pointer)

    try:
        if len(raw) > MAX_LINE_BYTES:
            raise UnreadableFile(line=number, reason=f"the line has more than {MAX_LINE_BYTES} bytes.")
        return Record(line=number, document=strict_json.parse(raw), place=place)
    except Refused as problem:
        return Record(line=number, problem=problem, place=place)
