"""Random lives of a booking through use cases and a real database, beside the model, looked at from every face.

After every step: the plan and the figures are those of the model (B1 to B4), API, portal, back office and list say the
same (B5), every entry balances and the customer's receivable is what is outstanding (L1, L2, L4). At the end of a
life everything that `fareledger verify` promises holds. FARELEDGER_EXAMPLES raises the number of lives.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest
import time_machine
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

from fareledger.domain.plan import Kind
from fareledger.domain.plan_edit import DraftRow
from fareledger.persistence.models import Transaction
from fareledger.usecases.commit_transaction import AlreadyClosed
from fareledger.usecases.edit_plan import InvalidPlanEdit
from fareledger.usecases.plan_transaction import InvalidPlan
from fareledger.usecases.verify_ledger import verify_ledger
from tests.lives.book import Book, Deal, Line
from tests.lives.desk import Desk, Seen, costing, hero, receivable, words_of
from tests.lives.words import (
    AMOUNTS,
    DAYS_AHEAD,
    PRICES,
    counted,
    deals,
    in_words_of,
    rewritings,
    rows_of,
    terms_of,
)
from tests.support.bookings import a_trip
from tests.support.operators import new_operator

FIRST = date(2027, 1, 10)


class Life(RuleBasedStateMachine):
    """A booking of a new operator, and the model beside it; the clock stands at noon of the model's day."""

    def __init__(self) -> None:
        super().__init__()
        self.model: Book | None = None
        self.closed: dict[UUID, tuple[object, ...]] = {}
        self.opened: dict[UUID, int] = {}
        self.reversed: set[int] = set()
        self.cashed: set[str] = set()
        self.price = 0
        self.cancelled = False
        self.clock: time_machine.travel | None = None
        self._stand_at(FIRST)

    @initialize(
        price=PRICES,
        ahead=st.integers(0, 300),
        deal=deals(),
        currency=st.sampled_from(["GBP", "JPY", "KWD"]),
    )
    def sold(self, price: int, ahead: int, deal: Deal, currency: str) -> None:
        start = FIRST + timedelta(days=ahead)
        self.price = price
        trip = a_trip(
            booked_on=FIRST, start_date=start, end_date=start, terms=terms_of(deal), currency=currency
        )
        self.desk = Desk.selling(new_operator(), trip=costing(trip, price=price))
        self.model = Book(payable=price, booked=FIRST, start=start, deal=deal, today=FIRST)

    @property
    def book(self) -> Book:
        assert self.model is not None
        return self.model

    @rule(days=st.integers(1, 45))
    def time_passes(self, days: int) -> None:
        self.book.today += timedelta(days=days)
        self._stand_at(self.book.today)

    @rule(price=st.none() | PRICES, ahead=st.none() | DAYS_AHEAD)
    def changes(self, price: int | None, ahead: int | None) -> None:
        book = self.book
        start = book.start if ahead is None else max(FIRST, book.today + timedelta(days=ahead - 20))
        self.price = self.price if price is None else price
        details = costing(self.desk.details, price=self.price)
        same = details.components == self.desk.details.components and start == book.start
        outcome = self.desk.send(replace(details, start_date=start, end_date=start))
        assert outcome == ("unchanged" if same else "changed")
        if not same:
            self.cancelled = False
            book.change(payable=self.price, start=start)
            assert self.desk.billing.figures.unplanned_minor == 0
        assert self.desk.send(self.desk.details) == "unchanged"

    @rule()
    def is_cancelled(self) -> None:
        self.desk.cancel()
        if not self.cancelled:
            self.book.change(payable=self.price // 5, start=self.book.start)
        self.cancelled = True

    @rule()
    def lives_again(self) -> None:
        self.desk.reinstate()
        if self.cancelled:
            self.book.change(payable=self.price, start=self.book.start)
        self.cancelled = False

    @rule(amount=AMOUNTS, offline=st.booleans())
    def money_arrives(self, amount: int, offline: bool) -> None:
        reference = self.desk.pay(amount, offline=offline)
        self.book.arrive(amount, arrival=reference)
        if offline:
            self.cashed.add(reference)
        self.book.change(payable=self.book.payable, start=self.book.start)

    @precondition(lambda self: self.book.open())
    @rule(data=st.data(), confirm=st.booleans())
    def is_committed(self, data: st.DataObject, confirm: bool) -> None:
        line = data.draw(st.sampled_from(self.book.open()))
        amount = data.draw(st.sampled_from([line.amount, line.amount + 7]) | st.integers(1, line.amount))
        if line.kind == "refund":
            amount = min(amount, self.book.received - self.book.returned)
        if amount < 1:
            return
        row = self.row(line)
        self.desk.commit(row.id, amount_minor=amount, confirm=confirm)
        self.book.commit(line, amount=amount)
        with pytest.raises(AlreadyClosed):
            self.desk.commit(row.id, amount_minor=amount, confirm=False)

    @rule(data=st.data())
    def is_planned(self, data: st.DataObject) -> None:
        left = self.book.unplanned
        due = self.book.today + timedelta(days=data.draw(DAYS_AHEAD))
        kind: Kind = "payment" if left > 0 else "refund"
        with pytest.raises(InvalidPlan):
            self.desk.plan(kind, amount_minor=abs(left) + 1, due=due)
        if left:
            amount = data.draw(st.integers(1, abs(left)))
            self.desk.plan(kind, amount_minor=amount, due=due)
            self.book.plan(kind, amount=amount, due=due)

    @precondition(lambda self: self.book.open())
    @rule(data=st.data())
    def loses_a_row(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.book.open()))
        self.desk.delete(self.row(line).id)
        self.book.delete(line)

    @precondition(lambda self: self.reversible())
    @rule(data=st.data())
    def turns_out_a_mistake(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self.reversible()))
        together = self.book.closed_with(line)
        amount = sum(one.amount for one in together)
        if line.kind == "payment" and amount > self.book.received - self.book.returned:
            return
        rows = [row for row in self.desk.stored_rows() if words_of(row) == in_words_of(line)]
        rows = [row for row in rows if not line.arrival or row.external_reference == line.arrival]
        taken_back = {row.reverses for row in self.desk.stored_rows()}
        self.desk.reverse(next(row.id for row in rows if row.id not in taken_back))
        for one in together:
            self.reversed.add(one.number)
            self.book.reverse(one)

    @rule(data=st.data())
    def is_rewritten(self, data: st.DataObject) -> None:
        wanted = data.draw(rewritings(self.book))
        drafts = tuple(
            DraftRow(
                row_id=self.row(line).id if line else None,
                kind="payment" if kind == "payment" else "refund",
                amount_minor=amount,
                due_date=due,
            )
            for line, kind, amount, due in wanted
        )
        try:
            self.desk.edit(rows=drafts)
        except InvalidPlanEdit:
            assert not self.book.allows(wanted)
        else:
            assert self.book.allows(wanted)
            self.book.rewrite(wanted)

    @rule(deal=deals())
    def gets_other_terms(self, deal: Deal) -> None:
        self.desk.edit(terms=terms_of(deal))
        self.book.resell(deal)
        assert self.desk.billing.figures.unplanned_minor == 0

    @rule()
    def is_looked_at(self) -> None:
        told, office, portal = self.desk.visit()
        assert told == office
        assert portal == hero(self.book.owed, currency=self.desk.details.currency)

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if self.model is None:
            return
        book, rows, billing = self.book, self.desk.stored_rows(), self.desk.billing
        assert counted(map(words_of, rows)) == rows_of(book)
        self._check_history(rows)
        expected = Seen(
            payable=book.payable,
            paid=book.received,
            refunded=book.returned,
            outstanding=book.owed,
            unplanned=book.unplanned,
            status=book.status,
            refund_due=book.owed < 0,
        )
        seen = self.desk.read(billing)
        assert seen.pop("portal").outstanding == book.owed
        assert seen == dict.fromkeys(seen, expected)
        assert receivable(billing) == book.owed

    def teardown(self) -> None:
        try:
            if self.model is not None:
                broken = [verdict for verdict in verify_ledger([self.desk.operator]) if not verdict.holds]
                assert not broken, [str(verdict.first) for verdict in broken]
        finally:
            if self.clock is not None:
                self.clock.stop()
                self.clock = None

    def reversible(self) -> list[Line]:
        """The closed rows of the model whose money moved outside any provider, and were not taken back."""
        closed = [line for line in self.book.lines if line.status == "closed"]
        offline = [line for line in closed if not line.arrival or line.arrival in self.cashed]
        return [line for line in offline if line.number not in self.reversed]

    def row(self, line: Line) -> Transaction:
        """Find the stored row that is the model's; of several alike, the one that is as old."""
        rows = [row for row in self.desk.stored_rows() if words_of(row) == in_words_of(line)]
        lines = [one for one in self.book.lines if in_words_of(one) == in_words_of(line)]
        return rows[sorted(lines, key=lambda one: one.number).index(line)]

    def _check_history(self, rows: list[Transaction]) -> None:
        closed = {
            row.id: tuple(getattr(row, field.attname) for field in Transaction._meta.concrete_fields)
            for row in rows
            if row.status == "closed"
        }
        assert closed | self.closed == closed, "closed rows never change"
        self.closed = closed
        opened = {row.id: row.amount_minor for row in rows if row.status == "open"}
        assert all(amount <= self.opened.get(row_id, amount) for row_id, amount in opened.items()), (
            "none grows"
        )
        self.opened = opened

    def _stand_at(self, day: date) -> None:
        if self.clock is not None:
            self.clock.stop()
        self.clock = time_machine.travel(datetime.combine(day, time(12), tzinfo=UTC), tick=True)
        self.clock.start()
        if self.model is not None:
            self.desk.today = day


def test_no_life_leads_the_books_astray(db: None) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("FARELEDGER_EXAMPLES", "12")),
            stateful_step_count=15,
            deadline=None,
            database=None,
            # A life is short enough to read as it was; making it shorter would take minutes.
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
