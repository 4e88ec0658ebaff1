"""Finds work that waits although no job is on its way to it, and queues it again.

A worker that is killed in the middle of a job leaves the job behind for ever. The rows that jobs work on say
themselves whether they are done, so looking at them is enough, and doing one twice does no harm. The same look finds
payments a customer could still make for a row that is no longer to be paid like that.
"""

from datetime import timedelta

from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import EmailMessage, WebhookEvent
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.announce import JOB, QUEUE
from fareledger.usecases.ask_attempts import due_attempts
from fareledger.usecases.ask_setups import due_setups
from fareledger.usecases.clock import now
from fareledger.usecases.mandates import cards_to_detach
from fareledger.usecases.run_refund import due_refunds
from fareledger.usecases.send_email import overdue

# A job that was queued with its row normally starts within a second.
_PATIENCE_S = 10
_LIMIT = 500


def requeue_waiting() -> int:
    """Queue a job for everything that has waited too long, of every operator; return how many."""
    return sum(requeue_waiting_of(operator) for operator in everyone())


def requeue_waiting_of(operator: Operator) -> int:
    """Do the same for one operator."""
    since = now() - timedelta(seconds=_PATIENCE_S)
    attempts, refunds = due_attempts(operator), due_refunds(operator)
    setups, cards = due_setups(operator), cards_to_detach(operator)
    with operator_transaction(operator.id):
        inbox = WebhookEvent.objects.filter(
            operator_id=operator.id, status="received", received_at__lt=since
        ).order_by("received_at")
        outbox = EmailMessage.objects.filter(overdue(since), operator_id=operator.id).order_by("queued_at")
        outdated = queries.rows("attempt.outdated", arguments={"operator_id": operator.id, "limit": _LIMIT})
        emails = list(outbox.values_list("id", flat=True)[:_LIMIT])
        events = list(inbox.values_list("id", flat=True)[:_LIMIT])
        told = queries.rows(
            "outgoing.due_endpoints", arguments={"operator_id": operator.id, "since": since, "limit": _LIMIT}
        )
        mine = str(operator.id)
        for event_id in events:
            enqueue("process_webhook", once=f"webhook:{event_id}", event_id=str(event_id), operator_id=mine)
        for attempt_id in attempts:
            enqueue("ask_attempt", once=f"ask-now:{attempt_id}", attempt_id=str(attempt_id), operator_id=mine)
        for part_id in refunds:
            enqueue("ask_refund", once=f"ask-refund-now:{part_id}", part_id=str(part_id), operator_id=mine)
        for setup_id in setups:
            enqueue("ask_setup", once=f"ask-setup-now:{setup_id}", setup_id=str(setup_id), operator_id=mine)
        for mandate_id in cards:
            card = str(mandate_id)
            enqueue("detach_card", once=f"detach:{card}", mandate_id=card, operator_id=mine)
        for row in outdated:
            attempt = str(row["id"])
            enqueue("withdraw_attempt", once=f"withdraw:{attempt}", attempt_id=attempt, operator_id=mine)
        for email_id in emails:
            enqueue("send_email", once=f"email:{email_id}", email_id=str(email_id), operator_id=mine)
        for row in told:
            endpoint = str(row["endpoint_id"])
            enqueue(JOB, queue=QUEUE, once=f"outgoing:{endpoint}", endpoint_id=endpoint, operator_id=mine)
    found = (events, attempts, refunds, setups, cards, outdated, emails, told)
    return sum(len(waiting) for waiting in found)
