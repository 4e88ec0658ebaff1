"""Transactions of use cases that join an enclosing one: they commit or vanish with it, and yet fail and retry alone."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest

from fareledger.domain.identity import new_id
from fareledger.persistence.models import Booking, SavedView
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import enclosing_transaction, operator_snapshot, operator_transaction
from fareledger.usecases.clock import now
from tests.support.bookings import a_trip, sell
from tests.support.operators import new_operator
from tests.support.racing import race


def note(operator: Operator, *, name: str) -> None:
    """Write something, in a transaction of its own."""
    with operator_transaction(operator.id):
        SavedView.objects.create(
            operator_id=operator.id, id=new_id(), staff_id=operator.id, name=name, query="", created_at=now()
        )


def noted(operator: Operator) -> set[str]:
    with operator_snapshot(operator.id):
        return set(SavedView.objects.filter(operator_id=operator.id).values_list("name", flat=True))


def test_what_joined_is_there_once_all_of_it_is(operator: Operator) -> None:
    with enclosing_transaction(operator.id):
        note(operator, name="one")
        assert noted(operator) == {"one"}, "a snapshot that joins sees it"
        note(operator, name="two")
    assert noted(operator) == {"one", "two"}


def test_what_joined_vanishes_with_the_whole(operator: Operator) -> None:
    with pytest.raises(ZeroDivisionError), enclosing_transaction(operator.id):
        note(operator, name="one")
        raise ZeroDivisionError
    assert noted(operator) == set()
    note(operator, name="later")
    assert noted(operator) == {"later"}, "nothing joins once it is over"


def test_what_fails_inside_is_undone_alone(operator: Operator) -> None:
    with enclosing_transaction(operator.id):
        note(operator, name="one")
        with pytest.raises(ZeroDivisionError), operator_transaction(operator.id):
            note_in_place(operator, name="two")
            raise ZeroDivisionError
        assert noted(operator) == {"one"}
    assert noted(operator) == {"one"}


def note_in_place(operator: Operator, *, name: str) -> None:
    SavedView.objects.create(
        operator_id=operator.id, id=new_id(), staff_id=operator.id, name=name, query="", created_at=now()
    )


def test_another_operator_cannot_join(operator: Operator) -> None:
    other = new_operator()
    with enclosing_transaction(operator.id):
        with pytest.raises(RuntimeError), operator_transaction(other.id):
            raise AssertionError("it was let in")
        with pytest.raises(RuntimeError), operator_snapshot(other.id):
            raise AssertionError("it was let in")


def test_without_an_enclosing_one_nothing_joins(operator: Operator) -> None:
    with (
        operator_transaction(operator.id),
        pytest.raises(RuntimeError),
        operator_transaction(operator.id),
    ):
        raise AssertionError("it was let in")


@pytest.mark.slow
def test_a_joined_transaction_that_lost_a_deadlock_runs_again(operator: Operator) -> None:
    bookings = [sell(operator, a_trip()).booking.id for _ in range(2)]
    both_hold_one = threading.Barrier(2)
    tries: list[UUID] = []

    @retried_on_deadlock
    def transfer(order: list[UUID]) -> None:
        tries.append(order[0])
        with operator_transaction(operator.id):
            Booking.objects.select_for_update().get(operator_id=operator.id, id=order[0])
            if len(tries) <= 2:
                both_hold_one.wait(timeout=20)
            Booking.objects.select_for_update().get(operator_id=operator.id, id=order[1])

    def whole(order: list[UUID]) -> None:
        with enclosing_transaction(operator.id):
            note(operator, name=str(order[0]))
            transfer(order)

    finish = race([lambda: whole(bookings), lambda: whole(bookings[::-1])])
    assert finish.errors == []
    assert len(tries) == 3
    assert noted(operator) == {str(booking_id) for booking_id in bookings}
