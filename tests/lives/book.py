"""An independent model of a booking's money, written from the words of the rules and sharing no code with the product.

It keeps what moved in two plain sums and the plan as a list, and does everything the slow and obvious way. Rows are
told apart by what they are for: "down", "part 1" and so on, "balance", or "hand" for a date that a person chose.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Deal:
    """Terms in the model's own words. `dated` has (percent, days, "before" the start or "after" booking)."""

    days: int
    percent: Fraction | None = None
    fixed: int | None = None
    equal: int | None = None
    dated: tuple[tuple[Fraction, int, str], ...] = ()

    def day_of(self, purpose: str, *, booked: date, start: date) -> date:
        """Give the day of a part: never before the booking, never after the balance."""
        balance = max(booked, start - self.days * DAY)
        day = balance
        if purpose == "down":
            return booked
        if purpose.startswith("part"):
            number = int(purpose.split()[1])
            if self.equal and number < self.equal:
                day = booked + ((start - self.days * DAY) - booked).days * number // self.equal * DAY
            elif not self.equal and number <= len(self.dated):
                _, days, counted = self.dated[number - 1]
                day = booked + days * DAY if counted == "after" else start - days * DAY
        return sorted((booked, day, balance))[1]


@dataclass(frozen=True)
class Line:
    """One row of the plan; `number` grows with every new row, `arrival` names the checkout payment that closed it."""

    number: int
    kind: str
    amount: int
    due: date
    purpose: str
    source: str
    status: str = "open"
    arrival: str = ""


