"""Finds imports and mailings that wait although no job is on its way to them, and queues one.

A worker that was killed leaves them behind half done; they say themselves how far they are, and a job that finds
somebody at work on them does nothing.
"""

from __future__ import annotations

from datetime import timedelta

from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import ImportRun
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.run_import import WAITING

# The job that is queued with them normally starts within a second.
_PATIENCE = timedelta(seconds=10)


def requeue_bulk() -> int:
    """Queue a job for every operator whose bulk work waits; return how many."""
    return sum(_requeue(operator) for operator in everyone())


def _requeue(operator: Operator) -> int:
    since = now() - _PATIENCE
    with operator_transaction(operator.id):
        waits = ImportRun.objects.filter(
            operator_id=operator.id, status__in=WAITING, created_at__lt=since
        ).exists()
        if waits:
            enqueue("run_import", once=f"imports:{operator.id}", operator_id=str(operator.id))
    return int(waits)
