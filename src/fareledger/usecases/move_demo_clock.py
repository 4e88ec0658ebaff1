"""Moves the demo's time forward, here and at the sandbox acquirer, so that weeks pass before one's eyes.

It exists in a demo only; any other installation refuses. Time never goes back: what is recorded already would
otherwise lie in the future.
"""

from dataclasses import dataclass
from datetime import date, datetime

from fareledger.domain.errors import Refused


class NotADemo(Refused):
    """The clock of a real installation does not move."""

    def __init__(self) -> None:
        super().__init__(code="not_a_demo", message="Only the clock of a demo can be moved.")


class ClockGoesForwardOnly(Refused):
    """The wanted date is not later than today's, or too far away."""

    def __init__(self) -> None:
        super().__init__(
            code="clock_goes_forward_only",
            message="Choose a later date, at most three years ahead.",
            field="/date",
        )


@dataclass(frozen=True, kw_only=True)
class DemoTime:
    """The demo's present moment, in UTC, and how many whole days it stands ahead of the wall clock."""

    now: datetime
    days_ahead: int


def demo_time() -> DemoTime | None:
    """Return the demo's time, or None when this is no demo."""
    raise NotImplementedError


def move_demo_clock(*, days: int | None = None, to: date | None = None) -> DemoTime:
    """Move the clock by `days`, or to the same time of day on the date `to` (UTC), and queue the daily work.

    Give exactly one of the two. Raises NotADemo, ClockGoesForwardOnly.
    """
    raise NotImplementedError
