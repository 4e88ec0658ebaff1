"""Finance reads payouts and the ledger report, and gets from a figure down to the booking and its entries."""

import html
import re
from datetime import date

import pytest
from django.test import Client

from fareledger.faces.shared.formatting import bare_amount
from fareledger.persistence.operators import Operator
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.show_ledger_report import ledger_report
from fareledger.usecases.show_payouts import list_payouts
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import paid_by_card, sold
from tests.support.staff import signed_in


def _text(browser: Client, address: str, /, **asked: str) -> str:
    answer = browser.get(address, asked)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def test_before_the_first_payout_the_page_says_what_will_come(operator: Operator) -> None:
    assert "No payouts yet" in _text(signed_in(operator), "/office/settlements/")


def test_a_payout_shows_its_equation_and_every_line(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(
        line("pay_1", gross_minor=30_000, fee_minor=445),
        line("pay_unknown", gross_minor=12_300, fee_minor=200),
    )
    pull_payouts(operator)
    payout = list_payouts(operator).payouts[0]
    browser = signed_in(operator)
    listed = _text(browser, "/office/settlements/")
    assert f"/office/settlements/{payout.id}/" in listed
    assert "1 to explain" in listed
    page = _text(browser, f"/office/settlements/{payout.id}/")
    figures = dict(re.findall(r'<dt[^>]*>([^<]+)</dt><dd class="amount"><a href="#lines">([^<]+)</a>', page))
    assert figures == {
        "Gross": "423.00",
        "Fees": "6.45",
        "Refunds": "0.00",
        "Chargebacks": "0.00",
        "Adjustments": "0.00",
        "Deposit": "416.55",
        "Matched lines, net": "295.55",
        "Unexplained": "121.00",
    }
    assert f"/office/bookings/{booking.reference}/" in page
    assert "No closed payment has this provider reference" in page


def test_the_booking_leads_to_its_payout(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pull_payouts(operator)
    payout = list_payouts(operator).payouts[0]
    page = _text(signed_in(operator), f"/office/bookings/{booking.reference}/")
    assert f"/office/settlements/{payout.id}/" in page
    assert "300.00 less fees 4.45" in page
    assert "fees topped up 4.45" in page


def test_a_figure_of_the_report_leads_to_its_bookings_and_on_to_their_entries(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    browser = signed_in(operator)
    page = _text(browser, "/office/ledger/")
    cell = re.search(r'href="(/office/ledger/customer_receivable/[^"]+)"[^>]*>([^<]+)<', page)
    assert cell
    assert cell[2] == bare_amount(shown.figures.payable_minor, "GBP")
    bookings = _text(browser, cell[1])
    entries = re.search(r'href="(/office/ledger/customer_receivable/[^"]+/TRV-[^"]+)"', bookings)
    assert entries
    assert shown.booking.reference in bookings
    assert "Booking sold" in _text(browser, entries[1])


def test_the_report_in_full_is_that_of_the_ledger(operator: Operator) -> None:
    sell(operator, a_trip_in(90))
    report = ledger_report(operator, currency="GBP")
    page = _text(signed_in(operator), "/office/ledger/", currency="GBP")
    for row in report.rows:
        assert f">{bare_amount(row.closing_minor, 'GBP')}</td>" in page
    assert report.debit_minor == report.credit_minor
    assert page.count(bare_amount(report.debit_minor, "GBP")) >= 2


def test_a_currency_without_entries_says_so(operator: Operator) -> None:
    assert "No entries in KWD" in _text(signed_in(operator), "/office/ledger/", currency="KWD")


def test_a_date_that_is_none_is_told_beside_the_field(operator: Operator) -> None:
    answer = signed_in(operator).get("/office/ledger/", {"as_at": "yesterday"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert page.count("Enter a date such as") == 2
    assert "<title>Error: " in page


@pytest.mark.parametrize(
    "address",
    [
        "/office/ledger/?currency=pounds",
        "/office/ledger/nonsense/2026-11/",
        "/office/ledger/revenue/2026-13/",
        "/office/ledger/revenue/2026-11/NO-SUCH/",
        "/office/settlements/?before=x",
        "/office/settlements/0198c5a0-0000-7000-8000-000000000000/",
        "/office/bookings/NO-SUCH/",
        "/office/bookings/NO-SUCH/live/",
        "/office/demo-clock/nothing/",
    ],
)
def test_what_is_not_there_is_not_found(operator: Operator, address: str) -> None:
    assert signed_in(operator).get(address).status_code == 404


def test_another_operators_booking_payout_and_cells_are_not_found_or_empty(operator: Operator) -> None:
    theirs = new_operator()
    provider, booking = paying_out(theirs), sold(theirs)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pull_payouts(theirs)
    payout = list_payouts(theirs).payouts[0]
    browser, month = signed_in(operator), f"{date(2026, 3, 1):%Y-%m}"
    for address in (
        f"/office/bookings/{booking.reference}/",
        f"/office/bookings/{booking.reference}/live/",
        f"/office/settlements/{payout.id}/",
        f"/office/settlements/?before={payout.id}",
        f"/office/ledger/acquirer_clearing/{month}/{booking.reference}/",
    ):
        answer = browser.get(address)
        assert booking.reference not in answer.content.decode()
        assert answer.status_code == (200 if "before" in address else 404), address
    assert "No bookings here" in _text(browser, f"/office/ledger/acquirer_clearing/{month}/")
    assert "No payouts yet" in _text(browser, "/office/settlements/")


def test_outside_a_demo_there_is_no_clock_to_move(operator: Operator) -> None:
    browser = signed_in(operator)
    assert "Demo clock" not in _text(browser, "/office/bookings/")
    assert browser.post("/office/demo-clock/", {"days": "1"}).status_code == 404
