"""How the people of the back office prove who they are, besides a password.

A factor belongs to one person. What is kept of it opens nothing by itself: a code generator's secret is encrypted, of a
passkey there is only the public half, and of a recovery code or a link only a hash.
"""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.tenant import TenantModel, one_of


class StaffFactor(TenantModel):
    """One second factor: a code generator (at most one), a passkey, or a recovery code, which is used once.

    `secret` is the encrypted secret, the public key or the hash; `counter` the last time step a code was taken for, or
    how often a passkey says it was used.
    """

    staff_id = models.UUIDField()
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=60, default="")
    secret = models.TextField()
    counter = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_factor"
        constraints = (
            one_of("kind", words=("totp", "passkey", "recovery"), name="staff_factor_kind"),
            models.UniqueConstraint(
                fields=("operator_id", "staff_id"), condition=Q(kind="totp"), name="staff_factor_one_totp"
            ),
            models.UniqueConstraint(fields=("operator_id", "staff_id", "secret"), name="staff_factor_secret"),
        )


class StaffPasswordLink(TenantModel):
    """A one-time link with which a person sets a new password; only the hash of its token is kept."""

    staff_id = models.UUIDField()
    token_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_password_link"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "token_sha256"), name="staff_password_link_token"),
        )
        indexes = (models.Index(fields=("operator_id", "staff_id"), name="staff_password_link_staff"),)
