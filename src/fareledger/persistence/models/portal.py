"""How a customer comes to see one booking: magic links and the sessions they open. Only hashes of tokens are kept."""

from django.db import models

from fareledger.persistence.models.tenant import TenantModel, one_of


class PortalLink(TenantModel):
    """A one-time link to one booking; a newer link replaces the older ones about the same matter.

    `about_row` is the row of the plan whose charge the link was sent for, none for a link to the booking as such;
    `charge_row` is that row where the link was sent to have the charge approved at the bank.
    """

    booking_id = models.UUIDField()
    token_sha256 = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=10)
    about_row = models.UUIDField(null=True)
    charge_row = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "portal_link"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "token_sha256"), name="portal_link_token"),
            one_of("asked_by", words=("customer", "operator"), name="portal_link_asked_by"),
        )
        indexes = (
            models.Index(fields=("operator_id", "booking_id", "-created_at"), name="portal_link_booking"),
        )


class PortalSession(TenantModel):
    """A signed-in visit to one booking; `viewer` is the customer, or staff who view as the customer.

    `proven_at` is when a link or a code to the customer's mailbox proved who it is; reference and email alone do not.
    `charge_row` is that of the link it was opened with.
    """

    booking_id = models.UUIDField()
    token_sha256 = models.CharField(max_length=64)
    viewer = models.CharField(max_length=10, default="customer")
    charge_row = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    proven_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "portal_session"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "token_sha256"), name="portal_session_token"),
            one_of("viewer", words=("customer", "staff"), name="portal_session_viewer"),
        )


class PortalMiss(TenantModel):
    """One sign-in that found no booking, counted by what was typed and by where it came from."""

    reference_key = models.CharField(max_length=40)
    ip = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "portal_miss"
        indexes = (
            models.Index(fields=("operator_id", "reference_key", "at"), name="portal_miss_reference"),
            models.Index(fields=("operator_id", "ip", "at"), name="portal_miss_ip"),
        )


class PortalCode(TenantModel):
    """A six-digit code sent to the customer's mailbox, which proves one visit; a newer one replaces it."""

    booking_id = models.UUIDField()
    session_id = models.UUIDField()
    code_sha256 = models.CharField(max_length=64)
    tries = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "portal_code"
        indexes = (models.Index(fields=("operator_id", "session_id"), name="portal_code_session"),)
