"""The worker's own process delivers: a sale is told to another process without anybody pressing anything."""

import pytest

from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip_in, sell
from tests.support.database import TestDatabase
from tests.support.outgoing import a_webhook, deliveries
from tests.support.paying import eventually
from tests.support.processes import worker
from tests.support.receiver import receiving

pytestmark = pytest.mark.slow


def test_a_sale_reaches_the_other_system(operator: Operator, database: TestDatabase) -> None:
    with receiving() as receiver, worker(database):
        a_webhook(operator, url=receiver.url(), events=("booking.created",))
        a_webhook(operator, url=receiver.url("/500"), events=("booking.created",))
        reference = sell(operator, a_trip_in(200)).booking.reference
        first, second = receiver.next(within_s=60), receiver.next(within_s=60)
        eventually(lambda: {one.tries for one in deliveries(operator)} == {1}, within_s=30)
    assert {first.path, second.path} == {"/ok", "/500"}
    assert f'"booking":"{reference}"' in first.body
    assert first.body == second.body
    assert sorted(one.status for one in deliveries(operator)) == ["delivered", "waiting"]
