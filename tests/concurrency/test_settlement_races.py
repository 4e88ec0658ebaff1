"""Workers settle and release the same bookings at once: each fact is posted once, and nobody waits for ever.

What keeps an entry single is the unique key of its source alone: the controls, which run without row locks,
show it. The row locks keep workers from doing, and dying of, each other's work.
"""

from datetime import date
from functools import partial

from fareledger.persistence.models import LedgerEntry
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.racing import race
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import paid_by_card, paid_to_the_bank, sold

WORKERS = 6
BOOKINGS = 12


def _paid_out(operator: Operator) -> None:
    provider = paying_out(operator)
    for number in range(BOOKINGS):
        paid_by_card(sold(operator), amount_minor=1_000, reference=f"pay_{number}")
        provider.pays(line(f"pay_{number}", gross_minor=1_000, fee_minor=20), reference=f"po_{number}")


def _travelled(operator: Operator) -> None:
    for _ in range(BOOKINGS):
        paid_to_the_bank(sold(operator, end=date(2026, 6, 15)), amount_minor=1_000)


def _posted(operator: Operator, *, kind: str) -> int:
    with operator_transaction(operator.id):
        return LedgerEntry.objects.filter(operator_id=operator.id, kind=kind).count()


def _holds(operator: Operator) -> bool:
    return all(verdict.holds for verdict in verify_ledger([operator]))


def test_workers_that_pull_at_once_post_each_payment_once(operator: Operator) -> None:
    _paid_out(operator)
    finish = race([partial(pull_payouts, operator)] * WORKERS)
    assert finish.errors == []
    assert sum(pulled.stored for pulled in finish.results) == BOOKINGS
    assert sum(pulled.matched for pulled in finish.results) == BOOKINGS
    assert _posted(operator, kind="payment_settled") == BOOKINGS
    assert _holds(operator)


def test_without_the_lock_workers_match_the_same_lines_but_post_them_once(operator: Operator) -> None:
    """The control: each worker matches lines that another one matches; only the unique key of the entries is
    left to keep them single, and it does.
    """
    _paid_out(operator)
    finish = race([partial(pull_payouts, operator)] * WORKERS, row_locks=False)
    assert finish.errors == []
    assert sum(pulled.matched for pulled in finish.results) > BOOKINGS
    assert _posted(operator, kind="payment_settled") == BOOKINGS
    assert _holds(operator)


def test_workers_that_release_at_once_release_each_booking_once(operator: Operator) -> None:
    _travelled(operator)
    finish = race([partial(release_protected, operator)] * WORKERS)
    assert finish.errors == []
    assert sum(outcome.released for outcome in finish.results) == BOOKINGS
    assert _posted(operator, kind="protection_released") == BOOKINGS
    assert _holds(operator)


def test_without_the_lock_workers_die_of_releasing_the_same_bookings(operator: Operator) -> None:
    """The control: only unique keys are left, and all workers but one die of them with their whole batch."""
    _travelled(operator)
    finish = race([partial(release_protected, operator)] * WORKERS, row_locks=False)
    assert finish.errors
    assert all("protection_release_once" in str(error) for error in finish.errors)
    assert _posted(operator, kind="protection_released") == BOOKINGS
    assert _holds(operator)
