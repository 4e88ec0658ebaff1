"""Pay links that staff sent to many customers at once, and what became of each."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of


class LinkMailing(TenantModel):
    """One mailing; `form_key` makes a second press of the same button find the first one."""

    form_key = models.CharField(max_length=64)
    asked_by = models.TextField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "link_mailing"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "form_key"), name="link_mailing_form_key"),
        )
        indexes = (
            models.Index(
                fields=("operator_id", "created_at"),
                condition=Q(finished_at__isnull=True),
                name="link_mailing_waiting",
            ),
        )


class LinkMailingItem(TenantModel):
    """One booking of a mailing: its link waits to be sent, was sent, or was left out, with a `reason`."""

    mailing_id = models.UUIDField()
    booking_id = models.UUIDField()
    position = models.IntegerField()
    status = models.CharField(max_length=10, default="waiting")
    reason = models.TextField(default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "link_mailing_item"
        constraints = (
            one_of("status", words=("waiting", "sent", "left_out"), name="link_mailing_item_status"),
            models.UniqueConstraint(
                fields=("operator_id", "mailing_id", "booking_id"), name="link_mailing_item_once"
            ),
        )
