"""What acquirers paid out, line by line, and what was released from protection."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of, positive


class Payout(TenantModel):
    """One payment of an acquirer into a bank account: gross − fees − refunds − chargebacks + adjustments = deposit."""

    provider = models.TextField()
    external_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    gross_minor = models.BigIntegerField()
    fees_minor = models.BigIntegerField()
    refunds_minor = models.BigIntegerField()
    chargebacks_minor = models.BigIntegerField()
    adjustments_minor = models.BigIntegerField()
    deposit_minor = models.BigIntegerField()
    line_count = models.IntegerField()
    content_sha256 = models.CharField(max_length=64)
    paid_at = models.DateTimeField()
    imported_at = models.DateTimeField()

    class Meta:
        db_table = "payout"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "provider", "external_id"), name="payout_external_id"
            ),
            models.CheckConstraint(
                condition=Q(
                    deposit_minor=models.F("gross_minor")
                    - models.F("fees_minor")
                    - models.F("refunds_minor")
                    - models.F("chargebacks_minor")
                    + models.F("adjustments_minor")
                ),
                name="payout_equation",
            ),
        )
        indexes = (models.Index(fields=("operator_id", "-paid_at"), name="payout_paid"),)


class PayoutLine(TenantModel):
    """One line of a payout; matched to a closed transaction, or an exception with its reason word."""

    payout_id = models.UUIDField()
    external_id = models.CharField(max_length=64)
    position = models.IntegerField()
    kind = models.CharField(max_length=12)
    provider_reference = models.CharField(max_length=64)
    merchant_reference = models.TextField(default="")
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    card_brand = models.TextField(default="")
    card_funding = models.TextField(default="")
    occurred_at = models.DateTimeField()
    status = models.CharField(max_length=10, default="waiting")
    reason = models.TextField(default="")
    booking_id = models.UUIDField(null=True)
    transaction_id = models.UUIDField(null=True)
    entry_id = models.UUIDField(null=True)
    matched_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payout_line"
        constraints = (
            one_of("kind", words=("payment", "refund", "chargeback", "adjustment"), name="payout_line_kind"),
            one_of("status", words=("waiting", "matched", "exception"), name="payout_line_status"),
            models.UniqueConstraint(
                fields=("operator_id", "payout_id", "external_id"), name="payout_line_external_id"
            ),
            models.CheckConstraint(
                condition=Q(net_minor=models.F("gross_minor") - models.F("fee_minor")), name="payout_line_net"
            ),
            models.CheckConstraint(
                condition=~Q(status="matched")
                | Q(booking_id__isnull=False, transaction_id__isnull=False, entry_id__isnull=False),
                name="payout_line_matched",
            ),
        )
        indexes = (
            models.Index(fields=("operator_id", "provider_reference"), name="payout_line_reference"),
            models.Index(fields=("operator_id", "booking_id"), name="payout_line_booking"),
            models.Index(
                fields=("operator_id", "status"), condition=~Q(status="matched"), name="payout_line_open"
            ),
        )


class ProtectionRelease(TenantModel):
    """Protected money let go for one booking: the event it is released on, its evidence, and the entry."""

    booking_id = models.UUIDField()
    number = models.IntegerField()
    event = models.CharField(max_length=20)
    evidence = models.JSONField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    entry_id = models.UUIDField()
    released_at = models.DateTimeField()

    class Meta:
        db_table = "protection_release"
        constraints = (
            positive("amount_minor", name="protection_release_amount"),
            one_of("event", words=("end_of_travel",), name="protection_release_event"),
            models.UniqueConstraint(
                fields=("operator_id", "booking_id", "number"), name="protection_release_once"
            ),
        )
