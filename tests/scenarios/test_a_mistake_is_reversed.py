"""Finance take back money that was recorded by mistake: before the travel, after it, a payment, a refund; and what is
not taken back.
"""

from dataclasses import replace
from uuid import UUID

import pytest
import time_machine

from fareledger.domain.access import NotPermitted
from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.find_open_row import TransactionNotFound
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.reverse_transaction import (
    AlreadyReversed,
    InvalidReversal,
    ReversalBelowNothing,
    reverse_transaction,
)
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, sell
from tests.support.people import BOOKING_API, MARTA, person
from tests.support.planning import again, commit, plan, with_nothing_planned

WHY = "It was paid for another booking"


def reverse(operator: Operator, shown: Billing, row_id: UUID, /, *, reason: str = WHY) -> Billing:
    reverse_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=row_id,
        reason=reason,
        actor=MARTA,
    )
    return again(operator, shown)


def banks(operator: Operator, shown: Billing, /) -> tuple[int, int]:
    """What is in the trust bank and in the operator's own, in minor units."""
    with operator_transaction(operator.id):
        found = balances(operator.id, booking_id=shown.booking.id)
    return found.get(Account.PROTECTED_BANK, 0), found.get(Account.OPERATING_BANK, 0)


def assert_books_hold(operator: Operator) -> None:
    assert [verdict.first for verdict in verify_ledger([operator]) if not verdict.holds] == []


