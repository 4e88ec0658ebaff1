"""Measures each workload between two runs of the reference, several times, and keeps the ratios."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Measure = Callable[[float], float]


@dataclass(frozen=True)
class Figure:
    """A workload over all rounds: the median rate a second, and the median ratio to the reference beside
    it.
    """

    rate: float
    ratio: float


def in_rounds(
    reference: Measure,
    *,
    works: Mapping[str, Measure],
    rounds: int,
    seconds: float,
    say: Callable[[str], None],
) -> tuple[float, dict[str, Figure]]:
    """Measure A B A C A … `rounds` times; return the reference's median rate and the figure of each
    workload.
    """
    references: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in works}
    ratios: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        before = reference(seconds)
        references.append(before)
        for name, work in works.items():
            rate = work(seconds)
            after = reference(seconds)
            rates[name].append(rate)
            ratios[name].append(rate / ((before + after) / 2))
            references.append(after)
            before = after
    figures = {name: Figure(rate=median(rates[name]), ratio=median(ratios[name])) for name in works}
    return median(references), figures
