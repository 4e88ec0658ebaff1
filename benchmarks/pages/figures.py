"""A figure that was measured, beside what we want it to be.

Figures of many pages become one line: the worst of them, and where it was. Nothing here measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Way = Literal["at most", "at least"]
MOST: Final = "at most"
LEAST: Final = "at least"


@dataclass(frozen=True)
class Target:
    """What we want of one quantity; the unit is what stands behind the number."""

    area: str
    what: str
    limit: float
    unit: str = ""
    way: Way = MOST

    def is_met(self, value: float) -> bool:
        """Return whether a value is good enough."""
        return value <= self.limit if self.way == MOST else value >= self.limit

    @property
    def words(self) -> str:
        """What we want, in words."""
        return f"{self.way} {_number(self.limit)}{self.unit}" if self.limit or self.way == LEAST else "none"


@dataclass(frozen=True)
class Measured:
    """The value of one page or journey, and what a reader needs to find the fault."""

    where: str
    value: float
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A target with everything that was measured for it."""

    target: Target
    measured: tuple[Measured, ...]

    @property
    def worst(self) -> Measured:
        """The value that is furthest on the wrong side."""
        return (max if self.target.way == MOST else min)(self.measured, key=lambda one: one.value)

    @property
    def missed(self) -> tuple[Measured, ...]:
        """Those that are not good enough."""
        return tuple(one for one in self.measured if not self.target.is_met(one.value))

    @property
    def details(self) -> list[tuple[str, list[str]]]:
        """What is wrong, and where; what is wrong in most places comes first."""
        found: dict[str, list[str]] = {}
        for one in self.missed:
            for detail in one.details:
                found.setdefault(detail, []).append(one.where)
        return sorted(found.items(), key=lambda item: -len(item[1]))

    @property
    def holds(self) -> bool:
        """Whether all are good enough; what was not measured at all does not hold."""
        return bool(self.measured) and not self.missed

    @property
    def words(self) -> str:
        """What was measured, in words: the worst, where, and of how many."""
        if not self.measured:
            return "not measured"
        worst = self.worst
        if self.target.limit == 0 and self.target.way == MOST:
            total = _number(sum(one.value for one in self.measured))
            return f"{total} on {len(self.measured)} pages" if len(self.measured) > 1 else total
        value = f"{_number(worst.value)}{self.target.unit}"
        return (
            f"{value} ({worst.where}, the worst of {len(self.measured)})" if len(self.measured) > 1 else value
        )


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")
