"""Bookings as a spreadsheet has them: a line a component, and the lines of one booking below each other.

The first line of a booking carries the booking's own columns; the lines below may repeat or leave them.
Cells become a document in the shape of the Booking API, so that one set of rules judges both. What is
no number or date stays text here, and is refused there with its line and column. `docs/import.md` shows
the layout.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fareledger.domain.errors import Refused
from fareledger.domain.wording import reference_key
from fareledger.usecases.booking_files import MAX_LINE_BYTES, CountedLines, Place, Record, UnreadableFile

# Column → where its cell goes in the document of the booking.
BOOKING: Final[Mapping[str, str]] = {
    "reference": "/reference",
    "currency": "/currency",
    "booked_on": "/booked_on",
    "start_date": "/start_date",
    "end_date": "/end_date",
    "customer_name": "/customer/name",
    "customer_email": "/customer/email",
    "customer_locale": "/customer/locale",
    "travellers": "/travellers",
    "package": "/package",
    "non_payable": "/non_payable",
    "down_payment_percent": "/terms/down_payment_percent",
    "down_payment_minor": "/terms/down_payment_minor",
    "balance_due_days": "/terms/balance_due_days",
    "instalments": "/terms/instalments",
    "schedule": "/terms/schedule",
    "invoice": "/terms/invoice",
}
COMPONENT: Final[Mapping[str, str]] = {
    "component_id": "id",
    "component_kind": "kind",
    "component_title": "title",
    "component_supplier": "supplier",
    "component_start_date": "start_date",
    "component_end_date": "end_date",
    "component_price": "price",
    "component_cancellation_fee": "cancellation_fee",
    "component_cancelled": "cancelled",
}
PAYMENT: Final[Mapping[str, str]] = {
    "payment_amount": "amount",
    "payment_method": "method",
    "payment_provider": "provider",
    "payment_reference": "external_reference",
    "payment_received_at": "received_at",
}
COLUMNS: Final = (*BOOKING, *COMPONENT, *PAYMENT)
_NEEDED: Final = ("reference", "currency", "start_date", "end_date", "component_price")
_NUMBERS: Final = frozenset(
    {
        "non_payable",
        "down_payment_minor",
        "balance_due_days",
        "instalments",
        "component_price",
        "component_cancellation_fee",
        "payment_amount",
    }
)
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DAYS: Final = re.compile(r"[+-]\d{1,4}", re.ASCII)
_DAY_OF: Final = {"-": "days_before_start", "+": "days_after_booking"}
_YES_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class UnknownLayout(Refused):
    """The first line does not name the columns of the layout."""

    def __init__(self, message: str) -> None:
        super().__init__(code="unknown_layout", message=f"Line 1: {message}")


class InvalidLine(Refused):
    """A line that cannot be part of the booking it stands with; `field` is its column."""


@dataclass(slots=True)
class _Group:
    """The lines of one booking, as they come in."""

    line: int
    head: dict[str, str]
    components: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    lines_of: dict[str, int] = field(default_factory=dict)
    problem: Refused | None = None
    problem_line: int = 0


def csv_records(lines: CountedLines) -> Iterator[Record]:
    """Read bookings from the lines of a CSV file. Raises UnknownLayout and UnreadableFile."""
    seen: set[int] = set()
    group: _Group | None = None
    try:
        for number, cells, too_long in _rows(lines):
            key = reference_key(cells.get("reference", ""))
            if group is None or (key and key != reference_key(group.head["reference"])):
                if group is not None:
                    yield _record(group)
                group = _begin(cells, number=number, again=hash(key) in seen)
                seen.add(hash(key))
            if too_long and group.problem is None:
                message = "This line has more cells than columns: a cell with a comma in it needs quotes."
                group.problem = InvalidLine(code="too_many_cells", message=message)
                group.problem_line = number
            _add(group, cells=cells, number=number)
    except UnreadableFile as problem:
        # The booking that was being read may lack lines, and a booking lands whole or not at all.
        line = group.line if group else problem.line
        reason = f"nothing from here on was taken, because {problem.reason}"
        raise UnreadableFile(line=line, reason=reason) from None
    if group is not None:
        yield _record(group)


def _begin(cells: Mapping[str, str], *, number: int, again: bool) -> _Group:
    group = _Group(line=number, head={name: cells.get(name, "") for name in BOOKING})
    if again:
        message = "The lines of one booking stand together; this one stood further up too."
        group.problem = InvalidLine(code="lines_apart", message=message, field="/reference")
        group.problem_line = number
    return group


def _rows(lines: CountedLines) -> Iterator[tuple[int, dict[str, str], bool]]:
    """Give every line with its number, its filled cells by column, and whether it has more of them than there
    are columns.

    Cells are then shifted, so only a reference in the first column still says whose line it is.
    """
    texts = _texts(lines)
    first = next(texts, "")
    delimiter = max(",;\t", key=first.count)
    (header,) = csv.reader([first], delimiter=delimiter, strict=True) if first.strip() else ((),)
    columns = _columns(header)
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    start = 2
    try:
        for cells in reader:
            number, start = start, reader.line_num + 2
            too_long = any(cells[len(columns) :])
            if too_long and columns[0] != "reference":
                raise UnreadableFile(line=number, reason=f"line {number} has more cells than columns.")
            filled = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if cell.strip()}
            if filled:
                yield number, filled, too_long
    except csv.Error:
        raise UnreadableFile(
            line=start, reason=f"a quoted cell in line {start} is broken or not closed."
        ) from None


def _texts(lines: CountedLines) -> Iterator[str]:
    for raw in lines:
        if len(raw) > MAX_LINE_BYTES:
            raise UnreadableFile(line=lines.number, reason=f"line {lines.number} is too long.")
        # Broken UTF-8 becomes lone surrogates, which the rules of text refuse by field.
        yield raw.decode("utf-8", errors="surrogateescape")


def _columns(header: Sequence[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    unknown = [name for name in columns if name not in COLUMNS]
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise UnknownLayout(f"these columns are missing: {', '.join(missing)}.")
    if unknown:
        raise UnknownLayout(f"there is no column {unknown[0]!r} in this layout.")
    if len(set(columns)) < len(columns):
        raise UnknownLayout("a column occurs twice.")
    return columns


def _add(group: _Group, *, cells: dict[str, str], number: int) -> None:
    """Add a line to its booking; the booking's own cells are empty or the same on every line."""
    for name in BOOKING:
        if name != "reference" and cells.get(name, group.head[name]) != group.head[name]:
            group.problem = group.problem or InvalidLine(
                code="cells_differ", message="Another line of this booking says otherwise.", field=f"/{name}"
            )
            group.problem_line = group.problem_line or number
    component = _part(cells, columns=COMPONENT)
    if component:
        component.setdefault("id", str(len(group.components) + 1))
        group.lines_of[f"/components/{len(group.components)}"] = number
        group.components.append(component)
    payment = _part(cells, columns=PAYMENT)
    if payment:
        group.lines_of[f"/payments/{len(group.payments)}"] = number
        group.payments.append(payment)


