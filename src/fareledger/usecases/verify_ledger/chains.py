"""Walks the two hash chains of every booking, link by link, in memory of one link."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from fareledger.domain.chain import link_hash
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.usecases.verify_ledger.verdict import Broken, Verdict

Row = Mapping[str, Any]


def walk_entries(operator: Operator) -> Verdict:
    """Recompute every entry's hash from its fields and lines, and compare the last with the chain's head."""
    rows = queries.stream("verify.entry_chain", arguments={"operator_id": operator.id})
    return _walk(operator, rows=rows, unit="entries", promise="Every entry seals the one before it")


def walk_events(operator: Operator) -> Verdict:
    """The same of the timeline."""
    rows = queries.stream("verify.event_chain", arguments={"operator_id": operator.id})
    return _walk(
        operator, rows=rows, unit="events", promise="Every event of the timeline seals the one before it"
    )


def _walk(operator: Operator, *, rows: Iterable[Row], unit: str, promise: str) -> Verdict:
    checked = broken = 0
    first = None
    for _, of_booking in groupby(rows, key=lambda row: row["booking_id"]):
        links = _Counted(of_booking)
        problem = _first_problem(links, unit=unit)
        checked += links.exhaust()
        if problem:
            broken += 1
            first = first or Broken(operator=operator.slug, booking=links.reference, message=problem)
    return Verdict(promise=promise, unit=unit, checked=checked, broken=broken, first=first)


class _Counted:
    """The links of one booking, counted as they pass; a booking without links has one row without a seq."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._count = 0
        self.reference = ""
        self.head: tuple[int, str] = (0, "")

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.reference = row["reference"]
            self.head = (row["head_seq"], row["head_hash"])
            if row["seq"] is not None:
                self._count += 1
                yield row

    def exhaust(self) -> int:
        """Pass the links that nobody looked at, and return how many there were in all."""
        for _ in self:
            pass
        return self._count


def _first_problem(links: _Counted, *, unit: str) -> str:
    """Say what is wrong with the first link that does not hold; empty when the chain holds up to its head."""
    word = {"entries": "entry", "events": "event"}[unit]
    place, previous = 0, ""
    for row in links:
        place += 1
        if row["seq"] != place:
            return f"{word} {place} is missing"
        if row["previous_hash"] != previous:
            return f"{word} {place} does not follow from the one before"
        if None in row["fields"] or row["hash"] != _hash(previous, row=row):
            return f"{word} {place} is not as it was sealed"
        previous = row["hash"]
    if links.head != (place, previous):
        return f"the chain ends at {word} {place}, its head says {links.head[0]}"
    return ""


def _hash(previous: str, *, row: Row) -> str:
    try:
        return link_hash(previous, fields=row["fields"])
    except ValueError:
        return "a field holds the separator"
