"""A process is killed at every named point of settlement and release, twenty times each: once posted, never twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.models import LedgerEntry, Payout, PayoutLine, ProtectionRelease
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import Acquirer, join
from tests.support.database import TestDatabase
from tests.support.operators import new_operator
from tests.support.processes import KILLED, dying_at
from tests.support.sold import Sold, paid_by_card, paid_to_the_bank, sold

pytestmark = pytest.mark.slow

TIMES = 20
POINTS: tuple[CrashPoint, ...] = ("after_payout_stored", "before_settlement_post")


def _paid_days_ago(operator: Operator, *, acquirer: Acquirer) -> Sold:
    """A booking of which 300.00 were paid by card some days ago, and are paid out by now."""
    merchant, booking = join(operator, acquirer=acquirer), sold(operator)
    taken = datetime.now(UTC) - timedelta(days=4)
    payment = {
        "amount": 30_000,
        "currency": "GBP",
        "reference": booking.reference,
        "card": {"brand": "visa", "funding": "debit", "last4": "5556"},
        "captured_at": taken.isoformat(),
    }
    (at_acquirer,) = acquirer.admin.load_history(merchant.id, payments=[payment])
    paid_by_card(booking, amount_minor=30_000, reference=at_acquirer["id"], provider="sandbox", at=taken)
    return booking


def _count(operator: Operator) -> tuple[int, int, int]:
    """How many payouts are stored, lines matched and settlements posted."""
    with operator_transaction(operator.id):
        return (
            Payout.objects.filter(operator_id=operator.id).count(),
            PayoutLine.objects.filter(operator_id=operator.id, status="matched").count(),
            LedgerEntry.objects.filter(operator_id=operator.id, kind="payment_settled").count(),
        )


def _held_in_bank(booking: Sold) -> int:
    with operator_transaction(booking.operator.id):
        return balances(booking.operator.id, booking_id=booking.id).get(Account.PROTECTED_BANK, 0)


def _all_holds(operator: Operator) -> bool:
    return all(verdict.holds for verdict in verify_ledger([operator]))


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_payouts_are_taken_in(
    db: None, acquirer: Acquirer, database: TestDatabase, point: CrashPoint
) -> None:
    bookings = [_paid_days_ago(new_operator(), acquirer=acquirer) for _ in range(TIMES)]
    acquirer.admin.run_due()
    with dying_at(point, database=database) as dying:
        for booking in bookings:
            assert dying.pull_payouts(booking.operator.id) == KILLED
            assert _count(booking.operator) == (1, 0, 0), "the payout is whole, nothing is posted by half"
    for booking in bookings:
        pull_payouts(booking.operator)
        pull_payouts(booking.operator)
        assert _count(booking.operator) == (1, 1, 1)
        assert _held_in_bank(booking) == 30_000 - 255
        assert _all_holds(booking.operator)


def test_killed_before_a_release_is_posted(db: None, database: TestDatabase) -> None:
    bookings = [sold(new_operator(), end=date(2026, 6, 15)) for _ in range(TIMES)]
    with dying_at("before_release_post", database=database) as dying:
        for booking in bookings:
            paid_to_the_bank(booking, amount_minor=100_000)
            assert dying.release_protected(booking.operator.id) == KILLED
            assert _held_in_bank(booking) == 100_000
    for booking in bookings:
        assert release_protected(booking.operator).released == 1
        assert release_protected(booking.operator).released == 0
        assert _held_in_bank(booking) == 0
        with operator_transaction(booking.operator.id):
            assert ProtectionRelease.objects.filter(operator_id=booking.operator.id).count() == 1
        assert _all_holds(booking.operator)