def _part(cells: Mapping[str, str], *, columns: Mapping[str, str]) -> dict[str, Any]:
    return {key: _value(name, cell=cells[name]) for name, key in columns.items() if name in cells}


def _value(name: str, *, cell: str) -> Any:
    if name in _NUMBERS and _WHOLE.fullmatch(cell):
        return int(cell)
    if name in ("component_cancelled", "invoice"):
        return _YES_NO.get(cell.lower(), cell)
    if name == "schedule":
        return [_share(text.strip()) for text in cell.split(";") if text.strip()]
    if name == "travellers":
        names = [one.strip() for one in cell.split(";")]
        return [{"name": one, "lead": place == 0} for place, one in enumerate(names) if one]
    return cell


def _share(text: str) -> dict[str, Any]:
    """Read "25 @ -90" as a share due 90 days before the start, "25 @ +30" as one due 30 days after the booking."""
    percent, _, day = (part.strip() for part in text.partition("@"))
    if not _DAYS.fullmatch(day):
        return {"percent": percent}
    return {"percent": percent, _DAY_OF[day[0]]: int(day[1:])}


def _record(group: _Group) -> Record:
    def place(pointer: str) -> Place:
        part = "/".join(pointer.split("/")[:3])
        return Place(group.lines_of.get(part, group.line), _column(pointer))

    if group.problem is not None:
        column = (group.problem.field or "").lstrip("/")
        return Record(
            line=group.line, problem=group.problem, place=lambda _: Place(group.problem_line, column)
        )
    return Record(line=group.line, document=_document(group), place=place)


def _document(group: _Group) -> dict[str, Any]:
    document: dict[str, Any] = {"components": group.components, "payments": group.payments, "customer": {}}
    for name, cell in group.head.items():
        if cell:
            *way, last = BOOKING[name][1:].split("/")
            inner = document
            for step in way:
                inner = inner.setdefault(step, {})
            inner[last] = _value(name, cell=cell)
    document.setdefault("package", "")
    # A spreadsheet without travellers and booking date still says who bought the trip, and for when.
    if "travellers" not in document:
        document["travellers"] = [{"name": document["customer"].get("name", ""), "lead": True}]
    return document


def _column(pointer: str) -> str:
    """Name the column that a pointer into the document came from."""
    steps = pointer[1:].split("/")
    parts: Iterable[tuple[str, Mapping[str, str]]] = (("components", COMPONENT), ("payments", PAYMENT))
    for list_name, columns in parts:
        if steps[0] == list_name and len(steps) > 2:
            return next((name for name, key in columns.items() if key == steps[2]), steps[2])
    part = "/".join(pointer.split("/")[:3])
    exact = next((name for name, target in BOOKING.items() if target in (pointer, part)), None)
    return exact or next((name for name in BOOKING if name == steps[0]), steps[0])
