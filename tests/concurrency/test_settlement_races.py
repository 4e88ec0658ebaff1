"""Two workers settle and release the same bookings at once: each fact is posted once, and nobody waits for ever."""

import threading
from collections.abc import Callable
from datetime import date

from django.db import connection

from fareledger.persistence.models import LedgerEntry
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.match_payout_lines import match_payout_lines
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import paid_by_card, paid_to_the_bank, sold

WORKERS = 6


def _all_at_once(act: Callable[[], object]) -> None:
    start, troubles = threading.Barrier(WORKERS), []

    def one() -> None:
        start.wait()
        try:
            act()
        except Exception as trouble:  # noqa: BLE001  # told by the assertion below
            troubles.append(trouble)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert troubles == []


def _posted(operator: Operator, *, kind: str) -> int:
    with operator_transaction(operator.id):
        return LedgerEntry.objects.filter(operator_id=operator.id, kind=kind).count()


def test_workers_that_pull_at_once_post_each_payment_once(operator: Operator) -> None:
    provider = paying_out(operator)
    bookings = [sold(operator) for _ in range(12)]
    for number, booking in enumerate(bookings):
        paid_by_card(booking, amount_minor=1_000, reference=f"pay_{number}")
    for number in range(12):
        provider.pays(line(f"pay_{number}", gross_minor=1_000, fee_minor=20), reference=f"po_{number}")
    _all_at_once(lambda: pull_payouts(operator))
    match_payout_lines(operator)
    assert _posted(operator, kind="payment_settled") == 12
    assert all(verdict.holds for verdict in verify_ledger([operator]))


def test_workers_that_release_at_once_release_each_booking_once(operator: Operator) -> None:
    bookings = [sold(operator, end=date(2026, 6, 15)) for _ in range(12)]
    for booking in bookings:
        paid_to_the_bank(booking, amount_minor=1_000)
    _all_at_once(lambda: release_protected(operator))
    release_protected(operator)
    assert _posted(operator, kind="protection_released") == 12
    assert all(verdict.holds for verdict in verify_ledger([operator]))
