"""The outbox: an email is a row of the same database transaction as the fact it tells of."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of


class EmailMessage(TenantModel):
    """One email to one address. `payload` keeps the facts as they were when it was queued; the words are rendered
    from them and kept when it is sent. `source_key` makes the same fact produce one email only. An email to staff has
    no booking."""

    booking_id = models.UUIDField(null=True)
    kind = models.TextField()
    source_key = models.TextField()
    to_email = models.TextField()
    payload = models.JSONField()
    subject = models.TextField(default="")
    text_body = models.TextField(default="")
    html_body = models.TextField(default="")
    status = models.CharField(max_length=10, default="queued")
    tries = models.IntegerField(default=0)
    problem = models.TextField(default="")
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "email_message"
        constraints = (
            one_of("status", words=("queued", "sent", "failed", "bounced"), name="email_message_status"),
            models.UniqueConstraint(fields=("operator_id", "source_key"), name="email_message_once"),
        )
        indexes = (
            models.Index(fields=("operator_id", "booking_id"), name="email_message_booking"),
            models.Index(
                fields=("operator_id", "queued_at"), condition=Q(status="queued"), name="email_message_queued"
            ),
            models.Index(
                fields=("operator_id", "queued_at"),
                condition=Q(status__in=("failed", "bounced")),
                name="email_message_not_arrived",
            ),
        )
