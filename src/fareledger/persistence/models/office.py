"""What the people of the back office leave behind: invitations, saved views, notes on work, imports, and who changed
whose access."""

from django.db import models
from django.db.models import Q

from fareledger.persistence.models.operators import ROLES
from fareledger.persistence.models.tenant import TenantModel, one_of


class StaffInvitation(TenantModel):
    """An invitation to the back office, accepted once by setting a password; only the hash of its token is kept."""

    email = models.EmailField()
    name = models.TextField()
    role = models.CharField(max_length=10)
    token_sha256 = models.CharField(max_length=64)
    invited_by = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "staff_invitation"
        constraints = (
            one_of("role", words=ROLES, name="staff_invitation_role"),
            models.UniqueConstraint(fields=("operator_id", "token_sha256"), name="staff_invitation_token"),
        )


class AccessEvent(TenantModel):
    """One line of the access log, append-only: a sign-in, or a change of who may do what."""

    at = models.DateTimeField()
    actor = models.TextField()
    kind = models.TextField()
    subject = models.TextField()
    payload = models.JSONField(default=dict)

    class Meta:
        db_table = "access_event"
        indexes = (models.Index(fields=("operator_id", "-at"), name="access_event_at"),)


class SavedView(TenantModel):
    """A list of bookings kept under a name: the query of its address. `shared` shows it to all colleagues."""

    staff_id = models.UUIDField()
    name = models.CharField(max_length=40)
    query = models.TextField()
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "saved_view"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "staff_id", "name"), name="saved_view_name"),
        )


class WorkNote(TenantModel):
    """What staff said of one item of the work list: who takes care of it, and until when it may rest and why."""

    queue = models.CharField(max_length=40)
    subject = models.CharField(max_length=100)
    assigned_to = models.UUIDField(null=True)
    snoozed_until = models.DateField(null=True)
    snooze_reason = models.CharField(max_length=200, default="")
    changed_by = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "work_note"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "queue", "subject"), name="work_note_subject"),
        )


class ImportRun(TenantModel):
    """A file of bookings that staff or the API handed in: how far it is, and what was refused and why."""

    file_name = models.TextField()
    file_format = models.CharField(max_length=10)
    content = models.BinaryField()
    status = models.CharField(max_length=10, default="queued")
    bytes_read = models.BigIntegerField(default=0)
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    report = models.JSONField(default=list)
    problem = models.TextField(default="")
    handed_in_by = models.TextField()
    channel = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "import_run"
        constraints = (
            one_of("status", words=("queued", "running", "done", "failed"), name="import_run_status"),
        )
        indexes = (
            models.Index(fields=("operator_id", "-created_at"), name="import_run_created"),
            models.Index(
                fields=("operator_id", "created_at"),
                condition=Q(status__in=("queued", "running")),
                name="import_run_waiting",
            ),
        )
