"""What a customer agreed to: a stored means of payment, consent to single scheduled payments, and the proof of both.

Only brand, last four digits and expiry of a card are known here; the provider keeps the rest.
"""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of, positive

SETUP_STATES = ("intended", "awaiting_customer", "unknown", "succeeded", "failed", "cancelled", "expired")
ENDINGS = ("withdrawn", "used", "replaced", "plan_changed", "cancelled", "card_removed")


class Mandate(TenantModel):
    """A customer's stored consent and card, which later charges of one booking run against.

    `provider_method` is the provider's name for the stored card; `card_expires` is YYYY-MM. It was set up by a payment
    that kept its card (`attempt_id`) or without one (`setup_id`). One that has ended waits until the provider was told
    to forget the card, which is `detached_at`.
    """

    booking_id = models.UUIDField()
    provider = models.TextField()
    provider_method = models.TextField()
    card_brand = models.TextField()
    card_funding = models.TextField()
    card_last4 = models.CharField(max_length=4)
    card_expires = models.CharField(max_length=7)
    attempt_id = models.UUIDField(null=True)
    setup_id = models.UUIDField(null=True)
    set_up_at = models.DateTimeField()
    expiry_noticed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(default="")
    detached_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mandate"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "booking_id"), condition=Q(ended_at=None), name="mandate_one_live"
            ),
            models.CheckConstraint(
                condition=Q(attempt_id__isnull=False) | Q(setup_id__isnull=False), name="mandate_set_up_by"
            ),
        )
        indexes = (
            models.Index(
                fields=("operator_id", "ended_at"),
                condition=Q(ended_at__isnull=False, detached_at=None),
                name="mandate_detach",
            ),
        )


class ConsentEvidence(TenantModel):
    """The proof of one consent, append-only: the very words that were shown, and who agreed when and from where."""

    booking_id = models.UUIDField()
    kind = models.TextField()
    text_version = models.TextField()
    locale = models.CharField(max_length=10)
    text = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    ip = models.TextField()
    user_agent = models.TextField()
    session_id = models.UUIDField()
    given_at = models.DateTimeField()

    class Meta:
        db_table = "consent_evidence"


class ApprovalRequest(TenantModel):
    """A consent that waits for its card: the approvals begin once the card is stored, and not otherwise.

    `wanted` lists what was shown and agreed to, as [transaction id, amount in minor units, due date].
    """

    booking_id = models.UUIDField()
    evidence_id = models.UUIDField()
    wanted = models.JSONField()
    state = models.CharField(max_length=10, default="waiting")
    form_key = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "approval_request"
        constraints = (
            one_of("state", words=("waiting", "done", "ended"), name="approval_request_state"),
            models.UniqueConstraint(fields=("operator_id", "form_key"), name="approval_request_form_key"),
            models.UniqueConstraint(
                fields=("operator_id", "booking_id"),
                condition=Q(state="waiting"),
                name="approval_request_one_waiting",
            ),
        )
        indexes = (models.Index(fields=("operator_id", "booking_id"), name="approval_request_booking"),)


class CardSetup(TenantModel):
    """One try to store a card without a payment, written and committed before the provider is called.

    It is to a set-up what an attempt is to a payment; `provider_method` is the stored card once it succeeded.
    """

    booking_id = models.UUIDField()
    request_id = models.UUIDField()
    provider = models.TextField()
    state = models.CharField(max_length=20)
    provider_key = models.CharField(max_length=64)
    provider_reference = models.CharField(max_length=64, null=True)
    provider_method = models.TextField(default="")
    frame_url = models.TextField(default="")
    hosted_url = models.TextField(default="")
    failure_code = models.TextField(default="")
    failure_message = models.TextField(default="")
    asked = models.IntegerField(default=0)
    next_ask_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "card_setup"
        constraints = (
            one_of("state", words=SETUP_STATES, name="card_setup_state"),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_key"), name="card_setup_provider_key"
            ),
            models.UniqueConstraint(
                fields=("operator_id", "provider", "provider_reference"), name="card_setup_provider_reference"
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "booking_id"), name="card_setup_booking"),
            models.Index(
                fields=("operator_id", "next_ask_at"),
                condition=Q(state__in=SETUP_STATES[:3]),
                name="card_setup_ask",
            ),
        )


class Approval(TenantModel):
    """A customer's consent to one scheduled payment: up to this amount, not before this date, from this mandate."""

    booking_id = models.UUIDField()
    transaction_id = models.UUIDField()
    mandate_id = models.UUIDField()
    evidence_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    earliest_date = models.DateField()
    approved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=20, default="")

    class Meta:
        db_table = "approval"
        constraints = (
            positive("amount_minor", name="approval_amount"),
            one_of("ended_because", words=("", *ENDINGS), name="approval_ended_because"),
            models.UniqueConstraint(
                fields=("operator_id", "transaction_id"), condition=Q(ended_at=None), name="approval_one_live"
            ),
        )
        indexes = (models.Index(fields=("operator_id", "booking_id"), name="approval_booking"),)


class Collection(TenantModel):
    """How far the collection of one approved row is: noticed, tried, waiting for the customer or for staff.

    `next_on` is the operator-local date of the next step; no date means that nobody but a person moves it on.
    `announced_minor` is the amount that the last notice told the customer, in minor units; no more is charged.
    """

    booking_id = models.UUIDField()
    transaction_id = models.UUIDField()
    state = models.CharField(max_length=20, default="waiting")
    next_on = models.DateField(null=True)
    noticed_at = models.DateTimeField(null=True)
    announced_minor = models.BigIntegerField(null=True)
    tries = models.IntegerField(default=0)
    attempt_id = models.UUIDField(null=True)
    failure_code = models.TextField(default="")
    failure_message = models.TextField(default="")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "collection"
        constraints = (
            one_of(
                "state",
                words=(
                    "waiting",
                    "charging",
                    "retry",
                    "needs_customer",
                    "needs_method",
                    "with_staff",
                    "ended",
                ),
                name="collection_state",
            ),
            models.UniqueConstraint(fields=("operator_id", "transaction_id"), name="collection_one"),
        )
        indexes = (
            models.Index(
                fields=("operator_id", "next_on"),
                condition=Q(state__in=("waiting", "retry")),
                name="collection_due",
            ),
            models.Index(
                fields=("operator_id", "changed_at"),
                condition=Q(state__in=("needs_customer", "needs_method", "with_staff")),
                name="collection_stuck",
            ),
        )
