"""The jobs of settlement: each calls one use case for one operator; once an hour they are queued for
everybody.
"""

from uuid import UUID

from fareledger.faces.worker.jobs import every, job
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.queue_settlement import queue_settlement
from fareledger.usecases.release_protected import release_protected


@job("pull_payouts")
def pull_payouts_job(*, operator_id: str) -> None:
    """Fetch and match what the acquirers paid out to one operator."""
    pull_payouts(operator_by_id(UUID(operator_id)))


@job("release_protected")
def release_protected_job(*, operator_id: str) -> None:
    """Release the protected money of one operator's trips that have ended."""
    release_protected(operator_by_id(UUID(operator_id)))


@every("5 * * * *", name="queue_settlement")
def queue_settlement_job(timestamp: int) -> None:
    """Queue both for every operator. Hourly, because days end at other hours in other zones."""
    queue_settlement()
