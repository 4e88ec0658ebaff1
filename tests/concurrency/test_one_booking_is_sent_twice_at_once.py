"""The same booking sent many times at the same moment is one booking with one plan, one sale and one payment."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection

from fareledger.domain.booking import BookingDetails
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import Accepted, accept_booking
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.bookings import a_trip, paid_at_checkout
from tests.support.people import BOOKING_API
from tests.support.racing import race

pytestmark = pytest.mark.slow

COPIES = 20
ROUNDS = 5


def send(operator: Operator, trip: BookingDetails, /) -> Accepted:
    return accept_booking(operator, details=trip, channel="api", actor=BOOKING_API)


def send_without_queueing(operator: Operator, trip: BookingDetails, /) -> Accepted:
    """The control: the lock on a reference that has no row yet is taken on a number of one's own."""

    def elsewhere(
        execute: Callable[..., Any], sql: str, params: object, many: bool, context: object, /
    ) -> Any:
        own = sql.replace("hashtextextended(%s, 0)", "(random() * length(%s))::int")
        return execute(own, params, many, context)

    with connection.execute_wrapper(elsewhere):
        return send(operator, trip)


def test_copies_at_once_are_one_booking(operator: Operator) -> None:
    for _ in range(ROUNDS):
        trip = a_trip(payments=(paid_at_checkout(35000),))
        finish = race([partial(send, operator, trip)] * COPIES)
        assert finish.errors == []
        assert sorted(one.outcome for one in finish.results) == ["created"] + ["unchanged"] * (COPIES - 1)
        billing = billing_by_reference(operator, reference=trip.reference)
        assert [entry.kind for entry in billing.entries] == ["booking_sold", "payment_received"]
        assert billing.figures.paid_minor == 35000


def test_without_the_lock_copies_collide(operator: Operator) -> None:
    collisions = 0
    for _ in range(ROUNDS):
        finish = race([partial(send_without_queueing, operator, a_trip())] * COPIES)
        assert all(isinstance(error, IntegrityError) for error in finish.errors)
        collisions += len(finish.errors)
    assert collisions > 0


def test_changes_at_once_count_one_after_the_other(operator: Operator) -> None:
    trip = a_trip()
    send(operator, trip)
    changes = [
        partial(send, operator, a_trip(reference=trip.reference, package=f"Plan {n}")) for n in range(8)
    ]
    finish = race(changes)
    assert finish.errors == []
    assert sorted(one.version for one in finish.results) == list(range(2, 10))
