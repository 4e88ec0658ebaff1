"""The way of one payment: the customer pays by card, the acquirer pays out, the money is protected, the trip ends.

Everything is real: the acquirer's process and its own clock, the database, the use cases. Only our clock is moved.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.money_chain import MoneyChain
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.show_ledger_report import Cell, cell_bookings, cell_entries, ledger_report
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.show_payouts import list_payouts, show_payout
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import APPROVED_DEBIT, Acquirer, enter_card, running_acquirer
from tests.support.paying import Customer, a_customer

pytestmark = pytest.mark.slow
# Debit cards: 0.8 % and 0.15, so 2.55 on 300.00.
GROSS, FEE = 30_000, 255


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock nobody else minds."""
    with running_acquirer(tmp_path) as acquirer:
        yield acquirer


def _pays(customer: Customer) -> None:
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=APPROVED_DEBIT)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    assert customer.billing.figures.paid_minor == GROSS


def _days_pass(acquirer: Acquirer, *, days: int) -> time_machine.travel:
    acquirer.admin.set_clock(offset_s=days * 86_400)
    acquirer.admin.run_due()
    return time_machine.travel(datetime.now(UTC) + timedelta(days=days), tick=True)


def _chain(customer: Customer) -> MoneyChain:
    return money_chain(customer.operator, booking_id=customer.booking_id)


def _balances(customer: Customer) -> dict[Account, int]:
    with operator_transaction(customer.operator.id):
        found = balances(customer.operator.id, booking_id=customer.booking_id)
    return {account: minor for account, minor in found.items() if minor}


def test_from_the_card_to_the_operators_bank(operator: Operator, own_acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=own_acquirer)
    _pays(customer)
    chain = _chain(customer)
    assert (chain.matched.state, chain.matched.amount_minor) == ("done", GROSS)
    assert [one.channel for one in chain.matched.by_channel] == ["portal"]
    assert chain.matched.movements[0].entry_id is not None
    assert (chain.settled.state, chain.settled.in_transit_minor) == ("wait", GROSS)
    assert (chain.protected.state, chain.protected.amount_minor) == ("wait", GROSS)

    with _days_pass(own_acquirer, days=2):
        assert pull_payouts(operator).matched == 1
        chain = _chain(customer)
        _settled_and_held_in_full(chain)
        _payout_explains_itself(operator, chain=chain)
        _report_opens_down_to_the_entry(customer, chain=chain)

    end = customer.billing.booking.end_date
    with time_machine.travel(
        datetime.combine(end + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)
    ):
        assert release_protected(operator).released == 1
        assert release_protected(operator).released == 0
        _released(customer, end=end)
        assert [str(verdict.first) for verdict in verify_ledger([operator]) if not verdict.holds] == []


def _settled_and_held_in_full(chain: MoneyChain) -> None:
    assert chain.settled.state == "done"
    assert (chain.settled.gross_minor, chain.settled.fee_minor) == (GROSS, FEE)
    assert chain.settled.amount_minor == GROSS - FEE
    assert chain.protected.amount_minor == GROSS, "the fee never lowers what is held"
    assert (chain.protected.bank_minor, chain.protected.top_up_minor) == (GROSS - FEE, FEE)


def _payout_explains_itself(operator: Operator, *, chain: MoneyChain) -> None:
    (payout,) = list_payouts(operator).payouts
    assert payout.gross_minor - payout.fees_minor == payout.deposit_minor == GROSS - FEE
    (line,) = show_payout(operator, payout_id=payout.id).lines
    assert (line.status, line.booking_id, line.entry_id) == (
        "matched",
        chain.booking_id,
        chain.settled.lines[0].entry_id,
    )


def _report_opens_down_to_the_entry(customer: Customer, *, chain: MoneyChain) -> None:
    report = ledger_report(customer.operator)
    assert report.debit_minor == report.credit_minor
    cell = Cell(account="acquirer_fees", currency="GBP", month=report.months[-1])
    (behind,) = cell_bookings(customer.operator, cell=cell).bookings
    assert (behind.booking_id, behind.debit_minor) == (customer.booking_id, FEE)
    (entry,) = cell_entries(customer.operator, cell=cell, booking_id=customer.booking_id)
    assert entry.id == chain.settled.lines[0].entry_id
    assert chain.reported.amount_minor == chain.matched.amount_minor


def _released(customer: Customer, *, end: date) -> None:
    protected = _chain(customer).protected
    assert (protected.state, protected.amount_minor, protected.released_minor) == ("done", 0, GROSS)
    assert protected.releases[0].evidence["end_date"] == end.isoformat()
    found = _balances(customer)
    assert (found[Account.OPERATING_BANK], found[Account.ACQUIRER_FEES]) == (GROSS - FEE, FEE)
    assert Account.PROTECTED_BANK not in found
    assert Account.PROTECTION_TOP_UP not in found
    told = [event.kind for event in customer.billing.timeline]
    assert told[-2:] == ["payment_settled", "protection_released"]
