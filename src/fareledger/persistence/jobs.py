"""Asking the worker to do something, in the same database transaction as the fact that makes it necessary.

Jobs are known by name here; what they do stands in the worker's face. A job carries ids only, never personal data.
"""

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def enqueue(name: str, *, delay_s: int = 0, once: str | None = None, **ids: str) -> None:
    """Queue the job `name` with string arguments, to start after `delay_s` seconds.

    With `once`, nothing is queued while a job with that key still waits. Call it inside the transaction it belongs to.
    """
    task = app.configure_task(
        name,
        queue="work",
        schedule_in={"seconds": delay_s} if delay_s else None,
        queueing_lock=once,
    )
    try:
        task.defer(**ids)
    except AlreadyEnqueued:
        return
