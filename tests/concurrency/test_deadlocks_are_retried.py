"""Two transactions lock the same two rows the other way round: PostgreSQL kills one, and that one is run again.

No provider is called inside such a transaction, so nothing outside happens twice.
"""

import threading
from uuid import UUID

import pytest
from django.db import OperationalError

from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from tests.support.bookings import a_trip, sell
from tests.support.racing import Finish, race

pytestmark = pytest.mark.slow


def cross(operator: Operator, *, retried: bool) -> tuple[Finish[None], list[UUID]]:
    """Lock two bookings in both orders at once; return the finish, and every try that was made."""
    bookings = [sell(operator, a_trip()).booking.id for _ in range(2)]
    both_hold_one = threading.Barrier(2)
    tries: list[UUID] = []

    def lock(booking_id: UUID) -> None:
        Booking.objects.select_for_update().get(operator_id=operator.id, id=booking_id)

    def transfer(order: list[UUID]) -> None:
        tries.append(order[0])
        with operator_transaction(operator.id):
            lock(order[0])
            if len(tries) <= 2:
                both_hold_one.wait(timeout=20)
            lock(order[1])

    act = retried_on_deadlock(transfer) if retried else transfer
    return race([lambda: act(bookings), lambda: act(bookings[::-1])]), tries


def test_the_loser_runs_again(operator: Operator) -> None:
    finish, tries = cross(operator, retried=True)
    assert finish.errors == []
    assert len(tries) == 3


def test_without_the_retry_the_loser_dies(operator: Operator) -> None:
    """The control."""
    finish, tries = cross(operator, retried=False)
    assert [type(error) for error in finish.errors] == [OperationalError]
    assert len(tries) == 2
