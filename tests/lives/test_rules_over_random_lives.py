"""Random lives of a booking, by the rules alone: after every step the plan and the figures are those of the model.

The rules work on values here, so thousands of steps take seconds; the same lives through use cases and a database are
in `test_bookings_over_random_lives.py`. FARELEDGER_EXAMPLES raises the number of lives.
"""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from fareledger.domain.allocation import allocate
from fareledger.domain.change_effect import RowEffect
from fareledger.domain.changes import BookingChange, apply, replan
from fareledger.domain.figures import Figures, PlanRow, figures_of
from fareledger.domain.plan import plan_booking
from fareledger.domain.plan_edit import Desk, DraftRow, check_drafts, edit_by_hand, edit_by_terms, over_minor
from tests.lives.book import Book, Deal, Line
from tests.lives.words import (
    AMOUNTS,
    DAYS_AHEAD,
    PRICES,
    Row,
    counted,
    deals,
    in_words_of,
    purpose_of,
    rewritings,
    rows_of,
    terms_of,
)

FIRST = date(2027, 1, 10)


class Life(RuleBasedStateMachine):
    """A booking as plain rows, and the model beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.rows: tuple[PlanRow, ...] = ()
        self.history: dict[UUID, PlanRow] = {}
        self.open: dict[UUID, int] = {}

    def new_id(self) -> UUID:
        return UUID(int=next(self.numbers))

    @initialize(payable=PRICES, ahead=st.integers(0, 300), deal=deals())
    def book(self, payable: int, ahead: int, deal: Deal) -> None:
        start = FIRST + timedelta(days=ahead)
        self.model = Book(payable=payable, booked=FIRST, start=start, deal=deal, today=FIRST)
        planned = plan_booking(payable, booked_on=FIRST, start_date=start, terms=terms_of(deal))
        self.rows = tuple(
            PlanRow(
                id=self.new_id(),
                kind=row.kind,
                status="open",
                amount_minor=row.amount_minor,
                due_date=row.due_date,
                part=row.part,
                source=row.source,
            )
            for row in planned
        )

    @rule(days=st.integers(1, 45))
    def time_passes(self, days: int) -> None:
        self.model.today += timedelta(days=days)

    @rule(payable=st.none() | PRICES, ahead=st.none() | DAYS_AHEAD)
    def changes(self, payable: int | None, ahead: int | None) -> None:
        model, before = self.model, self.model.start
        start = before if ahead is None else max(FIRST, model.today + timedelta(days=ahead - 20))
        model.change(payable=model.payable if payable is None else payable, start=start)
        change = BookingChange(
            payable_minor=model.payable,
            booked_on=FIRST,
            start_date=start,
            previous_start_date=before,
            terms=terms_of(model.deal),
            today=model.today,
        )
        self.rows = self.replanned(change)
        again = replace(change, previous_start_date=start)
        assert replan(self.rows, change=again) == (), "the same change twice changes nothing"
        assert self.figures.unplanned_minor == 0

    @precondition(lambda self: self.model.open())
    @rule(data=st.data())
    def moves_money(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.model.open()))
        amount = data.draw(st.sampled_from([line.amount, line.amount + 7]) | st.integers(1, line.amount))
        if line.kind == "refund":
            amount = min(amount, self.model.received - self.model.returned)
        if amount < 1:
            return
        self._close(self.row(line), amount=amount)
        self.model.commit(line, amount=amount)

    @rule(amount=AMOUNTS)
    def money_arrives(self, amount: int) -> None:
        spread = allocate(self.rows, amount_minor=amount, covered_ids=())
        assert sum(close.amount_minor for close in spread.closes) + spread.surplus_minor == amount
        for close in spread.closes:
            row = next(row for row in self.rows if row.id == close.row_id)
            self._close(row, amount=close.amount_minor, source="checkout")
        if spread.surplus_minor:
            self._add("payment", amount=spread.surplus_minor, due=self.model.today, source="checkout")
            self.rows = (*self.rows[:-1], replace(self.rows[-1], status="closed"))
        self.model.arrive(amount)

    @rule(data=st.data())
    def is_planned(self, data: st.DataObject) -> None:
        left = self.model.unplanned
        if not left:
            return
        kind = "payment" if left > 0 else "refund"
        amount = data.draw(st.integers(1, abs(left)))
        due = self.model.today + timedelta(days=data.draw(DAYS_AHEAD))
        self._add(kind, amount=amount, due=due, source="manual")
        self.model.plan(kind, amount=amount, due=due)

    @precondition(lambda self: self.model.open())
    @rule(data=st.data())
    def loses_a_row(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.model.open()))
        row = self.row(line)
        self.rows = tuple(one for one in self.rows if one.id != row.id)
        self.model.delete(line)

    @precondition(lambda self: any(line.status == "closed" for line in self.model.lines))
    @rule(data=st.data())
    def turns_out_a_mistake(self, data: st.DataObject) -> None:
        closed = [line for line in self.model.lines if line.status == "closed"]
        line = data.draw(st.sampled_from(closed))
        if line.kind == "payment" and line.amount > self.model.received - self.model.returned:
            return
        self._add(line.kind, amount=line.amount, due=self.model.today, source="manual")
        self.rows = (*self.rows[:-1], replace(self.rows[-1], status="closed", reversal=True))
        self.model.reverse(line)

    @rule(data=st.data())
    def is_rewritten(self, data: st.DataObject) -> None:
        wanted = data.draw(rewritings(self.model))
        drafts = [
            DraftRow(
                row_id=self.row(line).id if line else None,
                kind="payment" if kind == "payment" else "refund",
                amount_minor=amount,
                due_date=due,
            )
            for line, kind, amount, due in wanted
        ]
        desk, allowed = self.desk, self.model.allows(wanted)
        errors = check_drafts(drafts, desk=desk)
        effects = () if errors else edit_by_hand(drafts, desk=desk)
        over = [over_minor(effects, kind=kind, desk=desk) > 0 for kind in ("payment", "refund")]
        assert allowed == (not errors and not any(over))
        if not allowed:
            return
        self._take(effects)
        self.model.rewrite(wanted)

    @rule(deal=deals())
    def gets_other_terms(self, deal: Deal) -> None:
        effects = edit_by_terms(terms_of(deal), booked_on=FIRST, start_date=self.model.start, desk=self.desk)
        self._take(effects)
        self.model.resell(deal)
        assert self.figures.unplanned_minor == 0

    @invariant()
    def the_plan_is_that_of_the_model(self) -> None:
        if hasattr(self, "model"):
            assert counted(map(in_words, self.rows)) == rows_of(self.model)

    @invariant()
    def the_figures_are_those_of_the_model(self) -> None:
        if hasattr(self, "model"):
            figures, model = self.figures, self.model
            assert figures.payable_minor == model.payable
            assert figures.paid_minor == model.received
            assert figures.refunded_minor == model.returned
            assert figures.outstanding_minor == model.owed
            assert figures.unplanned_minor == model.unplanned
            assert figures.status == model.status
            assert figures.refund_due == (model.owed < 0)

    @invariant()
    def what_is_closed_never_changes(self) -> None:
        for row in self.rows:
            if not row.is_open:
                assert self.history.setdefault(row.id, row) == row
        assert set(self.history) <= {row.id for row in self.rows}

    @invariant()
    def no_row_ever_grows(self) -> None:
        for row in self.rows:
            assert row.amount_minor <= self.open.get(row.id, row.amount_minor) or not row.is_open
        self.open = {row.id: row.amount_minor for row in self.rows if row.is_open}

    @property
    def figures(self) -> Figures:
        return figures_of(self.rows, sales_price_minor=self.model.payable, non_payable_minor=0)

    @property
    def desk(self) -> Desk:
        return Desk(
            rows=tuple(sorted(self.rows, key=lambda row: row.id)),
            untouchable=(),
            figures=self.figures,
            today=self.model.today,
            new_id=self.new_id,
        )

    def replanned(self, change: BookingChange) -> tuple[PlanRow, ...]:
        """Carry out a change by the rules; deleted rows are gone."""
        then = apply(self.rows, steps=replan(self.rows, change=change), new_id=self.new_id)
        return tuple(row for row in then if row.status != "deleted")

    def row(self, line: Line) -> PlanRow:
        """Find the row of the product that is the model's; of several alike, the one that is as old."""
        rows = [row for row in self.rows if in_words(row) == in_words_of(line)]
        lines = [one for one in self.model.lines if in_words_of(one) == in_words_of(line)]
        lines.sort(key=lambda one: one.number)
        return sorted(rows, key=lambda row: row.id)[lines.index(line)]

    def _close(self, row: PlanRow, *, amount: int, source: str | None = None) -> None:
        closed = replace(row, status="closed", amount_minor=amount, source=source or row.source)
        self.rows = tuple(closed if one.id == row.id else one for one in self.rows)
        if amount < row.amount_minor:
            rest = replace(row, id=self.new_id(), amount_minor=row.amount_minor - amount)
            self.rows = (*self.rows, rest)

    def _add(self, kind: str, *, amount: int, due: date, source: str) -> None:
        row = PlanRow(
            id=self.new_id(),
            kind="payment" if kind == "payment" else "refund",
            status="open",
            amount_minor=amount,
            due_date=due,
            rule_based=False,
            source=source,
        )
        self.rows = (*self.rows, row)

    def _take(self, effects: tuple[RowEffect, ...]) -> None:
        before = {row.id: row.due_date for row in self.rows}
        self.rows = tuple(effect.after for effect in effects if effect.after is not None)
        assert all(row.due_date >= before.get(row.id, row.due_date) for row in self.rows), (
            "none comes earlier"
        )

    def teardown(self) -> None:
        self.rows = ()


