"""The journal, its balances per booking and account, and the timeline: append-only, chained per booking.

The application's role may only read these tables; it writes through the SQL functions `post_entry` and
`append_timeline`, which lock the booking's chain, refuse a second posting of the same fact and keep the balances.
"""

from django.db import models

from fareledger.persistence.models.tenant import TenantModel


class BookingChain(models.Model):
    """The heads of a booking's two hash chains. Locking this row orders everything that is appended.

    `currency` is the booking's, which never changes: what is posted is compared with it.
    """

    pk = models.CompositePrimaryKey("operator_id", "booking_id")
    operator_id = models.UUIDField()
    booking_id = models.UUIDField()
    currency = models.CharField(max_length=3)
    entry_seq = models.BigIntegerField(default=0)
    entry_hash = models.CharField(max_length=64, default="")
    event_seq = models.BigIntegerField(default=0)
    event_hash = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "booking_chain"


class LedgerEntry(TenantModel):
    """A balanced journal entry of one booking and currency. `occurred_at` is when it happened, `recorded_at` when
    it was written; `posted_on` is the operator's accounting date."""

    booking_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.TextField()
    source = models.TextField()
    source_id = models.TextField()
    currency = models.CharField(max_length=3)
    provider = models.TextField()
    channel = models.TextField()
    posted_on = models.DateField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "ledger_entry"
        constraints = (
            models.UniqueConstraint(
                fields=("operator_id", "source", "source_id", "kind"), name="ledger_entry_source"
            ),
            models.UniqueConstraint(fields=("operator_id", "booking_id", "seq"), name="ledger_entry_seq"),
        )


class LedgerLine(models.Model):
    """One debit or credit of an entry; what a line may be is checked at commit, with its entry, in one query."""

    pk = models.CompositePrimaryKey("operator_id", "entry_id", "line_no")
    operator_id = models.UUIDField()
    entry_id = models.UUIDField()
    line_no = models.SmallIntegerField()
    booking_id = models.UUIDField()
    account = models.TextField()
    side = models.CharField(max_length=1)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    posted_on = models.DateField()

    class Meta:
        db_table = "ledger_line"
        indexes = (
            models.Index(
                fields=("operator_id", "account", "currency", "posted_on"), name="ledger_line_report"
            ),
        )


class LedgerBalance(models.Model):
    """The fold of a booking's lines on one account: debits minus credits.

    No index names the balance: each posting could then no longer update the row in place.
    """

    pk = models.CompositePrimaryKey("operator_id", "booking_id", "account", "currency")
    operator_id = models.UUIDField()
    booking_id = models.UUIDField()
    account = models.TextField()
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()

    class Meta:
        db_table = "ledger_balance"


class TimelineEvent(TenantModel):
    """What happened to a booking, in order, for people: who, when, what. Sealed by the event before it."""

    booking_id = models.UUIDField()
    seq = models.BigIntegerField()
    kind = models.TextField()
    actor = models.TextField()
    payload = models.JSONField()
    source_key = models.TextField(null=True)
    occurred_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "timeline_event"
        constraints = (
            models.UniqueConstraint(fields=("operator_id", "booking_id", "seq"), name="timeline_event_seq"),
            models.UniqueConstraint(
                fields=("operator_id", "booking_id", "source_key"), name="timeline_event_source_key"
            ),
        )
