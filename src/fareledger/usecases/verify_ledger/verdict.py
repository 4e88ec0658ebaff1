"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One thing that does not hold; `operator` is a slug, `booking` a reference, either may be empty."""

    operator: str
    booking: str
    message: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.operator, self.booking) if part)
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a promise fared: how many things were checked, how many do not hold, and the first of them."""

    promise: str
    unit: str
    checked: int
    broken: int
    first: Broken | None

    @property
    def holds(self) -> bool:
        """Whether nothing was found broken."""
        return self.broken == 0

    def plus(self, other: "Verdict") -> "Verdict":
        """Add what the same check found for another operator."""
        return Verdict(
            promise=self.promise,
            unit=self.unit,
            checked=self.checked + other.checked,
            broken=self.broken + other.broken,
            first=self.first or other.first,
        )
