"""The commands that a demo is filled and entered with work nowhere else."""

import os
import subprocess
import sys

import pytest

from tests.support.database import TestDatabase


@pytest.mark.parametrize("command", ["load-demo", "demo-link"])
def test_they_refuse_outside_a_demo(database: TestDatabase, command: str) -> None:
    environment = {**os.environ, "DATABASE_URL": database.url, "FARELEDGER_SECRET_KEY": "s" * 60}
    environment.pop("FARELEDGER_DEMO", None)
    finished = subprocess.run(
        [sys.executable, "-m", "fareledger.config", command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "inside a demo only" in finished.stderr
