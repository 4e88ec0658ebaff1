"""Works off the files of bookings that were handed in, one after the other for an operator, batch by batch.

What a batch came to is written down in the transaction that takes it. So a worker that is killed has either done a
batch and counted it, or neither, and the next one goes on behind the last booking that counts. When a file is
through, its content is forgotten: it is full of personal data, and all of it is in the bookings now.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import Final, cast
from uuid import UUID

from fareledger.domain.access import own_actor
from fareledger.persistence.exclusive import alone_with
from fareledger.persistence.models import ImportRun
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_csv import UnknownLayout
from fareledger.usecases.booking_files import CountedLines, Format
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.import_bookings import batches_of, records_of
from fareledger.usecases.import_outcome import OUTCOMES, Progress, RefusedRow, Taken
from fareledger.usecases.take_batch import Sender, take_batch

# So many reasons are kept; whoever has more corrects those first and hands the file in again.
MAX_REASONS: Final = 1000
WAITING: Final = ("queued", "running")


def run_imports(operator: Operator) -> int:
    """Work off every file of an operator that waits, oldest first, and return how many were finished.

    Call it outside transactions. While another process works on this operator's files, nothing is done.
    """
    finished = 0
    with alone_with(operator.id, text="imports") as mine:
        while mine and (run := _next(operator)):
            _work_off(operator, run=run)
            finished += 1
    return finished


def _next(operator: Operator) -> ImportRun | None:
    with operator_transaction(operator.id):
        waiting = ImportRun.objects.filter(operator_id=operator.id, status__in=WAITING)
        return waiting.order_by("created_at", "id").first()


def _work_off(operator: Operator, *, run: ImportRun) -> None:
    progress = Progress(bytes_read=run.bytes_read, **{name: getattr(run, name) for name in OUTCOMES})
    kept: list[dict[str, object]] = list(run.report)
    lines = CountedLines(io.BytesIO(bytes(run.content)))
    sender = Sender(actor=own_actor(run.handed_in_by), channel=run.channel)

    def note(taken: Taken) -> None:
        """Write down how far it is, in the transaction that takes the batch."""
        room = MAX_REASONS - len(kept)
        counts = {name: getattr(progress, name) + getattr(taken, name) for name in OUTCOMES}
        report = [*kept, *(reason_json(row) for row in taken.reasons[:room])]
        _update(
            operator, run_id=run.id, status="running", bytes_read=lines.bytes_read, report=report, **counts
        )

    try:
        records = records_of(lines, file_format=cast("Format", run.file_format))
        for _ in islice(records, progress.bookings):
            pass  # these count already
        for batch in batches_of(records):
            taken = take_batch(operator, records=batch, sender=sender, note=note)
            progress.add(taken, bytes_read=lines.bytes_read)
            kept += [reason_json(row) for row in taken.reasons[: MAX_REASONS - len(kept)]]
            reached("after_import_batch")
    except UnknownLayout as problem:
        _finish(operator, run_id=run.id, status="failed", problem=problem.message)
    else:
        _finish(operator, run_id=run.id, status="done", problem="")


def _finish(operator: Operator, *, run_id: UUID, status: str, problem: str) -> None:
    with operator_transaction(operator.id):
        _update(operator, run_id=run_id, status=status, problem=problem, content=b"", finished_at=now())


def _update(operator: Operator, *, run_id: UUID, **changed: object) -> None:
    ImportRun.objects.filter(operator_id=operator.id, id=run_id).update(**changed)


def reason_json(row: RefusedRow) -> dict[str, object]:
    """Write one reason as it is kept."""
    return {"line": row.line, "field": row.field, "reason": row.reason}
