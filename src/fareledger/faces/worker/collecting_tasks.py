"""The jobs of collecting: each calls one use case for one operator, which finds by itself what is due."""

from uuid import UUID

from fareledger.faces.worker.jobs import every, job
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.end_mandates import end_mandates
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.send_notices import queue_collections, send_notices
from fareledger.usecases.watch_cards import watch_cards


@job("send_notices")
def send_notices_job(*, operator_id: str) -> None:
    """Tell one operator's customers ahead of their approved payments."""
    send_notices(operator_by_id(UUID(operator_id)))


@job("collect_due")
def collect_due_job(*, operator_id: str) -> None:
    """Charge one operator's approved payments that are due."""
    collect_due(operator_by_id(UUID(operator_id)))


@job("watch_cards")
def watch_cards_job(*, operator_id: str) -> None:
    """Announce one operator's stored cards that expire too early."""
    watch_cards(operator_by_id(UUID(operator_id)))


@job("end_mandates")
def end_mandates_job(*, operator_id: str) -> None:
    """Give up one operator's stored cards that nothing is left to charge to."""
    end_mandates(operator_by_id(UUID(operator_id)))


@every("40 * * * *", name="queue_collections")
def queue_collections_job(timestamp: int) -> None:
    """Queue them for every operator. Hourly, because days begin at other hours in other zones."""
    queue_collections()
