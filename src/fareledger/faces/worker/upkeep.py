"""Looks after what is behind the scenes: jobs whose worker died are started again, so nobody has to notice a kill, and
what was kept long enough is forgotten: answers of the API, and who guessed at the portal's door.
"""

import logging

from procrastinate import JobContext
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from fareledger.faces.worker.jobs import every
from fareledger.usecases.idempotency import forget_old_answers
from fareledger.usecases.sign_in_by_reference import forget_old_misses

log = logging.getLogger(__name__)

# A worker that lives says so every ten seconds.
_SILENT_S = 45


@every("* * * * * */15", name="restart_stalled_jobs", with_context=True)
async def restart_stalled_jobs(context: JobContext, *, timestamp: int) -> None:
    """Start again what a worker left behind; a job whose twin waits already is dropped instead."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=_SILENT_S):
        log.warning("job %s (%s) was left behind by a dead worker", job.id, job.task_name)
        try:
            await jobs.retry_job(job)
        except (AlreadyEnqueued, ConnectorException):
            await jobs.finish_job(job, status=Status.ABORTED, delete_job=True)


@every("35 * * * *", name="forget_old_answers")
def forget_old_answers_job(timestamp: int) -> None:
    """Forget the answers to idempotent requests that no copy can come of any more."""
    forget_old_answers()


@every("50 * * * *", name="forget_old_misses")
def forget_old_misses_job(timestamp: int) -> None:
    """Forget the misses at the portal's door that count no more, also those nobody came back after."""
    forget_old_misses()
