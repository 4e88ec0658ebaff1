"""Saves the rows of a plan after a rule or a person changed them; approvals follow them from here."""

from collections.abc import Iterable

from fareledger.persistence.models import Transaction
from fareledger.usecases.announce import announce_rows
from fareledger.usecases.follow_plan import follow_new, follow_row

_CHANGING = (
    "status",
    "method",
    "method_name",
    "provider",
    "amount_minor",
    "planned_minor",
    "due_date",
    "rule_based",
    "part",
    "source",
    "channel",
    "external_reference",
    "closed_at",
    "closed_by",
    "value_date",
    "deleted_at",
    "receipt_number",
)


def add_rows(rows: Iterable[Transaction]) -> None:
    """Insert new rows, all in one round trip, inside the caller's operator transaction, and announce them."""
    added = list(rows)
    Transaction.objects.bulk_create(added)
    announce_rows(added)
    follow_new(added)


def update_row(row: Transaction) -> None:
    """Write back a row that was open when it was loaded; the database refuses to change a closed one.

    What became of it is announced.
    """
    changed = {name: getattr(row, name) for name in _CHANGING}
    Transaction.objects.filter(operator_id=row.operator_id, id=row.id).update(**changed)
    if row.status != "open":
        announce_rows([row])
    follow_row(row)
