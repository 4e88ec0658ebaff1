"""The job that tells other systems: the use case decides what and when, the post carries it."""

from uuid import UUID

from fareledger.faces.worker.jobs import job
from fareledger.faces.worker.webhook_post import post_webhook
from fareledger.usecases.announce import JOB, QUEUE
from fareledger.usecases.deliver_webhooks import deliver_webhooks


@job(JOB, queue=QUEUE)
def deliver_webhooks_job(*, operator_id: str, endpoint_id: str) -> None:
    """Deliver what is due to one address."""
    deliver_webhooks(UUID(operator_id), endpoint_id=UUID(endpoint_id), post=post_webhook)
