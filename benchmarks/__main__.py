"""`python -m benchmarks`: starts a server, measures, prints the table. `--quick` only shows that it runs."""

import argparse
import os
import tempfile
from pathlib import Path

import django
from rich.console import Console

ROUNDS, SECONDS, CLIENTS = 3, 2.0, 8


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds; the figures mean nothing")
    quick = parser.parse_args().quick
    os.environ["DJANGO_SETTINGS_MODULE"] = "fareledger.config.settings"
    os.environ.pop("DATABASE_URL", None)
    django.setup()
    with tempfile.TemporaryDirectory(prefix="fareledger-bench-") as folder:
        _run(Console(), folder=Path(folder), quick=quick)


def _run(console: Console, *, folder: Path, quick: bool) -> None:
    from benchmarks.clients import Clients
    from benchmarks.house import benchmark_house
    from benchmarks.pgbench import Pgbench
    from benchmarks.rounds import in_rounds
    from benchmarks.table import print_table

    count = 2 if quick else CLIENTS
    console.print("Starting PostgreSQL with full durability, and filling it …")
    with benchmark_house(folder, quick=quick) as house:
        pgbench = Pgbench(house, folder, count)
        pgbench.prepare(scale=1 if quick else 10)
        clients = Clients(house.url, bookings=house.bookings, count=count)
        works = {
            "tpcb": pgbench.tpcb,
            "post": pgbench.post,
            "psycopg": clients.working("psycopg"),
            "django": clients.working("django"),
            "one operator": clients.working("one operator"),
            "batches": clients.working("batches"),
        }
        try:
            reference, figures = in_rounds(
                pgbench.bare,
                works=works,
                rounds=1 if quick else ROUNDS,
                seconds=0.3 if quick else SECONDS,
                say=console.print,
            )
        finally:
            clients.stop()
    console.print(f"\n{count} clients, {os.cpu_count()} processors, one server, every commit on disk.")
    console.print("bare transfer: two balances and a row in one SQL function, through pgbench.")
    console.print("Ratios are medians; each work was measured between two bare runs.")
    print_table(console, reference=reference, figures=figures)
    if quick:
        console.print("This was a quick run: it shows that everything can be measured, not how fast it is.")


if __name__ == "__main__":
    main()
