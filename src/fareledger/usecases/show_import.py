"""How far an import is and what it refused, and which imports there were.

Nothing is worked on here, see `run_import.py`; the file itself is shown to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F, Func, IntegerField, QuerySet

from fareledger.domain.errors import NotFound
from fareledger.persistence.models import ImportRun
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.import_outcome import RefusedRow

LATEST: Final = 50


class ImportNotFound(NotFound):
    """This operator has no import with this id."""

    def __init__(self, import_id: UUID) -> None:
        super().__init__(code="import_not_found", message="There is no such import.")
        self.import_id = import_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """One import as it stands; `reasons` are at most the first thousand, `problem` says why a file was refused whole.

    `status` is queued, running, done or failed; `size_bytes` is that of the file.
    """

    id: UUID
    file_name: str
    file_format: str
    status: str
    size_bytes: int
    bytes_read: int
    created: int
    changed: int
    unchanged: int
    refused: int
    reasons: tuple[RefusedRow, ...]
    problem: str
    handed_in_by: str
    channel: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def bookings(self) -> int:
        """How many bookings were looked at so far."""
        return self.created + self.changed + self.unchanged + self.refused

    @property
    def finished(self) -> bool:
        """Whether nothing will be done on it any more."""
        return self.status in ("done", "failed")

    @property
    def percent(self) -> int:
        """How much of the file is read, 0 to 100; the last bookings of it may still be on their way."""
        if self.status == "done":
            return 100
        return min(99, self.bytes_read * 100 // self.size_bytes) if self.size_bytes else 0


def show_import(operator: Operator, *, import_id: UUID) -> ImportView:
    """Read one import. Raises ImportNotFound."""
    with operator_transaction(operator.id):
        run = _runs(operator).filter(id=import_id).first()
    if run is None:
        raise ImportNotFound(import_id)
    return _view(run)


def list_imports(operator: Operator) -> tuple[ImportView, ...]:
    """Read the latest imports, newest first, without their reasons."""
    with operator_transaction(operator.id):
        return tuple(
            _view(run) for run in _runs(operator).defer("report").order_by("-created_at", "-id")[:LATEST]
        )


def _runs(operator: Operator) -> QuerySet[ImportRun]:
    waiting_bytes = Func(F("content"), function="octet_length", output_field=IntegerField())
    return (
        ImportRun.objects.filter(operator_id=operator.id)
        .defer("content")
        .annotate(waiting_bytes=waiting_bytes)
    )


def _view(run: ImportRun) -> ImportView:
    reasons = () if "report" in run.get_deferred_fields() else run.report
    return ImportView(
        id=run.id,
        file_name=run.file_name,
        file_format=run.file_format,
        status=run.status,
        size_bytes=getattr(run, "waiting_bytes") or run.bytes_read,  # noqa: B009  # annotated, not a column
        bytes_read=run.bytes_read,
        created=run.created,
        changed=run.changed,
        unchanged=run.unchanged,
        refused=run.refused,
        reasons=tuple(RefusedRow(one["line"], one["field"], one["reason"]) for one in reasons),
        problem=run.problem,
        handed_in_by=run.handed_in_by,
        channel=run.channel,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )
