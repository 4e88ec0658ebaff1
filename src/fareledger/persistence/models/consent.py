"""What a customer agreed to: a stored means of payment, consent to single scheduled payments, and the proof of both.

Only brand, last four digits and expiry of a card are known here; the provider keeps the rest.
"""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of, positive

ENDINGS = ("withdrawn", "used", "replaced", "plan_changed", "cancelled")


class Mandate(TenantModel):
    """A customer's stored consent and card, which later charges of one booking run against.

    `provider_method` is the provider's name for the stored card; `card_expires` is YYYY-MM.
    """

    booking_id = models.UUIDField()
    provider = models.TextField()
    provider_method = models.TextField()
    card_brand = models.TextField()
    card_funding = models.TextField()
    card_last4 = models.CharField(max_length=4)
    card_expires = models.CharField(max_length=7)
    attempt_id = models.UUIDField()
    set_up_at = models.DateTimeField()
    expiry_noticed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(default="")

    class Meta:
        db_table = "mandate"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "booking_id"), condition=Q(ended_at=None), name="mandate_one_live"
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
    """

    booking_id = models.UUIDField()
    transaction_id = models.UUIDField()
    state = models.CharField(max_length=20, default="waiting")
    next_on = models.DateField(null=True)
    noticed_at = models.DateTimeField(null=True)
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
