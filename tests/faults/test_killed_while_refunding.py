"""A process is killed at every point of a refund, five times each: the money goes back once and is posted once."""

from __future__ import annotations

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.run_refund import NOT_FOUND_COUNTS_AFTER_S
from tests.support.acquirer import Acquirer
from tests.support.database import TestDatabase
from tests.support.paying import later
from tests.support.processes import KILLED, dying_at
from tests.support.refunding import (
    Overpaid,
    another_overpaid,
    assert_refunded_once,
    overpaid,
    press,
    worker_asks,
)

pytestmark = pytest.mark.slow

TIMES = 5


def bookings(operator: Operator, *, acquirer: Acquirer) -> list[Overpaid]:
    first = overpaid(operator, acquirer=acquirer)
    return [first, *(another_overpaid(operator, merchant=first.merchant) for _ in range(TIMES - 1))]


def part_states(one: Overpaid) -> list[str]:
    return [part.state.value for order in one.orders for part in order.parts]


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("after_refund_accepted", ["intended"]),
        ("before_post", ["intended"]),
        ("after_post", ["intended"]),
        ("after_refund_recorded", ["succeeded"]),
    ],
)
def test_killed_once_the_provider_has_it(
    operator: Operator, acquirer: Acquirer, database: TestDatabase, point: CrashPoint, left: list[str]
) -> None:
    all_of_them = bookings(operator, acquirer=acquirer)
    with dying_at(point, database=database) as dying:
        for one in all_of_them:
            assert dying.refund(operator.id, booking_id=one.booking_id, row_id=one.row_id) == KILLED
            assert part_states(one) == left
    with later(30):
        worker_asks(operator)
        worker_asks(operator)
    for one in all_of_them:
        assert_refunded_once(one)
        assert one.open_refunds == []


def test_killed_before_the_provider_was_called(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    all_of_them = bookings(operator, acquirer=acquirer)
    with dying_at("after_refund_commit", database=database) as dying:
        for one in all_of_them:
            assert dying.refund(operator.id, booking_id=one.booking_id, row_id=one.row_id) == KILLED
            assert part_states(one) == ["intended"]
    with later(NOT_FOUND_COUNTS_AFTER_S + 30):
        worker_asks(operator)
    for one in all_of_them:
        assert [order.status for order in one.orders] == ["failed"]
        assert press(one).status == "done"
        assert_refunded_once(one)
