"""An operator's brand over time: a draft, what is published, and what was."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of


class BrandVersion(TenantModel):
    """One version of a brand: what the operator chose, and the colour tokens that were derived from it.

    One is published; a draft is edited until it is; an earlier one can be published again.
    """

    number = models.IntegerField()
    status = models.CharField(max_length=10)
    choices = models.JSONField()
    tokens = models.JSONField()
    logo = models.BinaryField(default=b"")
    logo_dark = models.BinaryField(default=b"")
    changed_by = models.TextField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "brand_version"
        constraints = (
            one_of("status", words=("draft", "published", "retired"), name="brand_version_status"),
            models.UniqueConstraint(fields=("operator_id", "number"), name="brand_version_number"),
            models.UniqueConstraint(
                fields=("operator_id", "status"),
                condition=Q(status__in=("draft", "published")),
                name="brand_version_one",
            ),
        )
