"""A process is killed just before and just after it commits what a POST did, twenty times each: a retry with the same
key has one effect and one answer, and with another key it is another request."""

from __future__ import annotations

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Caller, a_body
from tests.support.database import TestDatabase
from tests.support.processes import KILLED, dying_at

pytestmark = pytest.mark.slow

TIMES = 20
BODY = {"send_confirmation": True, "external_reference": "Till 4"}


@pytest.mark.parametrize(("point", "done"), [("before_answer_kept", False), ("after_answer_kept", True)])
def test_a_killed_commit_is_done_once(
    operator: Operator, database: TestDatabase, point: CrashPoint, done: bool
) -> None:
    caller = Caller(operator)
    with dying_at(point, database=database) as dying:
        for number in range(TIMES):
            body = a_body()
            caller.put(body)
            row = billing_by_reference(operator, reference=body["reference"]).open_rows[0]
            address = f"bookings/{body['reference']}/transactions/{row.id}/commit"
            key = f"commit-{number}"
            ended = dying.call(caller.key, address=f"/api/v1/{address}", body=BODY, idempotency_key=key)
            assert ended == KILLED
            left = billing_by_reference(operator, reference=body["reference"])
            assert (len(left.entries), len(left.emails)) == ((2, 1) if done else (1, 0))
            again = caller.post(address, BODY, key=key)
            assert again.status == 200
            assert ("idempotent-replayed" in again.headers) == done
            after = billing_by_reference(operator, reference=body["reference"])
            assert (len(after.entries), len(after.emails)) == (2, 1)
            assert caller.post(address, BODY, key=f"{key}-other").body["code"] == "already_closed"
