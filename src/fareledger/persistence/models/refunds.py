"""Refunds that go back through a provider: who asked, who agreed, and every part of it on its way."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.payments import ENDED_STATES, LIVE_STATES
from fareledger.persistence.models.tenant import TenantModel, one_of, positive


class RefundOrder(TenantModel):
    """One decision to refund an open refund row online; above the operator's threshold a second person agrees."""

    booking_id = models.UUIDField()
    transaction_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    form_key = models.CharField(max_length=64)
    status = models.CharField(max_length=10, default="waiting")
    asked_by = models.TextField()
    asked_by_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    decided_by = models.TextField(default="")
    decided_by_id = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, default="")

    class Meta:
        db_table = "refund_order"
        constraints = (
            positive("amount_minor", name="refund_order_amount"),
            one_of(
                "status",
                words=("waiting", "running", "done", "failed", "refused"),
                name="refund_order_status",
            ),
            models.UniqueConstraint(fields=("operator_id", "form_key"), name="refund_order_form_key"),
            models.UniqueConstraint(
                fields=("operator_id", "transaction_id"),
                condition=Q(status__in=("waiting", "running")),
                name="refund_order_one_live",
            ),
        )


class RefundPart(TenantModel):
    """The part of a refund that one earlier payment bears: written before the provider is called, closed once."""

    booking_id = models.UUIDField()
    order_id = models.UUIDField()
    payment_attempt_id = models.UUIDField()
    provider = models.TextField()
    state = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    provider_key = models.CharField(max_length=64)
    provider_reference = models.CharField(max_length=64, null=True)
    failure_code = models.TextField(default="")
    failure_message = models.TextField(default="")
    asked = models.IntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "refund_part"
        constraints = (
            positive("amount_minor", name="refund_part_amount"),
            one_of("state", words=LIVE_STATES + ENDED_STATES, name="refund_part_state"),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_key"), name="refund_part_provider_key"
            ),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_reference"),
                name="refund_part_provider_reference",
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "payment_attempt_id"), name="refund_part_payment"),
            models.Index(
                fields=("operator_id", "next_ask_at"),
                condition=Q(state__in=LIVE_STATES),
                name="refund_part_ask",
            ),
        )
