"""The payment plan, the tries to move money for it, and what providers told us about them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of, positive

LIVE_STATES = ("intended", "awaiting_customer", "processing", "unknown")
ENDED_STATES = ("succeeded", "failed", "cancelled", "expired")


class Transaction(TenantModel):
    """One row of a booking's payment plan: a payment or a refund, open, closed or deleted.

    `type` says whether it was planned for all that was left or for a part. `planned_minor` is what was asked for,
    `amount_minor` what counts (they differ after a commit of less or more).
    `comment` is internal: it appears on no customer page, email or receipt. `receipt_number` counts the closed rows
    of a booking in the order they closed. A row that `reverses` another is closed at once and takes that row's amount
    back, for the `reason` given; `method_name` says what "other" was. `part` is the part of the terms that a row dated
    by rule stands for: 0 the down payment, then those in between, none for the balance.
    """

    booking_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    status = models.CharField(max_length=10, default="open")
    type = models.CharField(max_length=10, default="partial")
    method = models.CharField(max_length=20)
    provider = models.TextField(default="offline")
    amount_minor = models.BigIntegerField()
    planned_minor = models.BigIntegerField()
    due_date = models.DateField()
    rule_based = models.BooleanField()
    part = models.SmallIntegerField(null=True)
    source = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)
    external_reference = models.CharField(max_length=100, default="")
    comment = models.CharField(max_length=500, default="")
    split_from = models.UUIDField(null=True)
    reverses = models.UUIDField(null=True)
    reason = models.CharField(max_length=500, default="")
    method_name = models.CharField(max_length=40, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    value_date = models.DateField(null=True)
    deleted_at = models.DateTimeField(null=True)
    receipt_number = models.IntegerField(null=True)

    class Meta:
        db_table = "transaction"
        constraints = (
            one_of("kind", words=("payment", "refund"), name="transaction_kind"),
            one_of("status", words=("open", "closed", "deleted"), name="transaction_status"),
            one_of("type", words=("total", "partial"), name="transaction_type"),
            one_of(
                "method",
                words=("credit_card", "bank_transfer", "cash", "other", "undecided"),
                name="transaction_method",
            ),
            one_of(
                "source",
                words=("plan", "manual", "booking_change", "checkout", "portal"),
                name="transaction_source",
            ),
            positive("amount_minor", name="transaction_amount"),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, value_date__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="transaction_closed_at",
            ),
            models.UniqueConstraint(
                fields=("operator_id", "booking_id", "receipt_number"), name="transaction_receipt_number"
            ),
            models.UniqueConstraint(fields=("operator_id", "reverses"), name="transaction_reversed_once"),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True) | (Q(status="closed") & ~Q(reason="")),
                name="transaction_reversal",
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "booking_id"), name="transaction_booking"),
            models.Index(
                fields=("operator_id", "due_date"), condition=Q(status="open"), name="transaction_open_due"
            ),
            models.Index(
                fields=("operator_id", "external_reference"),
                condition=~Q(external_reference=""),
                name="transaction_reference",
            ),
        )


class Attempt(TenantModel):
    """One try to move money through a provider, written and committed before the provider is called.

    `form_key` makes a second press of the same form find the first attempt. `provider_key` is the idempotency key
    sent to the provider. `problem` is set when a person must look: the provider tells another amount than was asked
    for, or never answers. `keeps_card` asks the provider to store the card, whose name there is `provider_method`, for
    the consent `request_id`; `off_session` charges a mandate without the customer. States and edges:
    `fareledger.domain.payment_machine`.
    """

    booking_id = models.UUIDField()
    provider = models.TextField()
    state = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    channel = models.CharField(max_length=20)
    method = models.CharField(max_length=20, default="credit_card")
    mandate_id = models.UUIDField(null=True)
    off_session = models.BooleanField(default=False)
    keeps_card = models.BooleanField(default=False)
    request_id = models.UUIDField(null=True)
    provider_method = models.TextField(default="")
    bank_name = models.TextField(default="")
    form_key = models.CharField(max_length=64)
    provider_key = models.CharField(max_length=64)
    provider_reference = models.CharField(max_length=64, null=True)
    frame_url = models.TextField(default="")
    hosted_url = models.TextField(default="")
    failure_code = models.TextField(default="")
    failure_message = models.TextField(default="")
    declines = models.IntegerField(default=0)
    card_brand = models.TextField(default="")
    card_funding = models.TextField(default="")
    card_last4 = models.CharField(max_length=4, default="")
    card_expires = models.CharField(max_length=7, default="")
    asked = models.IntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)
    problem = models.TextField(default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "attempt"
        constraints = (
            one_of("state", words=LIVE_STATES + ENDED_STATES, name="attempt_state"),
            positive("amount_minor", name="attempt_amount"),
            models.UniqueConstraint(fields=("operator_id", "form_key"), name="attempt_form_key"),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_key"), name="attempt_provider_key"
            ),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_reference"), name="attempt_provider_reference"
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "booking_id"), name="attempt_booking"),
            models.Index(
                fields=("operator_id", "next_ask_at"), condition=Q(state__in=LIVE_STATES), name="attempt_ask"
            ),
        )


class AttemptCover(TenantModel):
    """Which plan rows an attempt means to close; while it is live no other attempt may cover the same row (P2).

    `row_minor` is what the row stood at when the attempt began, so that a change of it is noticed even where the
    attempt covers a part of it.
    """

    attempt_id = models.UUIDField()
    transaction_id = models.UUIDField()
    row_minor = models.BigIntegerField(null=True)
    live = models.BooleanField(default=True)

    class Meta:
        db_table = "attempt_cover"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "transaction_id"),
                condition=Q(live=True),
                name="attempt_cover_one_live",
            ),
            models.UniqueConstraint(
                fields=("operator_id", "attempt_id", "transaction_id"), name="attempt_cover_once"
            ),
        )


class WebhookEvent(TenantModel):
    """The inbox: what a provider sent, byte for byte, stored once and processed once.

    `body_sha256` is that of the body as it was kept at receipt, so that a later change of it is noticed.
    """

    provider = models.TextField()
    event_id = models.CharField(max_length=120)
    event_type = models.TextField()
    body = models.BinaryField()
    body_sha256 = models.CharField(max_length=64)
    headers = models.JSONField()
    status = models.CharField(max_length=10, default="received")
    problem = models.TextField(default="")
    references = ArrayField(models.TextField(), default=list)
    received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhook_event"
        constraints = (
            one_of(
                "status",
                words=("received", "processed", "ignored", "exception", "refused"),
                name="webhook_event_status",
            ),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "event_id"),
                condition=~Q(status="refused"),
                name="webhook_event_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("operator_id", "received_at"),
                condition=Q(status="received"),
                name="webhook_event_waiting",
            ),
        )
