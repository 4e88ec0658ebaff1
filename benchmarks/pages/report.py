"""The figures as a table: on the screen with every fault, and in docs/measurements.md with the worst of each line."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.pages.figures import Line

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "measurements.md"
BEGIN: Final = "<!-- {part}: begin -->"
END: Final = "<!-- {part}: end -->"
FAULTS: Final = 40
PLACES: Final = 6


def say(console: Console, *, lines: list[Line]) -> None:
    """Print the table, and what is wrong where it is missed."""
    table = Table("", "what", "we want", "measured", "", box=None, pad_edge=False)
    for line in lines:
        held = "[green]held[/]" if line.holds else "[bold red]missed[/]"
        target = line.target
        table.add_row(target.area, target.what, target.words, escape(line.words), held)
    console.print(table)
    for line in lines:
        for one in () if line.details else line.missed[:FAULTS]:
            console.print(f"{line.target.area}, {line.target.what}: {one.where}: {one.value:g}", markup=False)
        for detail, places in line.details[:FAULTS]:
            console.print(f"{line.target.area}, {line.target.what}: {detail}", markup=False)
            console.print(f"    on {len(places)}: {', '.join(places[:PLACES])}", markup=False)


def write_down(lines: list[Line], *, part: str, day: date, page: Path = PAGE) -> None:
    """Put the table between the marks of its part on the page of measurements; everything around it stays.

    Raises ValueError when the page has not both marks.
    """
    first, last = BEGIN.format(part=part), END.format(part=part)
    before, begin, rest = page.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"{page.name} has no place for the figures of {part}")
    page.write_text(f"{before}{first}\n{markdown(lines, day=day)}\n{last}{after}", encoding="utf-8")


def markdown(lines: list[Line], *, day: date) -> str:
    """Return the table with a line on when and on what it was measured."""
    rows = [
        f"| {line.target.area} | {line.target.what} | {line.target.words} | {line.words} |"
        f" {'held' if line.holds else '**missed**'} |"
        for line in lines
    ]
    written = f"{day.day} {day:%B %Y}"
    machine = (
        f"Measured on {written} on a machine with {os.cpu_count()} processors, which ran the demo as well."
    )
    return "\n".join([machine, "", "| | what | we want | measured | |", "|---|---|---|---|---|", *rows])
