"""What other systems of the operator get from us and ask of us: outgoing webhooks, and answers to repeated requests."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of


class IdempotentRequest(TenantModel):
    """The answer to one request of the API that carried an idempotency key, kept so that a copy gets the same one.

    `body` is sealed with the caller's own API key, which is not stored: an answer may hold what only they may see.
    """

    key_id = models.UUIDField()
    idempotency_key = models.CharField(max_length=200)
    request_sha256 = models.CharField(max_length=64)
    status = models.IntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "idempotent_request"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "key_id", "idempotency_key"), name="idempotent_request_key"
            ),
        )
        indexes = (models.Index(fields=("operator_id", "created_at"), name="idempotent_request_created"),)


class WebhookEndpoint(TenantModel):
    """An address of the operator's that is told what happens; `secrets` are the live ones, newest first, sealed.

    A disabled one says why in `disabled_reason`.
    """

    url = models.TextField()
    description = models.TextField(default="")
    events = ArrayField(models.TextField())
    secrets = ArrayField(models.TextField())
    created_by = models.TextField()
    created_at = models.DateTimeField()
    enabled_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.TextField(default="")

    class Meta:
        db_table = "webhook_endpoint"


class WebhookMessage(TenantModel):
    """One thing that happened, in the words in which every endpoint is told; `source_key` tells it once.

    Only a test has no booking.
    """

    booking_id = models.UUIDField(null=True)
    kind = models.TextField()
    source_key = models.TextField()
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "webhook_message"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "source_key"), name="webhook_message_once"),
        )


class WebhookDelivery(TenantModel):
    """One message on its way to one endpoint; a replay is a delivery of its own."""

    endpoint_id = models.UUIDField()
    message_id = models.UUIDField()
    replay_of = models.UUIDField(null=True)
    status = models.CharField(max_length=10, default="waiting")
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_delivery"
        constraints = (
            one_of("status", words=("waiting", "delivered", "failed"), name="webhook_delivery_status"),
        )
        indexes = (
            models.Index(
                fields=("operator_id", "endpoint_id", "-created_at"), name="webhook_delivery_endpoint"
            ),
            models.Index(
                fields=("operator_id", "next_try_at"),
                condition=Q(status="waiting"),
                name="webhook_delivery_waiting",
            ),
            models.Index(
                fields=("operator_id", "finished_at"),
                condition=Q(status="failed"),
                name="webhook_delivery_failed",
            ),
        )


class WebhookTry(TenantModel):
    """One try of a delivery: what was answered, or why nothing was."""

    delivery_id = models.UUIDField()
    at = models.DateTimeField()
    response_status = models.IntegerField(null=True)
    response_excerpt = models.TextField(default="")
    problem = models.TextField(default="")
    took_ms = models.IntegerField()

    class Meta:
        db_table = "webhook_try"
        indexes = (models.Index(fields=("operator_id", "delivery_id", "at"), name="webhook_try_delivery"),)
