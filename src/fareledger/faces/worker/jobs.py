"""How a job is declared: by the name it is queued under, with its retries, or by the times at which it is
due.

It says nothing about what a job does; that stands in the task modules, which the wiring registers at start-
up.
"""

from collections.abc import Callable
from typing import Any

from procrastinate import Blueprint, RetryStrategy

JOBS = Blueprint()

# After 10, 100 and 1,000 seconds and so on; whatever still waits then is found again by the sweeps.
_RETRIES = RetryStrategy(max_attempts=5, exponential_wait=10)

Task = Callable[..., Any]


def job(name: str, *, queue: str = "work") -> Callable[[Task], Any]:
    """Declare the job called `name`: it takes string ids as keyword arguments, and may run more than once."""
    return JOBS.task(name=name, queue=queue, retry=_RETRIES)


def every(cron: str, *, name: str, with_context: bool = False) -> Callable[[Task], Any]:
    """Declare a job for the times of a cron line, in a queue of its own so that bulk work never delays it.

    The line is in UTC; a sixth field counts seconds. The function takes the due time as a unix timestamp,
    after the job's context if it asks for that. A run that was missed is not made up for.
    """

    def declare(act: Task) -> Any:
        as_task: Any = JOBS.task
        task = as_task(name=name, queue="cron", queueing_lock=name, pass_context=with_context)(act)
        return JOBS.periodic(cron=cron, periodic_id=name)(task)

    return declare
