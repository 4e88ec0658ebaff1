"""The jobs of payments and emails: each one calls one use case with the ids it was queued with."""

from uuid import UUID

from fareledger.faces.worker.jobs import every, job
from fareledger.usecases.ask_attempts import ask_attempt
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.requeue_waiting import requeue_waiting
from fareledger.usecases.run_refund import ask_refund
from fareledger.usecases.withdraw_attempt import withdraw_attempt


@job("process_webhook")
def process_webhook_job(*, operator_id: str, event_id: str) -> None:
    """Process one webhook of the inbox."""
    process_webhook(operator_by_id(UUID(operator_id)), event_id=UUID(event_id))


@job("ask_attempt")
def ask_attempt_job(*, operator_id: str, attempt_id: str) -> None:
    """Ask the provider about one attempt that is not settled."""
    ask_attempt(operator_by_id(UUID(operator_id)), attempt_id=UUID(attempt_id))


@job("ask_refund")
def ask_refund_job(*, operator_id: str, part_id: str) -> None:
    """Ask the provider about one part of a refund that is not settled."""
    ask_refund(operator_by_id(UUID(operator_id)), part_id=UUID(part_id))


@job("withdraw_attempt")
def withdraw_attempt_job(*, operator_id: str, attempt_id: str) -> None:
    """Take back an attempt whose row was paid otherwise."""
    withdraw_attempt(operator_by_id(UUID(operator_id)), attempt_id=UUID(attempt_id), actor="Worker")


@every("* * * * * */10", name="requeue_waiting")
def requeue_waiting_job(timestamp: int) -> None:
    """Find what still waits although no job is on its way to it."""
    requeue_waiting()
