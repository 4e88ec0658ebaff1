"""A worker is killed around the call to another system: the message is delivered again, with the same id."""

from datetime import timedelta

import pytest
from django.db.models import F

from fareledger.persistence.models import WebhookDelivery
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.crash_points import CrashPoint
from tests.support.bookings import a_trip_in, sell
from tests.support.database import TestDatabase
from tests.support.outgoing import a_webhook, deliver, deliveries, tries
from tests.support.processes import KILLED, dying_at
from tests.support.receiver import receiving

pytestmark = pytest.mark.slow

TIMES = 20


@pytest.mark.parametrize("point", ["before_webhook_call", "after_webhook_call"])
def test_killed_around_the_call(operator: Operator, database: TestDatabase, point: CrashPoint) -> None:
    with receiving() as receiver, dying_at(point, database=database) as dying:
        made = a_webhook(operator, url=receiver.url(), events=("booking.created",))
        for _ in range(TIMES):
            sell(operator, a_trip_in(200))
            assert dying.tell(operator.id, endpoint_id=made.endpoint_id) == KILLED
            assert deliver(operator, made) == 0
            a_minute_passes(operator)
            assert deliver(operator, made) == 1
    ids = [call.headers["fareledger-id"] for call in receiver.calls]
    assert len(set(ids)) == TIMES
    assert len(ids) == (TIMES if point == "before_webhook_call" else 2 * TIMES)
    assert {delivery.status for delivery in deliveries(operator)} == {"delivered"}
    assert len(tries(operator)) == TIMES


def a_minute_passes(operator: Operator) -> None:
    """Let the time run out for which the dead worker had taken the delivery."""
    with operator_transaction(operator.id):
        waiting = WebhookDelivery.objects.filter(operator_id=operator.id, status="waiting")
        waiting.update(next_try_at=F("next_try_at") - timedelta(seconds=61))
