"""Asking the worker to do something, in the same database transaction as the fact that makes it necessary.

Jobs are known by name here; what they do stands in the worker's face. A job carries ids only, never personal
data.
"""

from contextlib import nullcontext

from django.db import transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

# Not the app's own manager: a worker process points that one at a connection of its own, and a job queued
# there would stay although the transaction around it is rolled back.
_JOBS = JobManager(DjangoConnector())


def enqueue(name: str, *, delay_s: int = 0, once: str | None = None, queue: str = "work", **ids: str) -> None:
    """Queue the job `name` with string arguments, to start after `delay_s` seconds.

    With `once`, nothing is queued while a job with that key still waits. Call it inside the transaction it
    belongs to.
    """
    job = configure_task(
        name=name,
        job_manager=_JOBS,
        queue=queue,
        schedule_in={"seconds": delay_s} if delay_s else None,
        queueing_lock=once,
    )
    try:
        # A key that is taken is a unique violation, which would spoil the caller's transaction without a
        # savepoint.
        with transaction.atomic() if once else nullcontext():
            job.defer(**ids)
    except AlreadyEnqueued:
        return
