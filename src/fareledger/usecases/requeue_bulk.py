"""Finds imports and mailings that wait although no job is on its way to them, and queues one.

A worker that was killed leaves them behind half done; they say themselves how far they are, and a job that finds
somebody at work on them does nothing.
"""

from __future__ import annotations

from datetime import timedelta

from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import ImportRun, LinkMailing
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
    mine = str(operator.id)
    with operator_transaction(operator.id):
        imports = ImportRun.objects.filter(
            operator_id=operator.id, status__in=WAITING, created_at__lt=since
        ).exists()
        mailings = LinkMailing.objects.filter(
            operator_id=operator.id, finished_at=None, created_at__lt=since
        ).exists()
        if imports:
            enqueue("run_import", once=f"imports:{mine}", operator_id=mine)
        if mailings:
            enqueue("mail_links", once=f"mail_links:{mine}", operator_id=mine)
    return int(imports or mailings)
