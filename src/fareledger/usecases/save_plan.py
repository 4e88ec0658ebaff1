"""Saves the rows of a plan after a rule or a person changed them."""

from collections.abc import Iterable

from fareledger.persistence.models import Transaction

_CHANGING = (
    "status",
    "method",
    "provider",
    "amount_minor",
    "planned_minor",
    "due_date",
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
    """Insert new rows, all in one round trip, inside the caller's operator transaction."""
    Transaction.objects.bulk_create(list(rows))


def update_row(row: Transaction) -> None:
    """Write back a row that was open when it was loaded; the database refuses to change a closed one."""
    changed = {name: getattr(row, name) for name in _CHANGING}
    Transaction.objects.filter(operator_id=row.operator_id, id=row.id).update(**changed)
