"""`python -m benchmarks.pages`: starts a demo, measures its pages, prints the table; 1 when anything is missed."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.pages.figures import Line
from benchmarks.pages.report import say, write_down
from benchmarks.pages.round import PARTS, Round
from tests.support.browser import chromium
from tests.support.running_demo import demo_of


def main() -> int:
    """Measure, print, and write down when asked to."""
    parser = argparse.ArgumentParser(prog="benchmarks.pages", description=__doc__)
    parser.add_argument("--info", type=Path, help="information file of a demo that runs already")
    parser.add_argument("--only", nargs="+", choices=sorted(PARTS), help="measure only this")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/measurements.md")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    with demo_of(chosen.info) as demo, chromium() as browser:
        measuring = Round(browser, demo=demo, say=lambda text: console.print(text, markup=False))
        lines: list[Line] = []
        for part in chosen.only or PARTS:
            found = PARTS[part](measuring)
            lines += found
            if chosen.write:
                write_down(found, part=part, day=datetime.now(UTC).date())
    say(console, lines=lines)
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
