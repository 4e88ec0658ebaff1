"""A plan that staff rewrite: rules by example, and what holds whatever they write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.change_effect import RowEffect
from fareledger.domain.figures import Figures, PlanRow, figures_of
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Terms
from fareledger.domain.plan_edit import Desk, DraftRow, check_drafts, edit_by_hand, edit_by_terms, over_minor
from tests.domain.rows import AMOUNTS, DAYS, PLANS, TODAY, in_days, row
from tests.domain.test_terms_with_parts import TERMS

START = in_days(100)
BOOKED = in_days(-10)


def a_desk(rows: Sequence[PlanRow], *, payable: int, untouchable: Collection[UUID] = ()) -> Desk:
    kept = tuple(one for one in rows if one.status != "deleted")
    figures = figures_of(kept, sales_price_minor=payable, non_payable_minor=0)
    return Desk(rows=kept, untouchable=untouchable, figures=figures, today=TODAY, new_id=new_id)


def draft(of: PlanRow, *, amount: int | None = None, due: date | None = None) -> DraftRow:
    return DraftRow(
        row_id=of.id,
        kind=of.kind,
        amount_minor=of.amount_minor if amount is None else amount,
        due_date=due or of.due_date,
    )


def open_rows(effects: Sequence[RowEffect]) -> list[tuple[int, date]]:
    after = (one.after for one in effects if one.after is not None and one.after.is_open)
    return sorted(((one.amount_minor, one.due_date) for one in after), key=lambda one: one[1])


def figures_after(effects: Sequence[RowEffect], *, payable: int) -> Figures:
    rows = [one.after for one in effects if one.after is not None]
    return figures_of(rows, sales_price_minor=payable, non_payable_minor=0)


def test_a_row_that_shrinks_or_becomes_due_later_stays_itself() -> None:
    one = row("payment", amount_minor=500, due=in_days(20))
    (effect,) = edit_by_hand([draft(one, amount=400, due=in_days(30))], desk=a_desk([one], payable=500))
    assert effect.after == replace(one, amount_minor=400, due_date=in_days(30), rule_based=False)


def test_a_row_that_grows_or_comes_earlier_gives_way_to_a_new_one() -> None:
    one = row("payment", amount_minor=500, due=in_days(20))
    for wanted in (draft(one, amount=501), draft(one, due=in_days(19))):
        (effect,) = edit_by_hand([wanted], desk=a_desk([one], payable=1000))
        assert effect.after is not None
        assert effect.after.id != one.id
        assert effect.approval == "needs_its_own"


def test_a_row_nobody_names_goes_and_a_closed_one_stays() -> None:
    closed = row("payment", amount_minor=100, status="closed")
    gone = row("payment", amount_minor=500)
    effects = edit_by_hand([], desk=a_desk([closed, gone], payable=600))
    assert [(one.before, one.after) for one in effects] == [(closed, closed), (gone, None)]


def test_an_overdue_row_may_stay_so_but_not_grow() -> None:
    late = row("payment", amount_minor=500, due=in_days(-3))
    desk = a_desk([late], payable=1000)
    assert check_drafts([draft(late)], desk=desk) == ()
    assert check_drafts([draft(late, amount=400)], desk=desk) == ()
    for wanted in (draft(late, amount=600), draft(late, due=in_days(-2))):
        assert [error.code for error in check_drafts([wanted], desk=desk)] == ["past_due_date"]
    new = DraftRow(row_id=None, kind="payment", amount_minor=1, due_date=in_days(-1))
    assert [error.code for error in check_drafts([draft(late), new], desk=desk)] == ["past_due_date"]


def test_what_cannot_be_is_named_by_its_row() -> None:
    closed = row("payment", amount_minor=100, status="closed")
    paying = row("payment", amount_minor=100)
    free = row("payment", amount_minor=100)
    desk = a_desk([closed, paying, free], payable=1000, untouchable={paying.id})
    drafts = [
        draft(closed),
        draft(paying),
        draft(free, amount=0),
        draft(free),
        draft(free, due=date(2300, 1, 1)),
    ]
    found = [(error.place, error.code) for error in check_drafts(drafts, desk=desk)]
    assert found == [
        (0, "row_not_editable"),
        (1, "row_not_editable"),
        (2, "invalid_amount"),
        (4, "date_out_of_range"),
        (None, "duplicate_row"),
    ]


def test_open_rows_may_not_come_to_more_than_is_outstanding() -> None:
    one, paying = row("payment", amount_minor=500), row("payment", amount_minor=300)
    desk = a_desk([one, paying], payable=800, untouchable={paying.id})
    assert over_minor(edit_by_hand([draft(one)], desk=desk), kind="payment", desk=desk) == 0
    assert over_minor(edit_by_hand([draft(one, amount=501)], desk=desk), kind="payment", desk=desk) == 1
    refund = DraftRow(row_id=None, kind="refund", amount_minor=7, due_date=TODAY)
    assert over_minor(edit_by_hand([draft(one), refund], desk=desk), kind="refund", desk=desk) == 7


def test_other_terms_count_what_was_received_as_the_earliest_parts() -> None:
    rows = [
        row("payment", amount_minor=300, status="closed", due=BOOKED),
        row("payment", amount_minor=700, due=in_days(70)),
    ]
    terms = Terms(down_payment_percent=Decimal(20), balance_due_days=20, instalments=2)
    effects = edit_by_terms(terms, booked_on=BOOKED, start_date=START, desk=a_desk(rows, payable=1000))
    assert open_rows(effects) == [(300, in_days(35)), (400, in_days(80))]
    assert effects[1].after == replace(rows[1], amount_minor=400, due_date=in_days(80))


def test_a_part_whose_day_has_passed_is_due_today_unless_it_was_overdue_already() -> None:
    terms = Terms(down_payment_percent=Decimal(30), balance_due_days=30)
    balance = row("payment", amount_minor=1000, due=in_days(70))
    desk = a_desk([balance], payable=1000)
    effects = edit_by_terms(terms, booked_on=BOOKED, start_date=START, desk=desk)
    assert open_rows(effects) == [(300, TODAY), (700, in_days(70))]
    down = replace(row("payment", amount_minor=300, due=BOOKED), part=0)
    desk = a_desk([down, replace(balance, amount_minor=700)], payable=1000)
    effects = edit_by_terms(terms, booked_on=BOOKED, start_date=START, desk=desk)
    assert all(effect.before == effect.after for effect in effects)


def test_rows_by_hand_give_way_to_terms() -> None:
    by_hand = replace(row("payment", amount_minor=1000, due=in_days(5)), rule_based=False, source="manual")
    effects = edit_by_terms(
        Terms(balance_due_days=30), booked_on=BOOKED, start_date=START, desk=a_desk([by_hand], payable=1000)
    )
    assert effects[0].after is None
    assert open_rows(effects) == [(1000, in_days(70))]


@given(PLANS, st.just(0) | AMOUNTS, TERMS, st.integers(0, 400), st.integers(-400, 400), st.integers(0, 3))
def test_by_terms_everything_is_planned_and_nothing_twice(
    rows: list[PlanRow], payable: int, terms: Terms, ago: int, ahead: int, busy: int
) -> None:
    paying = {one.id for one in rows[:busy]}
    desk = a_desk(rows, payable=payable, untouchable=paying)
    effects = edit_by_terms(terms, booked_on=in_days(-ago), start_date=in_days(ahead), desk=desk)
    after = figures_after(effects, payable=payable)
    for kind, together in (("payment", after.open_payments_minor), ("refund", after.open_refunds_minor)):
        assert together == max(desk.still_minor(kind=kind), desk.bound_minor(kind=kind))  # type: ignore[arg-type]  # both are kinds
    assert (after.paid_minor, after.refunded_minor) == (desk.figures.paid_minor, desk.figures.refunded_minor)
    check_pairs(effects, desk=desk)


@given(PLANS, st.just(0) | AMOUNTS, st.data())
def test_by_hand_no_row_grows_comes_earlier_or_is_touched_that_may_not_be(
    rows: list[PlanRow], payable: int, data: st.DataObject
) -> None:
    desk = a_desk(rows, payable=payable, untouchable={one.id for one in rows[:1]})
    drafts = [draft(one, amount=data.draw(AMOUNTS), due=data.draw(DAYS)) for one in desk.editable()]
    kept = [one for one in drafts if data.draw(st.booleans())]
    effects = edit_by_hand(kept, desk=desk)
    assert len(open_rows(effects)) == len(kept) + sum(
        one.is_open and one.id in desk.untouchable for one in desk.rows
    )
    check_pairs(effects, desk=desk)


def check_pairs(effects: Sequence[RowEffect], *, desk: Desk) -> None:
    """Every row is told of once; those that may not change do not; none keeps its name and grows or hurries."""
    assert [one.before for one in effects if one.before is not None] == list(desk.rows)
    ids = [one.after.id for one in effects if one.after is not None]
    assert len(set(ids)) == len(ids)
    editable = {one.id for one in desk.editable()}
    for effect in effects:
        before, after = effect.before, effect.after
        if before is not None and before.id not in editable:
            assert after == before
        elif after is not None:
            assert after.is_open
            assert after.amount_minor > 0
            if before is not None and before.id == after.id:
                assert after.amount_minor <= before.amount_minor
                assert after.due_date >= before.due_date
            elif before is None and after.rule_based:
                assert after.due_date >= desk.today
