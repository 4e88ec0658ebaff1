"""Lives the stories through, event by event, up to this minute.

The past is a queue of things that happen at a moment; what happens may put later things into it. Before each one both
clocks are set to its moment, so every row, entry and email carries the date it would really have.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from fareledger.config.demo.content.past import PastClock

Happening = Callable[[datetime], object]


@dataclass(order=True)
class _Due:
    moment: datetime
    order: int
    happening: Happening = field(compare=False)


class Past:
    """The queue of what happens between the first day and the present."""

    def __init__(self, clock: PastClock, *, present: datetime) -> None:
        self._clock = clock
        self._queue: list[_Due] = []
        self._order = itertools.count()
        self.present = present

    def plan(self, moment: datetime, *, happening: Happening) -> None:
        """Let something happen at `moment`; what would happen after the present is left out."""
        if moment < self.present:
            heapq.heappush(self._queue, _Due(moment, next(self._order), happening))

    def plan_regularly(self, first: date, *, at: time, happening: Happening) -> None:
        """Let something happen at a time of day in UTC: every third day, and every day of the last month."""
        days = (self.present.date() - first).days + 1
        for offset in (day for day in range(days) if day % 3 == 0 or day > days - 32):
            self.plan(datetime.combine(first + timedelta(days=offset), at, UTC), happening=happening)

    def live(self) -> Iterator[datetime]:
        """Let everything happen in order, and yield the moment of each."""
        while self._queue:
            due = heapq.heappop(self._queue)
            self._clock.set(due.moment)
            due.happening(due.moment)
            yield due.moment