def half_up(value: Fraction) -> int:
    """Round to the nearest whole, halves away from zero (nothing here is negative)."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


@dataclass
class Book:
    """One booking: what it costs, what came and went, and the plan."""

    payable: int
    booked: date
    start: date
    deal: Deal
    today: date
    received: int = 0
    returned: int = 0
    lines: list[Line] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        for amount, due, purpose in self.by_terms():
            self._add("payment", amount=amount, due=due, purpose=purpose, source="plan")

    # What the booking's figures are.

    @property
    def owed(self) -> int:
        """What has still to move: above 0 from the customer, below 0 back to them."""
        return self.payable - self.received + self.returned

    @property
    def unplanned(self) -> int:
        """What of it no open row covers."""
        return self.owed - self.total("payment") + self.total("refund")

    @property
    def status(self) -> str:
        """The status in one word."""
        net = self.received - self.returned
        return "paid" if net >= self.payable else "partially_paid" if net > 0 else "unpaid"

    def total(self, kind: str) -> int:
        """Sum the open rows of a kind."""
        return sum(line.amount for line in self.open(kind))

    def open(self, kind: str | None = None) -> list[Line]:
        """The open rows of one kind or both, by their days."""
        wanted = [line for line in self.lines if line.status == "open" and kind in (None, line.kind)]
        return sorted(wanted, key=lambda line: (line.due, line.number))

    # What happens to it.

    def change(self, *, payable: int, start: date) -> None:
        """Another price, another start: dates move first, then open rows come to what is owed."""
        shift, self.start, self.payable = start - self.start, start, payable
        tomorrow = self.today + DAY
        if shift:
            for line in self.open():
                if line.due > self.today:
                    day = line.due + shift if line.purpose == "hand" else self.day_of(line.purpose)
                    self._put(replace(line, due=max(day, tomorrow)))
        due = max(self.day_of("balance"), tomorrow)
        self._bring("payment", to=max(0, self.owed), due=due, source="booking_change")
        self._bring("refund", to=max(0, -self.owed), due=due, source="booking_change")

    def commit(self, line: Line, *, amount: int) -> None:
        """Money of one row moved: at that amount the row is history, what is missing stays planned."""
        self._moved(line.kind, amount)
        self._put(replace(line, status="closed", amount=amount))
        if amount < line.amount:
            self._add(
                line.kind,
                amount=line.amount - amount,
                due=line.due,
                purpose=line.purpose,
                source=line.source,
            )

    def arrive(self, amount: int, *, arrival: str = "") -> None:
        """Money came by itself: it closes what is due soonest; what nothing asked for is recorded too."""
        left = amount
        for line in self.open("payment"):
            taken = min(left, line.amount)
            if taken:
                self.commit(line, amount=taken)
                closed = next(one for one in self.lines if one.number == line.number)
                self._put(replace(closed, source="checkout", arrival=arrival))
                left -= taken
        if left:
            self._moved("payment", left)
            self._add("payment", amount=left, due=self.today, purpose="hand", source="checkout")
            self._put(replace(self.lines[-1], status="closed", arrival=arrival))

    def plan(self, kind: str, *, amount: int, due: date) -> None:
        """Somebody plans a row."""
        self._add(kind, amount=amount, due=due, purpose="hand", source="manual")

    def delete(self, line: Line) -> None:
        """Somebody takes an open row out of the plan."""
        self.lines.remove(line)

    def closed_with(self, line: Line) -> list[Line]:
        """The rows that one movement closed: those of one checkout payment, else the row alone."""
        return [one for one in self.lines if one == line or (line.arrival and one.arrival == line.arrival)]

    def reverse(self, line: Line) -> None:
        """A recorded movement was a mistake: it is taken back, and both stay in the books."""
        self._moved(line.kind, -line.amount)
        self._add(line.kind, amount=line.amount, due=self.today, purpose="hand", source="manual")
        self._put(replace(self.lines[-1], status="reversal"))

    def allows(self, wanted: list[tuple[Line | None, str, int, date]]) -> bool:
        """Say whether staff may write the plan like this: no new day that has passed, and no more than is owed."""
        for line, _, amount, due in wanted:
            if due < self.today and (line is None or due != line.due or amount > line.amount):
                return False
        sums = {"payment": 0, "refund": 0}
        for _, kind, amount, _ in wanted:
            sums[kind] += amount
        return sums["payment"] <= max(0, self.owed) and sums["refund"] <= max(0, -self.owed)

    def rewrite(self, wanted: list[tuple[Line | None, str, int, date]]) -> None:
        """Staff write the open rows themselves; what is not written is gone."""
        kept = {line.number for line, *_ in wanted if line is not None}
        new = [
            (line or Line(0, kind, 0, due, "hand", "manual"), amount, due)
            for line, kind, amount, due in sorted(
                wanted, key=lambda one: (one[0] is None, one[0].number if one[0] else 0)
            )
        ]
        for line in self.open():
            if line.number not in kept:
                self.lines.remove(line)
        for line, amount, due in new:
            purpose = line.purpose if due == line.due else "hand"
            if line.number and amount <= line.amount and due >= line.due:
                self._put(replace(line, amount=amount, due=due, purpose=purpose))
                continue
            if line.number:
                self.lines.remove(line)
            self._add(line.kind, amount=amount, due=due, purpose=purpose, source=line.source)

    def resell(self, deal: Deal) -> None:
        """Staff give the booking other terms: what is still owed is planned by them, the earliest parts being paid."""
        self.deal = deal
        covered = self.payable - max(0, self.owed)
        rest: list[tuple[int, date, str]] = []
        for amount, due, purpose in self.by_terms():
            taken = min(amount, max(0, covered))
            covered -= taken
            if amount > taken:
                rest.append((amount - taken, due, purpose))
        if covered < 0:
            amount, due, purpose = rest.pop() if rest else (0, self.start - deal.days * DAY, "balance")
            rest.append((amount - covered, due, purpose))
        before = self.open("payment")
        by_day: dict[date, tuple[int, str]] = {}
        for amount, due, purpose in rest:
            already = any(line.purpose == purpose and line.due == due for line in before)
            day = due if already else max(due, self.today)
            by_day[day] = (by_day.get(day, (0, ""))[0] + amount, purpose)
        old = sorted(before, key=lambda line: line.number)
        for day, (amount, purpose) in by_day.items():
            same = next((line for line in old if line.source == "plan" and line.purpose == purpose), None)
            if same:
                old.remove(same)
            if same and amount <= same.amount and day >= same.due:
                self._put(replace(same, amount=amount, due=day))
                continue
            if same:
                self.lines.remove(same)
            self._add("payment", amount=amount, due=day, purpose=purpose, source="plan")
        for line in old:
            self.lines.remove(line)
        due = max(self.start - deal.days * DAY, self.today)
        self._bring("refund", to=max(0, -self.owed), due=due, source="plan")

    # How terms become rows.

    def day_of(self, purpose: str) -> date:
        """The day the terms give to a part now."""
        return self.deal.day_of(purpose, booked=self.booked, start=self.start)

    def by_terms(self) -> list[tuple[int, date, str]]:
        """The rows of the whole price by the terms: amount, day and purpose."""
        if self.start - self.deal.days * DAY <= self.booked:
            return [(self.payable, self.booked, "balance")] if self.payable else []
        left = self.payable
        rows: list[tuple[int, date, str]] = []
        for purpose, amount in sorted(self._parts(), key=lambda part: (self.day_of(part[0]), part[0])):
            rows.append((min(left, amount), self.day_of(purpose), purpose))
            left -= rows[-1][0]
        percents = sum((percent for percent, *_ in self.deal.dated), self.deal.percent or Fraction(0))
        if self.deal.fixed is None and percents == 100:
            amount, due, purpose = rows.pop()
            rows.append((amount + left, due, purpose))
        else:
            rows.append((left, self.day_of("balance"), "balance"))
        days: dict[date, tuple[int, str]] = {}
        for amount, due, purpose in rows:
            if amount:
                days[due] = (days.get(due, (0, ""))[0] + amount, purpose)
        return [(amount, due, purpose) for due, (amount, purpose) in sorted(days.items())]

    def _parts(self) -> list[tuple[str, int]]:
        deal = self.deal
        down = deal.fixed or 0 if deal.percent is None else half_up(self.payable * deal.percent / 100)
        down = min(down, self.payable)
        parts = [("down", down)]
        if deal.equal:
            share = (self.payable - down) // deal.equal
            parts += [(f"part {number}", share) for number in range(1, deal.equal)]
        for number, (percent, *_) in enumerate(deal.dated, 1):
            parts.append((f"part {number}", half_up(self.payable * percent / 100)))
        return parts

    # Small hands.

    def _add(self, kind: str, *, amount: int, due: date, purpose: str, source: str) -> None:
        self.count += 1
        self.lines.append(Line(self.count, kind, amount, due, purpose, source))

    def _put(self, line: Line) -> None:
        place = next(place for place, one in enumerate(self.lines) if one.number == line.number)
        self.lines[place] = line

    def _moved(self, kind: str, amount: int, /) -> None:
        if kind == "payment":
            self.received += amount
        else:
            self.returned += amount

    def _bring(self, kind: str, *, to: int, due: date, source: str) -> None:
        """Bring the open rows of a kind to a sum: the latest give way first, and what is missing is one row."""
        while (excess := self.total(kind) - to) > 0:
            last = self.open(kind)[-1]
            if last.amount <= excess:
                self.lines.remove(last)
            else:
                self._put(replace(last, amount=last.amount - excess))
        if excess < 0:
            self._add(kind, amount=-excess, due=due, purpose="balance", source=source)
