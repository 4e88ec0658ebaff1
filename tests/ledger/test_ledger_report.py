"""The ledger report adds up, opens down to the entries, and stays as it was for a day that is over."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from fareledger.domain.accounts import Account
from fareledger.domain.ledger import sale_changed
from fareledger.persistence.operators import Operator
from fareledger.usecases.show_ledger_report import (
    Cell,
    LedgerReport,
    cell_bookings,
    cell_entries,
    ledger_report,
)
from fareledger.usecases.show_money_chain import NoSuchBooking, money_chain
from fareledger.usecases.show_payouts import list_payouts
from tests.support.operators import new_operator
from tests.support.sold import fact, paid_to_the_bank, post, sold

APRIL = datetime(2026, 4, 10, 12, tzinfo=UTC)
MARCH_MONTH, APRIL_MONTH = date(2026, 3, 1), date(2026, 4, 1)
IN_MAY = time_machine.travel("2026-05-02T10:00:00Z", tick=False)


def _closing(report: LedgerReport) -> dict[str, int]:
    return {row.account: row.closing_minor for row in report.rows}


@IN_MAY
def test_accounts_by_month_open_and_close_on_their_normal_side(operator: Operator) -> None:
    booking = sold(operator, payable_minor=100_000)
    paid_to_the_bank(booking, amount_minor=30_000, at=APRIL)
    report = ledger_report(operator, months=2)
    assert (report.currency, report.months) == ("GBP", (APRIL_MONTH, date(2026, 5, 1)))
    rows = {row.account: row for row in report.rows}
    april = rows[Account.CUSTOMER_RECEIVABLE].cells[0]
    assert (april.opening_minor, april.debit_minor, april.credit_minor, april.closing_minor) == (
        100_000,
        0,
        30_000,
        70_000,
    )
    assert rows[Account.CONTRACT_LIABILITY].closing_minor == 100_000
    assert report.debit_minor == report.credit_minor == 130_000


@IN_MAY
def test_each_cell_opens_its_bookings_and_each_booking_its_entries(operator: Operator) -> None:
    booking, other = sold(operator), sold(operator)
    paid_to_the_bank(booking, amount_minor=30_000, at=APRIL)
    paid_to_the_bank(other, amount_minor=5_000, at=APRIL)
    cell = Cell(account="customer_receivable", currency="GBP", month=APRIL_MONTH)
    found = cell_bookings(operator, cell=cell)
    assert (found.credit_minor, found.normal_side) == (35_000, "debit")
    assert {one.reference: one.credit_minor for one in found.bookings} == {
        booking.reference: 30_000,
        other.reference: 5_000,
    }
    (entry,) = cell_entries(operator, cell=cell, booking_id=booking.id)
    assert [(line.account, line.side, line.amount_minor) for line in entry.lines] == [
        ("protected_bank", "debit", 30_000),
        ("customer_receivable", "credit", 30_000),
    ]
    cells = money_chain(operator, booking_id=booking.id).reported.cells
    assert ("customer_receivable", APRIL_MONTH, 30_000) in [
        (one.account, one.month, one.credit_minor) for one in cells
    ]


def test_a_report_of_a_day_that_is_over_does_not_change(operator: Operator) -> None:
    booking = sold(operator, payable_minor=100_000)
    with IN_MAY:
        first = ledger_report(operator, as_at=date(2026, 4, 30))
        backdated = fact(booking, source_id="late news", at=APRIL)
        recorded_now = type(backdated)(**{**vars(backdated), "recorded_at": datetime.now(UTC)})
        post(sale_changed(500, currency="GBP", travel_completed=False), of=recorded_now)
        assert ledger_report(operator, as_at=date(2026, 4, 30)) == first
        assert _closing(ledger_report(operator))["customer_receivable"] == 100_500
        assert _closing(first)["customer_receivable"] == 100_000


def test_currencies_are_never_added_up(operator: Operator) -> None:
    sold(operator, currency="GBP", payable_minor=100)
    sold(operator, currency="JPY", payable_minor=7)
    assert _closing(ledger_report(operator, currency="JPY"))["customer_receivable"] == 7
    assert ledger_report(operator, currency="XXX").rows == ()
    assert ledger_report(operator).currencies[:2] == ("GBP", "EUR")


def test_another_operator_sees_nothing_of_it(operator: Operator) -> None:
    booking = sold(operator)
    stranger = new_operator()
    cell = Cell(account="customer_receivable", currency="GBP", month=MARCH_MONTH)
    assert ledger_report(stranger).rows == ()
    assert cell_bookings(stranger, cell=cell).bookings == ()
    assert cell_entries(stranger, cell=cell, booking_id=booking.id) == ()
    assert list_payouts(stranger).payouts == ()
    with pytest.raises(NoSuchBooking):
        money_chain(stranger, booking_id=booking.id)
