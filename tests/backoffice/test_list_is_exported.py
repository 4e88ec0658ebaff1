"""The list as a file: exactly what it was asked for, in its order, beyond its page, harmless in a spreadsheet, and
written into the access log."""

import csv
import io
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from django.test import Client
from openpyxl import load_workbook

from fareledger.domain.access import NotPermitted
from fareledger.domain.booking import Customer, Traveller
from fareledger.faces.backoffice.exports import HEADS, harmless
from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.export_bookings import export_bookings
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
from tests.support.people import BOOKING_API, person
from tests.support.staff import signed_in

CSV, XLSX = "/office/exports/bookings.csv", "/office/exports/bookings.xlsx"


def content_of(browser: Client, path: str, /, **asked: str) -> bytes:
    answer = browser.get(path, asked)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file is streamed


def csv_rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_rows(content: bytes) -> list[dict[str, object]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    heads, *rows = sheet.iter_rows()
    assert [cell.value for cell in heads] == list(HEADS)
    return [dict(zip(HEADS, (cell.value for cell in row), strict=True)) for row in rows]


def test_all_pages_and_nothing_else_in_the_order_of_the_list(operator: Operator) -> None:
    pounds = [sell(operator, a_trip_in(20 + days)).booking.reference for days in range(55)]
    sell(operator, a_trip_in(90, currency="EUR"))
    browser = signed_in(operator)
    asked = {"currency": "GBP", "sort": "departs_down"}
    from_csv = [row["Reference"] for row in csv_rows(content_of(browser, CSV, **asked))]
    from_xlsx = [row["Reference"] for row in sheet_rows(content_of(browser, XLSX, **asked))]
    assert from_csv == from_xlsx == pounds[::-1]
    page = browser.get("/office/bookings/", asked).content.decode()
    assert f'href="{CSV}?currency=GBP&amp;sort=departs_down"' in page
    assert csv_rows(content_of(browser, CSV, q="nobody is called that")) == []


def test_amounts_are_exact_and_of_their_currency(operator: Operator) -> None:
    sell(operator, priced(a_trip_in(90, reference="YEN", currency="JPY"), price_minor=684_000))
    sell(operator, priced(a_trip_in(90, reference="DINAR", currency="KWD"), price_minor=1_245_500))
    owed = priced(a_trip_in(90, reference="OWED", payments=(paid_at_checkout(120_050),)), price_minor=100_000)
    sell(operator, owed)
    browser = signed_in(operator)
    told = {row["Reference"]: row for row in csv_rows(content_of(browser, CSV))}
    assert [told[name]["Payable"] for name in ("YEN", "DINAR", "OWED")] == ["684000", "1245.500", "1000.00"]
    assert told["OWED"]["Outstanding"] == "-200.50"  # a number, not a formula: it may begin with a minus
    sheet = load_workbook(io.BytesIO(content_of(browser, XLSX))).active
    assert sheet is not None
    cells = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    payable, outstanding = HEADS.index("Payable"), HEADS.index("Outstanding")
    assert cells["DINAR"][payable].value == 1245.5
    assert [cells[name][payable].number_format for name in ("YEN", "DINAR", "OWED")] == [
        "#,##0",
        "#,##0.000",
        "#,##0.00",
    ]
    assert Decimal(str(cells["OWED"][outstanding].value)) == Decimal("-200.5")
    assert isinstance(cells["YEN"][HEADS.index("Departs")].value, datetime)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "＝1"])
def test_no_cell_is_a_formula(operator: Operator, evil: str) -> None:
    trip = a_trip_in(90, reference="EVIL", package=evil)
    customer = Customer(name=evil, email="e@example.com", locale="en-GB")
    sell(operator, replace(trip, customer=customer, travellers=(Traveller(name=evil, lead=True),)))
    browser = signed_in(operator)
    (row,) = csv_rows(content_of(browser, CSV))
    kept = evil.strip() if row["Package"].lstrip("'") == evil.strip() else evil
    assert row["Package"] == row["Customer"] == f"'{kept}"
    sheet = load_workbook(io.BytesIO(content_of(browser, XLSX))).active
    assert sheet is not None
    cell = sheet.cell(row=2, column=HEADS.index("Package") + 1)
    assert (cell.data_type, cell.value) == ("s", kept)


@pytest.mark.parametrize("text", ["=a", "+a", "-a", "@a", "\ta", "\ra", "\na", "\0a", "  =a"])
def test_what_begins_a_formula_is_made_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"a{text}") == f"a{text}"


def test_an_export_is_written_down_and_needs_permission(operator: Operator) -> None:
    sell(operator, a_trip_in(20))
    browser = signed_in(operator, role="auditor")
    content_of(browser, CSV, currency="GBP", q="Hartley")
    with operator_transaction(operator.id):
        (line,) = AccessEvent.objects.filter(operator_id=operator.id, kind="exported")
    assert line.actor == "Marta Lindgren"
    assert line.payload == {"format": "csv", "query": "currency=GBP", "searched": True}
    for nobody in (BOOKING_API, person("Nobody", role="none")):
        with pytest.raises(NotPermitted):
            export_bookings(operator, asked=BookingQuery(), file_format="csv", actor=nobody, write=list)


def test_a_question_that_makes_no_sense_leads_to_the_list_that_says_so(operator: Operator) -> None:
    answer = signed_in(operator).get(f"{CSV}?currency=XXX")
    assert (answer.status_code, answer["Location"]) == (303, "/office/bookings/?currency=XXX")
