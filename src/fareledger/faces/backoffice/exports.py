"""The list of bookings as a file: CSV for programs, XLSX for people, both of exactly what the list was asked.

A file is written whole before its first byte is sent: a slow reader holds no transaction open, and one that breaks off
half-way never looks complete. No cell can be run as a formula.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import IO, Any, cast

import xlsxwriter
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.domain.money import exponent
from fareledger.faces.backoffice import bookings_controls as controls
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.booking_query import BookingQuery, InvalidQuery, query_of
from fareledger.usecases.export_bookings import ExportFormat, TooManyToExport, export_bookings
from fareledger.usecases.list_bookings import ListedBooking

HEADS = (
    "Reference",
    "Lead passenger",
    "Customer",
    "Email",
    "Package",
    "Booked",
    "Departs",
    "Returns",
    "Status",
    "Cancelled",
    "Overdue",
    "Currency",
    "Payable",
    "Paid",
    "Refunded",
    "Outstanding",
    "Not planned",
    "Next due",
    "Next due amount",
)
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet takes for the beginning of a formula, also in its full-width forms and behind blanks.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_IN_MEMORY = 1024 * 1024

Cell = str | date | Decimal | None


@staff_page
@require_safe
def bookings(request: HttpRequest, *, staff: Staff, file_format: ExportFormat) -> HttpResponse:
    """Answer with the bookings that the address asks for, all pages of them, in the order of the list."""
    try:
        asked = query_of(request.GET.dict(), operator=staff.operator)
    except InvalidQuery:
        # The list says which control is at fault.
        return SeeOther(f"{controls.address(BookingQuery())}?{request.GET.urlencode()}")
    try:
        file = _written(staff, asked=asked, file_format=file_format)
    except TooManyToExport as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
        return SeeOther(controls.address(asked))
    name = f"bookings-{staff.operator.slug}.{file_format}"
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=_TYPES[file_format])
    return cast("HttpResponse", answer)  # it has all of it but the content in one piece


def _written(staff: Staff, *, asked: BookingQuery, file_format: ExportFormat) -> IO[bytes]:
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # the answer closes it
    write = write_csv if file_format == "csv" else write_xlsx
    export_bookings(
        staff.operator,
        asked=asked,
        file_format=file_format,
        actor=staff.actor,
        write=lambda rows: write(rows, file=file),
    )
    file.seek(0)
    return file


def write_csv(rows: Iterable[ListedBooking], *, file: IO[bytes]) -> None:
    """Write RFC 4180: UTF-8 with a byte order mark, without which spreadsheets take names for another alphabet."""
    with_text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(with_text)
    writer.writerow(HEADS)
    for row in rows:
        writer.writerow([_csv_text(cell) for cell in cells(row)])
    with_text.detach()


def write_xlsx(rows: Iterable[ListedBooking], *, file: IO[bytes]) -> None:
    """Write one sheet row by row, in memory that stays the same: text as text, amounts and dates as what they are."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, options)
    sheet = book.add_worksheet("Bookings")
    formats = _Formats(book)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(HEADS) - 1, 16)
    for column, head in enumerate(HEADS):
        sheet.write_string(0, column, head, formats.head)
    last = 0
    for last, row in enumerate(rows, start=1):
        _write_row(sheet, number=last, row=cells(row), formats=formats, places=exponent(row.currency))
    sheet.autofilter(0, 0, last, len(HEADS) - 1)
    book.close()


def cells(row: ListedBooking) -> tuple[Cell, ...]:
    """Return one booking as the cells of both files; amounts in major units of its currency."""

    def amount(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-exponent(row.currency))

    return (
        row.reference,
        row.lead_traveller,
        row.customer_name,
        row.customer_email,
        row.package,
        row.booked_on,
        row.start_date,
        row.end_date,
        say("booking", row.payment_status) + (", refund due" if row.refund_due else ""),
        "yes" if row.cancelled else "no",
        "yes" if row.overdue else "no",
        row.currency,
        amount(row.payable_minor),
        amount(row.paid_minor),
        amount(row.refunded_minor),
        amount(row.outstanding_minor),
        amount(row.unplanned_minor),
        row.next_due_date,
        amount(row.next_due_minor),
    )


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula: an apostrophe before it makes it text again."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _csv_text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
    return harmless(cell)


class _Formats:
    """The formats of a workbook, an amount's by its decimals."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._amounts: dict[int, Any] = {}
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def amount(self, places: int) -> Any:
        """Return the format of amounts with so many decimals."""
        if places not in self._amounts:
            pattern = "#,##0" + ("." + "0" * places if places else "")
            self._amounts[places] = self._book.add_format({"num_format": pattern})
        return self._amounts[places]


def _write_row(sheet: Any, *, number: int, row: Sequence[Cell], formats: _Formats, places: int) -> None:
    for column, cell in enumerate(row):
        match cell:
            case None:
                continue
            case Decimal():
                sheet.write_number(number, column, cell, formats.amount(places))
            case date():
                sheet.write_datetime(number, column, cell, formats.day)
            case _:
                sheet.write_string(number, column, cell)
