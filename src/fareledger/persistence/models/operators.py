"""Operators, the people who work for them, their keys and their accounts at providers.

The operator directory and the staff accounts are read before a tenant is known (which operator does this host, slug
or sign-in belong to?), so these two tables are not hidden by row-level security; nothing secret stands in them.
"""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.crypto import salted_hmac

from fareledger.domain.identity import new_id
from fareledger.persistence.models.tenant import TenantModel, one_of

ROLES = ("agent", "finance", "approver", "admin", "auditor")
SECOND_STEP_FOR = ("nobody", "finance", "everybody")


class Operator(models.Model):
    """A travel company: the tenant. `brand` holds derived colour tokens, `terms` the default payment terms,
    `extra_methods` which of cash and other staff may record, `bank_details` what an invoice asks to be paid to,
    `reminders` the days before and after a due date on which customers are reminded, `second_step_for` whose sign-in
    needs more than a password."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.TextField()
    legal_name = models.TextField()
    address = models.TextField()
    country = models.CharField(max_length=2)
    time_zone = models.TextField()
    locale = models.CharField(max_length=10)
    currencies = ArrayField(models.CharField(max_length=3))
    support_email = models.TextField()
    support_phone = models.TextField()
    support_hours = models.TextField()
    brand = models.JSONField()
    terms = models.JSONField()
    extra_methods = ArrayField(models.TextField(), default=list)
    bank_details = models.JSONField(default=dict)
    reminders = models.JSONField(default=dict)
    portal_payments = models.JSONField(default=dict)
    collecting = models.JSONField(default=dict)
    refund_threshold = models.JSONField(default=dict)
    host = models.TextField(null=True, unique=True)
    second_step_for = models.CharField(max_length=10, default="finance")
    protection_policy = models.CharField(max_length=10)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "operator"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(slug__regex=r"^[a-z0-9][a-z0-9-]{1,39}$"), name="operator_slug"
            ),
            one_of("protection_policy", words=("none", "full"), name="operator_protection_policy"),
            one_of("second_step_for", words=SECOND_STEP_FOR, name="operator_second_step_for"),
        )


class StaffUserManager(BaseUserManager["StaffUser"]):
    """Finds staff by email, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "StaffUser":
        """Return the account with this email; raises StaffUser.DoesNotExist."""
        return self.get(email=(username or "").strip().lower())


class StaffUser(AbstractBaseUser):
    """One person of one operator who signs in to the back office with email and password.

    A higher `sessions_round` ends every session that was begun before.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT)
    email = models.EmailField(unique=True)
    name = models.TextField()
    role = models.CharField(max_length=10)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    sessions_round = models.IntegerField(default=0)

    objects = StaffUserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        db_table = "staff_user"
        constraints = (one_of("role", words=ROLES, name="staff_user_role"),)

    def get_session_auth_hash(self) -> str:
        """Return what a session must carry to be this person's: it changes with the password and with the round."""
        secret = f"{self.password}|{self.sessions_round}"
        return str(salted_hmac("fareledger.staff_session", secret, algorithm="sha256").hexdigest())


class ApiKey(TenantModel):
    """A key of the Booking API; only the SHA-256 of its secret part is kept. `last_used_on` is written once a day."""

    name = models.TextField()
    secret_sha256 = models.CharField(max_length=64)
    scopes = ArrayField(models.TextField())
    created_by = models.TextField(default="")
    created_at = models.DateTimeField()
    last_used_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_key"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "secret_sha256"), name="api_key_secret"),
        )


class ProviderAccount(TenantModel):
    """The operator's account at one payment provider, with the secrets to call it and to check its webhooks."""

    provider = models.TextField()
    external_account = models.TextField()
    base_url = models.TextField()
    publishable_key = models.TextField()
    secret_key = models.TextField()
    webhook_secrets = ArrayField(models.TextField())
    payout_cursor = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        db_table = "provider_account"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "provider"), name="provider_account_one"),
        )
