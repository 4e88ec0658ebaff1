"""Protected money is released once, when travel is over, with its evidence."""

from datetime import date

import time_machine

from fareledger.domain.accounts import Account
from fareledger.domain.ledger import refund_paid
from fareledger.persistence.ledger import balances
from fareledger.persistence.models import Booking, ProtectionRelease
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import ReleaseOutcome, release_protected
from fareledger.usecases.show_money_chain import money_chain
from tests.support.operators import new_operator
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import Sold, fact, paid_by_card, paid_to_the_bank, post, sold

LAST_DAY = date(2026, 6, 15)
NOT_YET = time_machine.travel("2026-06-15T22:59:00Z", tick=False)
THE_DAY_AFTER = time_machine.travel("2026-06-15T23:01:00Z", tick=False)


def _balances(booking: Sold) -> dict[Account, int]:
    with operator_transaction(booking.operator.id):
        found = balances(booking.operator.id, booking_id=booking.id)
    return {account: minor for account, minor in found.items() if minor}


def test_a_trip_ends_when_its_last_day_is_over_where_the_operator_is(operator: Operator) -> None:
    booking = sold(operator, end=LAST_DAY)
    paid_to_the_bank(booking, amount_minor=100_000)
    with NOT_YET:
        assert release_protected(operator) == ReleaseOutcome(completed=0, released=0)
    with THE_DAY_AFTER:
        assert release_protected(operator) == ReleaseOutcome(completed=1, released=1)
    assert _balances(booking) == {Account.OPERATING_BANK: 100_000, Account.REVENUE: -100_000}


def test_a_release_names_its_event_and_evidence_and_happens_once(operator: Operator) -> None:
    booking = sold(operator, end=LAST_DAY)
    paid_to_the_bank(booking, amount_minor=40_000)
    with THE_DAY_AFTER:
        release_protected(operator)
        assert release_protected(operator) == ReleaseOutcome(completed=0, released=0)
    with operator_transaction(operator.id):
        release = ProtectionRelease.objects.get(operator_id=operator.id, booking_id=booking.id)
        assert Booking.objects.get(operator_id=operator.id).travel_completed_on == date(2026, 6, 16)
    assert (release.event, release.amount_minor) == ("end_of_travel", 40_000)
    assert release.evidence["end_date"] == "2026-06-15"
    assert release.evidence["released_on"] == "2026-06-16"
    assert "GBP 400.00" in release.evidence["statement"]
    link = money_chain(operator, booking_id=booking.id).protected
    assert (link.state, link.amount_minor, link.released_minor) == ("done", 0, 40_000)


def test_the_top_up_ends_with_the_release(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator, end=LAST_DAY)
    paid_by_card(booking, amount_minor=100_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=100_000, fee_minor=1_425))
    pull_payouts(operator)
    before = money_chain(operator, booking_id=booking.id).protected
    assert (before.amount_minor, before.bank_minor, before.top_up_minor) == (100_000, 98_575, 1_425)
    with THE_DAY_AFTER:
        release_protected(operator)
    assert _balances(booking) == {
        Account.OPERATING_BANK: 98_575,
        Account.ACQUIRER_FEES: 1_425,
        Account.REVENUE: -100_000,
    }
    assert money_chain(operator, booking_id=booking.id).protected.released_minor == 100_000


def test_money_still_with_the_acquirer_arrives_released(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator, end=LAST_DAY)
    paid_by_card(booking, amount_minor=100_000, reference="pay_1")
    with THE_DAY_AFTER:
        assert release_protected(operator) == ReleaseOutcome(completed=1, released=0)
    provider.pays(line("pay_1", gross_minor=100_000, fee_minor=1_425))
    pull_payouts(operator)
    found = _balances(booking)
    assert found[Account.OPERATING_BANK] == 98_575
    assert Account.PROTECTED_BANK not in found
    assert Account.PROTECTION_TOP_UP not in found


def test_a_refund_from_the_bank_waits_for_the_money_that_covers_it(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator, end=LAST_DAY)
    paid_by_card(booking, amount_minor=100_000, reference="pay_1")
    post(
        refund_paid(30_000, currency="GBP", policy="full", travel_completed=False),
        of=fact(booking, source_id="refund"),
    )
    with THE_DAY_AFTER:
        assert release_protected(operator) == ReleaseOutcome(completed=0, released=0)
        provider.pays(line("pay_1", gross_minor=100_000, fee_minor=1_425))
        pull_payouts(operator)
        assert release_protected(operator) == ReleaseOutcome(completed=1, released=1)
    assert money_chain(operator, booking_id=booking.id).protected.released_minor == 70_000


def test_without_protection_travel_ends_and_revenue_is_earned(db: None) -> None:
    operator = new_operator(protection_policy="none")
    booking = sold(operator, end=LAST_DAY)
    paid_to_the_bank(booking, amount_minor=100_000)
    with THE_DAY_AFTER:
        assert release_protected(operator) == ReleaseOutcome(completed=1, released=0)
    assert _balances(booking) == {Account.OPERATING_BANK: 100_000, Account.REVENUE: -100_000}
    assert money_chain(operator, booking_id=booking.id).protected.state == "none"


def test_a_day_ends_earlier_in_tokyo(db: None) -> None:
    operator = new_operator(time_zone="Asia/Tokyo", currencies=("JPY",))
    booking = sold(operator, end=LAST_DAY, currency="JPY", payable_minor=5_000)
    paid_to_the_bank(booking, amount_minor=5_000)
    with time_machine.travel("2026-06-15T15:01:00Z", tick=False):
        assert release_protected(operator).released == 1
    assert _balances(booking)[Account.OPERATING_BANK] == 5_000


def test_many_trips_end_in_batches(operator: Operator) -> None:
    for _ in range(205):
        sold(operator, end=LAST_DAY, payable_minor=100)
    with THE_DAY_AFTER:
        assert release_protected(operator).completed == 205
