"""The jobs of bulk work: each starts a use case that claims by itself what waits, for one operator."""

from uuid import UUID

from fareledger.faces.worker.jobs import every, job
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.mail_links import send_mailings
from fareledger.usecases.requeue_bulk import requeue_bulk
from fareledger.usecases.run_import import run_imports


@job("run_import")
def run_import_job(*, operator_id: str) -> None:
    """Work off the files of bookings that were handed in for one operator."""
    run_imports(operator_by_id(UUID(operator_id)))


@job("mail_links")
def mail_links_job(*, operator_id: str) -> None:
    """Send the pay links that one operator's staff asked for in bulk."""
    send_mailings(operator_by_id(UUID(operator_id)))


@every("* * * * * */10", name="requeue_bulk")
def requeue_bulk_job(timestamp: int) -> None:
    """Find bulk work that a killed worker left behind."""
    requeue_bulk()