def test_a_payment_that_never_came_is_outstanding_again(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    paid = commit(operator, shown, row_id, external_reference="BACS 7719")
    done = reverse(operator, shown, row_id)
    assert (done.figures.paid_minor, done.figures.outstanding_minor, done.figures.unplanned_minor) == (
        251_600,
        400_000,
        400_000,
    )
    reversal = next(row for row in done.rows if row.is_reversal)
    original = next(row for row in done.rows if row.id == reversal.reverses)
    assert original == replace(next(row for row in paid.rows if row.id == row_id), reversed_by=reversal.id)
    assert (reversal.signed_minor, reversal.reason, reversal.closed_by) == (-250_000, WHY, "Marta Lindgren")
    assert banks(operator, shown) == (251_600, 0)
    assert len(done.emails) == len(paid.emails)
    assert done.timeline[-1].kind == "payment_reversed"
    assert_books_hold(operator)


def test_two_payments_with_one_reference_have_an_entry_each(operator: Operator) -> None:
    taken = paid_at_checkout(30_000, provider="offline", method="bank_transfer")
    shown = sell(operator, a_trip_in(90, payments=(taken,)))
    (first,) = shown.closed_rows
    row_id = next(row.id for row in shown.open_rows)
    shown = commit(operator, shown, row_id, amount_minor=30_000, external_reference=taken.external_reference)
    named = {
        one.transaction_id: one.entry_id
        for one in money_chain(operator, booking_id=shown.booking.id).matched.movements
    }
    assert len(set(named.values())) == 2
    done = reverse(operator, reverse(operator, shown, row_id), first.id)
    assert done.figures.paid_minor == 0
    mirrored = [entry.source_id for entry in done.entries if entry.source == "reversal"]
    assert mirrored == [str(named[row_id]), str(named[first.id])]
    assert_books_hold(operator)


def test_a_checkout_payment_that_closed_several_rows_is_reversed_whole(operator: Operator) -> None:
    taken = paid_at_checkout(110_000, provider="offline", method="bank_transfer")
    shown = sell(operator, a_trip_in(90, payments=(taken,)))
    rows = shown.closed_rows
    assert [row.amount_minor for row in rows] == [10_000, 30_000, 70_000]
    done = reverse(operator, shown, rows[1].id)
    assert (done.figures.paid_minor, done.figures.outstanding_minor) == (0, 100_000)
    reversing = {row.reverses: row for row in done.rows if row.is_reversal}
    assert {row.id: row.amount_minor for row in rows} == {
        of: row.amount_minor for of, row in reversing.items()
    }
    (entry,) = [one for one in done.entries if one.source == "reversal"]
    assert entry.amount_minor == 110_000
    (told,) = [one for one in done.timeline if one.kind == "payment_reversed"]
    assert told.payload["text"] == "Payment of GBP 1,100.00 reversed, 3 rows"
    assert banks(operator, shown) == (0, 0)
    for row in rows:
        assert reverse(operator, shown, row.id) == done
        with pytest.raises(AlreadyReversed):
            reverse(operator, shown, row.id, reason="Another reason")
    assert again(operator, shown) == done
    assert_books_hold(operator)


def test_a_refund_that_was_never_paid_is_due_again(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=80_000, paid_minor=100_000)
    row_id = plan(operator, shown, amount_minor=20_000, kind="refund")
    assert commit(operator, shown, row_id).figures.outstanding_minor == 0
    done = reverse(operator, shown, row_id)
    assert (done.figures.refunded_offline_minor, done.figures.outstanding_minor) == (0, -20_000)
    assert done.figures.refund_due
    assert [row.signed_minor for row in done.rows if row.is_reversal] == [20_000]
    assert banks(operator, shown) == (100_000, 0)
    assert_books_hold(operator)


def test_a_payment_is_reversed_after_its_money_was_released(operator: Operator) -> None:
    trip = a_trip_in(3, lasting=2)
    shown = sell(operator, trip)
    for row in shown.open_rows:
        commit(operator, shown, row.id, method="bank_transfer")
    first, second = again(operator, shown).closed_rows
    accept_booking(operator, details=cancelling(trip, "flights"), channel="api", actor=BOOKING_API)
    after = trip.end_date.fromordinal(trip.end_date.toordinal() + 2).isoformat()
    with time_machine.travel(f"{after}T12:00:00Z", tick=False):
        release_protected(operator)
        assert banks(operator, shown) == (40_000, 60_000)
        assert_books_hold(operator)
        done = reverse(operator, shown, first.id)
        assert (first.amount_minor, done.figures.outstanding_minor) == (30_000, -10_000)
        assert banks(operator, shown) == (10_000, 60_000)
        assert_books_hold(operator)
        done = reverse(operator, shown, second.id)
        assert done.figures.outstanding_minor == 60_000
        assert banks(operator, shown) == (0, 0)
        assert_books_hold(operator)


def test_a_refund_is_reversed_after_the_travel_and_its_money_is_protected_again(operator: Operator) -> None:
    trip = a_trip_in(3, lasting=2)
    shown = sell(operator, trip)
    for row in shown.open_rows:
        commit(operator, shown, row.id, method="bank_transfer")
    accept_booking(operator, details=cancelling(trip, "flights"), channel="api", actor=BOOKING_API)
    (refund,) = again(operator, shown).open_rows
    commit(operator, shown, refund.id, method="bank_transfer")
    after = trip.end_date.fromordinal(trip.end_date.toordinal() + 2).isoformat()
    with time_machine.travel(f"{after}T12:00:00Z", tick=False):
        release_protected(operator)
        assert banks(operator, shown) == (0, 60_000)
        done = reverse(operator, shown, refund.id)
        assert done.figures.outstanding_minor == -40_000
        assert banks(operator, shown) == (40_000, 60_000)
        assert_books_hold(operator)


def test_the_same_reversal_twice_is_one_and_another_persons_is_told(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    done = reverse(operator, shown, row_id)
    assert reverse(operator, shown, row_id) == done
    with pytest.raises(AlreadyReversed, match="Marta Lindgren reversed this row"):
        reverse(operator, shown, row_id, reason="Another reason")


def test_what_is_not_reversed(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90, payments=(paid_at_checkout(30_000),)))
    open_row = shown.open_rows[0]
    online = shown.closed_rows[0]
    commit(operator, shown, open_row.id, method="cash")
    done = reverse(operator, shown, open_row.id)
    reversal = next(row for row in done.rows if row.is_reversal)
    for wrong in (online, reversal):
        with pytest.raises(InvalidReversal) as refused:
            reverse(operator, shown, wrong.id)
        assert refused.value.code == "not_reversible"
    with pytest.raises(InvalidReversal, match="Say why"):
        reverse(operator, shown, online.id, reason="  ")
    with pytest.raises(TransactionNotFound):
        reverse(operator, shown, done.booking.id)
    with pytest.raises(NotPermitted):
        reverse_transaction(
            operator,
            booking_id=shown.booking.id,
            transaction_id=online.id,
            reason=WHY,
            actor=person("Ana", role="agent"),
        )
    assert again(operator, shown) == done


def test_a_payment_stays_while_a_refund_leans_on_it(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=10_000, paid_minor=0)
    paid = plan(operator, shown, amount_minor=10_000)
    commit(operator, shown, paid, amount_minor=12_000)
    refund = plan(operator, shown, amount_minor=2_000, kind="refund")
    commit(operator, shown, refund)
    with pytest.raises(ReversalBelowNothing):
        reverse(operator, shown, paid)
    reverse(operator, shown, refund)
    assert reverse(operator, shown, paid).figures.paid_minor == 0
    assert_books_hold(operator)
