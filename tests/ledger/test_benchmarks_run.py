"""The benchmarks start, measure everything once and print their table, which says what was reached."""

import io
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.rounds import Figure
from benchmarks.table import TARGETS, print_table

ROOT = Path(__file__).resolve().parents[2]
VERDICT = re.compile(r"(\d+\.\d)\s+(\d+\.\d\d)\s+(not reached|reached)\s*$", re.MULTILINE)


@pytest.mark.slow
def test_a_quick_run_measures_every_work() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "TPC-B",
        "psycopg, one statement",
        "as the application posts it",
        "50 entries a commit",
        "a quick run",
    ):
        assert words in done.stdout
    verdicts = VERDICT.findall(done.stdout)
    assert len(verdicts) == len(TARGETS)
    for at_least, measured, word in verdicts:
        # The printed figure is rounded, so one that equals the target may be on either side of it.
        close = Decimal(measured) == Decimal(at_least)
        assert close or (word == "reached") == (Decimal(measured) > Decimal(at_least))


def test_a_target_that_is_missed_is_called_so() -> None:
    """With every work as fast as every other, only the batches miss their target of three times an entry."""
    names = {target.workload for target in TARGETS} | {"tpcb"}
    figures = {name: Figure(rate=800.0, ratio=0.8) for name in names}
    said = io.StringIO()
    print_table(Console(file=said, width=200), reference=1_000.0, figures=figures)
    assert [word for _, _, word in VERDICT.findall(said.getvalue())] == [
        "reached",
        "reached",
        "reached",
        "reached",
        "reached",
        "not reached",
    ]
