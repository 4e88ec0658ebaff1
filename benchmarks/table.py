"""The one table that a run prints: rates, ratios and what they should be."""

from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.rounds import Figure


@dataclass(frozen=True)
class Target:
    """A ratio to reach: `workload` to `other` (the bare transfer when empty)."""

    workload: str
    other: str
    at_least: float


TARGETS = (
    Target("psycopg", "", 0.6),
    Target("psycopg", "tpcb", 1.0),
    Target("django", "", 0.6),
    Target("django", "tpcb", 1.0),
    Target("one operator", "django", 0.9),
    Target("batches", "django", 3.0),
)
NAMES = {
    "": "bare transfer",
    "tpcb": "TPC-B",
    "post": "post_entry, from pgbench",
    "psycopg": "an entry, psycopg, one statement",
    "django": "an entry as the application posts it",
    "one operator": "… all at one operator",
    "batches": "… 50 entries a commit",
}


def ratio(figures: dict[str, Figure], *, workload: str, other: str) -> float:
    """Return how a workload compares with another, both through the reference runs beside them."""
    return figures[workload].ratio / (figures[other].ratio if other else 1.0)


def print_table(console: Console, *, reference: float, figures: dict[str, Figure]) -> None:
    """Print the rates and ratios, then each target and whether it was reached."""
    rates = Table(box=box.SIMPLE_HEAD)
    rates.add_column("work")
    for heading in ("a second", "to bare", "to TPC-B"):
        rates.add_column(heading, justify="right")
    rates.add_row(NAMES[""], f"{reference:,.0f}", "1.00", f"{1 / figures['tpcb'].ratio:.2f}")
    for name, figure in figures.items():
        to_tpcb = ratio(figures, workload=name, other="tpcb")
        rates.add_row(NAMES[name], f"{figure.rate:,.0f}", f"{figure.ratio:.2f}", f"{to_tpcb:.2f}")
    console.print(rates)
    targets = Table(box=box.SIMPLE_HEAD)
    for heading in ("target", "to"):
        targets.add_column(heading)
    for heading in ("at least", "measured", ""):
        targets.add_column(heading, justify="right")
    for target in TARGETS:
        found = ratio(figures, workload=target.workload, other=target.other)
        word = "reached" if found >= target.at_least else "not reached"
        targets.add_row(
            NAMES[target.workload], NAMES[target.other], f"{target.at_least:.1f}", f"{found:.2f}", word
        )
    console.print(targets)
