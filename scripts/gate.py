"""Run every static check and say one line for each: the part of the gate that needs no database.

All checks run even when one fails, so that one run shows everything there is to mend. Tests are not here;
pytest runs them afterwards, `tests/test_tidy.py` among them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """A name for people and the command that answers it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What one check said."""

    check: Check
    passed: bool
    output: str
    seconds: float


CHECKS = (
    Check("types", (str(BIN / "mypy"), "--no-error-summary", "src", "tests", "benchmarks", "scripts")),
    Check("format", (str(BIN / "ruff"), "format", "--check", "--quiet", ".")),
    Check("lint", (str(BIN / "ruff"), "check", "--quiet", ".")),
    Check("imports", (str(BIN / "lint-imports"), "--no-logo")),
    Check("migrations", (sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run")),
    Check("templates", (sys.executable, "scripts/check_templates.py")),
)


def run(check: Check) -> Outcome:
    """Run one check in the project's root."""
    started = time.monotonic()
    # Nothing here needs a database; without a pool, asking for one that is not there fails at once.
    settings = {
        "DJANGO_SETTINGS_MODULE": "fareledger.config.settings",
        "DATABASE_URL": "",
        "FARELEDGER_POOL_SIZE": "0",
        "PYTHONWARNINGS": "ignore::RuntimeWarning",
    }
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode == 0, done.stdout, time.monotonic() - started)


def main() -> int:
    """Run all checks, two at a time, and return 1 when any failed."""
    failed = False
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(run, CHECKS):
            mark = "✓" if outcome.passed else "✗"
            print(f"{mark} {outcome.check.name} ({outcome.seconds:.1f} s)", flush=True)
            if not outcome.passed:
                failed = True
                print(outcome.output.rstrip(), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
