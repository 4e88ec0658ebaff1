"""Takes a file of bookings from somebody over the web and keeps it until the worker has worked it off.

Nothing of the file is looked into here: that takes as long as it takes, and is done by `run_import.py`. How far it is
and what was refused is told by `show_import.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import ImportRun
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_files import Format, format_of
from fareledger.usecases.clock import now
from fareledger.usecases.import_bookings import UnknownFormat

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_NAME: Final = 200


class ImportTooLarge(Refused):
    """The file has more bytes than one import over the web takes."""

    def __init__(self) -> None:
        super().__init__(
            code="import_too_large",
            message=f"The file has more than {MAX_BYTES // 1024**2} MB: split it, or import it with the command.",
            field="/file",
        )


class EmptyImport(Refused):
    """There is no file, or nothing in it."""

    def __init__(self) -> None:
        super().__init__(code="empty_import", message="Choose a file with bookings in it.", field="/file")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A file as somebody hands it in; without a format its name says which it is."""

    name: str
    content: bytes
    format: Format | None = None


def hand_in_import(operator: Operator, *, file: ImportFile, actor: Actor, channel: str) -> UUID:
    """Keep a file of bookings, queue the work on it, and return the id under which it can be followed.

    Raises NotPermitted, EmptyImport, ImportTooLarge and UnknownFormat.
    """
    actor.require(Permission.CHANGE_BOOKINGS)
    name = plain_name(file.name)
    if not file.content.strip():
        raise EmptyImport
    if len(file.content) > MAX_BYTES:
        raise ImportTooLarge
    file_format = file.format or format_of(PurePosixPath(name))
    if file_format is None:
        raise UnknownFormat(name)
    run = ImportRun(
        operator_id=operator.id,
        id=new_id(),
        file_name=name,
        file_format=file_format,
        content=file.content,
        handed_in_by=actor.name,
        channel=channel,
        created_at=now(),
    )
    with operator_transaction(operator.id):
        run.save(force_insert=True)
        enqueue("run_import", once=f"imports:{operator.id}", operator_id=str(operator.id))
    return UUID(str(run.id))


def plain_name(name: str) -> str:
    """Return the last part of a file's name without anything that a page or a database could stumble over."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in last)
    return printable.strip()[-MAX_NAME:] or "bookings"
