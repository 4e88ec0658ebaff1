"""A worker that dies in the middle of a job leaves it marked as running; another worker starts it again."""

import pytest

from fareledger.persistence.jobs import enqueue
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from tests.support.database import TestDatabase
from tests.support.paying import eventually
from tests.support.processes import worker

pytestmark = pytest.mark.slow


def test_a_job_a_dead_worker_left_behind_runs(operator: Operator, database: TestDatabase) -> None:
    job = left_behind(operator, database=database)
    with worker(database):
        eventually(lambda: status(job, database=database) in ("gone", "succeeded"), within_s=120)


def test_a_job_is_not_queued_when_the_transaction_around_it_fails(
    operator: Operator, database: TestDatabase
) -> None:
    with pytest.raises(RuntimeError), operator_transaction(operator.id):
        enqueue("release_protected", operator_id=str(operator.id))
        raise RuntimeError
    assert jobs_of(operator, database=database) == []


def test_one_key_waits_once_and_spoils_no_transaction(operator: Operator, database: TestDatabase) -> None:
    with operator_transaction(operator.id):
        for _ in range(3):
            enqueue(
                "release_protected", once=f"once:{operator.id}", delay_s=9999, operator_id=str(operator.id)
            )
        enqueue("release_protected", delay_s=9999, operator_id=str(operator.id))
    assert len(jobs_of(operator, database=database)) == 2


def left_behind(operator: Operator, *, database: TestDatabase) -> object:
    """Queue a job and mark it as running at a worker that died long ago."""
    with operator_transaction(operator.id):
        enqueue("release_protected", operator_id=str(operator.id))
    (job,) = jobs_of(operator, database=database)
    database.as_owner("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", arguments=(job,))
    return job


def jobs_of(operator: Operator, *, database: TestDatabase) -> list[object]:
    query = "SELECT id FROM procrastinate_jobs WHERE args ->> 'operator_id' = %s"
    return [row[0] for row in database.as_owner(query, arguments=(str(operator.id),))]


def status(job: object, *, database: TestDatabase) -> object:
    rows = database.as_owner("SELECT status FROM procrastinate_jobs WHERE id = %s", arguments=(job,))
    return rows[0][0] if rows else "gone"
