"""The command `fareledger import bookings`: a progress bar, what was refused and why, and a summary."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from fareledger.domain.errors import FareledgerError
from fareledger.usecases import import_bookings as importing
from fareledger.usecases.booking_files import Format
from fareledger.usecases.find_operator import Operator, everyone, operator_by_slug
from fareledger.usecases.import_outcome import Progress as Counts
from fareledger.usecases.import_outcome import RefusedRow


def import_bookings(
    file: Annotated[Path, typer.Argument(help="Bookings as CSV or JSON lines; see docs/import.md.")],
    *,
    operator: Annotated[
        str, typer.Option(help="Whose bookings they are; may be left out when there is one operator.")
    ] = "",
    file_format: Annotated[
        str, typer.Option("--format", help="csv or jsonl, when the file's name does not say it.")
    ] = "",
) -> None:
    """Take bookings in from a file. Refused ones are listed with line, field and reason; the others land."""
    console = Console(stderr=True)
    try:
        owner = _operator(operator)
        found = _run(owner, file=file, file_format=_format(file_format), console=console)
    except FareledgerError as problem:
        raise _stop(problem.message) from None
    except OSError as problem:
        raise _stop(f"{file}: {problem.strerror}.") from None
    typer.echo(
        f"Bookings: {found.created} created, {found.changed} changed, {found.unchanged} unchanged, "
        f"{found.refused} refused."
    )
    if found.refused:
        raise typer.Exit(1)


def _run(owner: Operator, *, file: Path, file_format: Format | None, console: Console) -> Counts:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[bookings]} bookings, {task.fields[refused]} refused"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size, bookings=0, refused=0)

        def advance(progress: Counts) -> None:
            bar.update(
                task,
                completed=progress.bytes_read,
                bookings=progress.bookings,
                refused=progress.refused,
            )

        listener = importing.Listener(refused=_report, progress=advance)
        return importing.import_bookings(owner, path=file, file_format=file_format, listener=listener)


def _report(row: RefusedRow) -> None:
    place = f"line {row.line}, {row.field}" if row.field else f"line {row.line}"
    typer.echo(_printable(f"{place}: {row.reason}"))


def _printable(text: str) -> str:
    """Keep what a file contains from steering the terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def _operator(slug: str) -> Operator:
    if slug:
        return operator_by_slug(slug)
    known = everyone()
    if len(known) != 1:
        names = ", ".join(one.slug for one in known) or "none yet"
        raise _stop(f"Say whose bookings they are with --operator ({names}).")
    return known[0]


def _format(text: str) -> Format | None:
    match text:
        case "csv" | "jsonl":
            return text
        case "":
            return None
    raise _stop("--format is csv or jsonl.")


def _stop(message: str) -> typer.Exit:
    typer.echo(_printable(message), err=True)
    return typer.Exit(2)
