"""Workloads that pgbench drives: its own TPC-B, a bare transfer, and our posting function without any
Python.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.house import House

BARE = r"""
\set payer random(1, 10000)
\set payee random(1, 10000)
\set amount random(1, 1000)
SELECT bench_move(:payer, :payee, :amount);
"""
POST = r"""
\set n random(1, {count})
SELECT post_entry('{operator}', b.id, new.id, 'payment_received', 'bench', new.id::text, 'GBP', 'sandbox', 'portal',
                  '2026-03-02', now(), now(), ARRAY['acquirer_clearing', 'customer_receivable'],
                  ARRAY[100, -100]::bigint[])
  FROM (SELECT uuidv7() AS id OFFSET 0) AS new,
       (SELECT booking_id AS id FROM bench_booking WHERE n = :n OFFSET 0) AS b;
"""
NUMBERED = """
CREATE TABLE bench_booking (n bigint PRIMARY KEY, booking_id uuid NOT NULL);
INSERT INTO bench_booking SELECT row_number() OVER (), id FROM booking WHERE operator_id = '{operator}';
GRANT SELECT ON bench_booking TO PUBLIC;
"""


@dataclass(frozen=True)
class Pgbench:
    """pgbench against one database."""

    house: House
    folder: Path
    clients: int

    def prepare(self, *, scale: int) -> None:
        """Make the tables of TPC-B and number the bookings of one operator."""
        self._run(self.house.owner_url, "--initialize", f"--scale={scale}", "--quiet")
        operator = self.house.one_operator
        subprocess.run(
            [self.house.server.program("psql"), self.house.owner_url, "--quiet", "--set=ON_ERROR_STOP=1"],
            input=NUMBERED.format(operator=operator), text=True, check=True, capture_output=True,
        )  # fmt: skip
        post = POST.format(operator=operator, count=len(self.house.bookings[operator]))
        (self.folder / "bare.sql").write_text(BARE)
        (self.folder / "post.sql").write_text(post)

    def tpcb(self, seconds: float) -> float:
        """Transactions a second of TPC-B: seven statements each."""
        return self._measure(self.house.owner_url, "--builtin=tpcb-like", "--no-vacuum", seconds=seconds)

    def bare(self, seconds: float) -> float:
        """Bare transfers a second: two balances and a row in one SQL function."""
        return self._measure(
            self.house.owner_url, f"--file={self.folder / 'bare.sql'}", "--no-vacuum", seconds=seconds
        )

    def post(self, seconds: float) -> float:
        """Entries a second through our posting function, as the application's role."""
        return self._measure(
            self.house.url, f"--file={self.folder / 'post.sql'}", "--no-vacuum", seconds=seconds
        )

    def _measure(self, url: str, *options: str, seconds: float) -> float:
        answer = self._run(
            url,
            *options,
            "--protocol=prepared",
            f"--client={self.clients}",
            "--jobs=2",
            f"--time={max(1, round(seconds))}",
        )
        found = re.search(r"^tps = ([0-9.]+)", answer, re.MULTILINE)
        if found is None:
            raise RuntimeError(f"pgbench gave no figure:\n{answer}")
        return float(found[1])

    def _run(self, url: str, *options: str) -> str:
        tenant = f"-c fareledger.operator_id={self.house.one_operator}"
        done = subprocess.run(
            [self.house.server.program("pgbench"), *options, url],
            env={**os.environ, "PGOPTIONS": tenant}, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"pgbench failed:\n{done.stderr}")
        return done.stdout