def in_words(row: PlanRow) -> Row:
    """Say a row of the product in the model's words."""
    status = "reversal" if row.reversal else row.status
    purpose = purpose_of(row.part, rule_based=row.rule_based)
    return row.kind, status, row.amount_minor, row.due_date, purpose, row.source


class Forgetful(Life):
    """The same life with a broken rule: what is missing of a payment is planned no more."""

    def _close(self, row: PlanRow, *, amount: int, source: str | None = None) -> None:
        rows = len(self.rows)
        super()._close(row, amount=amount, source=source)
        self.rows = self.rows[:rows]


class Hurried(Life):
    """The same life with a broken rule: a moved row may be due on the very day of the change."""

    def replanned(self, change: BookingChange) -> tuple[PlanRow, ...]:
        early = replace(change, today=change.today - timedelta(days=1))
        return super().replanned(early)


def lives(number: int, *, phases: tuple[Phase, ...] = tuple(Phase)) -> settings:
    """Say how many lives are led, and how long they are."""
    return settings(
        max_examples=number,
        stateful_step_count=25,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )


def test_no_life_leads_the_plan_astray() -> None:
    run_state_machine_as_test(Life, settings=lives(int(os.environ.get("FARELEDGER_EXAMPLES", "60"))))


@pytest.mark.parametrize("broken", [Forgetful, Hurried])
def test_a_broken_rule_is_noticed(broken: type[Life]) -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=lives(200, phases=(Phase.generate,)))
