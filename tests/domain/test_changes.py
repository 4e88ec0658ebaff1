"""A booking change: single rules by example, and what must hold after any change of any plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.changes import AddRow, BookingChange, DeleteRow, MoveRow, ShrinkRow, apply, replan
from fareledger.domain.figures import PlanRow, figures_of
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Share, Terms
from tests.domain.rows import AMOUNTS, PLANS, TODAY, in_days, row

START = in_days(100)


def a_change(
    *, payable: int, start: date = START, previous: date = START, days: int = 30, terms: Terms | None = None
) -> BookingChange:
    return BookingChange(
        payable_minor=payable,
        booked_on=in_days(-200),
        start_date=start,
        previous_start_date=previous,
        terms=Terms(balance_due_days=days) if terms is None else terms,
        today=TODAY,
    )


CHANGES = st.builds(
    a_change,
    payable=st.just(0) | AMOUNTS,
    start=st.integers(-60, 400).map(in_days),
    previous=st.integers(-60, 400).map(in_days),
    days=st.integers(0, 120),
)


def after(rows: list[PlanRow], *, change: BookingChange) -> tuple[PlanRow, ...]:
    return apply(rows, steps=replan(rows, change=change), new_id=new_id)


def test_a_dearer_trip_gets_one_new_payment_and_leaves_the_others_alone() -> None:
    rows = [row("payment", amount_minor=700, due=in_days(70))]
    assert replan(rows, change=a_change(payable=1000)) == (
        AddRow(kind="payment", amount_minor=300, due_date=in_days(70), source="booking_change"),
    )


def test_a_payment_that_would_be_overdue_is_due_the_day_after_the_change() -> None:
    steps = replan([], change=a_change(payable=1000, start=in_days(30), previous=in_days(30)))
    assert [step.due_date for step in steps if isinstance(step, AddRow)] == [in_days(1)]


def test_a_cheaper_trip_takes_from_what_is_due_last() -> None:
    early, late = (
        row("payment", amount_minor=300, due=in_days(10)),
        row("payment", amount_minor=700, due=in_days(70)),
    )
    assert replan([early, late], change=a_change(payable=200)) == (
        DeleteRow(row_id=late.id),
        ShrinkRow(row_id=early.id, amount_minor=200),
    )


def test_only_money_that_was_received_is_handed_back() -> None:
    rows = [
        row("payment", amount_minor=300, status="closed"),
        row("payment", amount_minor=700, due=in_days(70)),
    ]
    assert replan(rows, change=a_change(payable=100)) == (
        DeleteRow(row_id=rows[1].id),
        AddRow(kind="refund", amount_minor=200, due_date=in_days(70), source="booking_change"),
    )


def test_a_refund_that_is_no_longer_due_shrinks_before_anything_is_asked_for() -> None:
    rows = [row("payment", amount_minor=1000, status="closed"), row("refund", amount_minor=200)]
    assert replan(rows, change=a_change(payable=900)) == (ShrinkRow(row_id=rows[1].id, amount_minor=100),)
    assert replan(rows, change=a_change(payable=1100)) == (
        AddRow(kind="payment", amount_minor=100, due_date=in_days(70), source="booking_change"),
        DeleteRow(row_id=rows[1].id),
    )


def test_a_payment_and_a_refund_that_are_both_open_cancel_each_other() -> None:
    received, asked = row("payment", amount_minor=1100, status="closed"), row("payment", amount_minor=700)
    back = row("refund", amount_minor=800)
    assert replan([received, asked, back], change=a_change(payable=1000)) == (
        DeleteRow(row_id=asked.id),
        ShrinkRow(row_id=back.id, amount_minor=100),
    )


def test_a_later_start_moves_dates_that_lie_ahead() -> None:
    by_rule = row("payment", amount_minor=1, due=in_days(70))
    by_hand = replace(row("payment", amount_minor=2, due=in_days(5)), rule_based=False)
    due_today = row("payment", amount_minor=3, due=TODAY)
    overdue = row("payment", amount_minor=4, due=in_days(-1))
    rows = [by_rule, by_hand, due_today, overdue]
    assert replan(rows, change=a_change(payable=10, start=in_days(107))) == (
        MoveRow(row_id=by_rule.id, due_date=in_days(77)),
        MoveRow(row_id=by_hand.id, due_date=in_days(12)),
    )


def test_every_part_of_the_terms_moves_to_its_own_day() -> None:
    shares = (
        Share(percent=Decimal(20), days_before_start=60),
        Share(percent=Decimal(20), days_after_booking=230),
    )
    terms = Terms(balance_due_days=30, schedule=shares)
    before, after_booking, balance = (
        replace(row("payment", amount_minor=1, due=in_days(due)), part=part)
        for due, part in ((40, 1), (30, 2), (70, None))
    )
    change = a_change(payable=3, start=in_days(110), terms=terms)
    assert replan([before, after_booking, balance], change=change) == (
        MoveRow(row_id=before.id, due_date=in_days(50)),
        MoveRow(row_id=balance.id, due_date=in_days(80)),
    )


def test_equal_parts_spread_out_again_when_the_trip_moves() -> None:
    terms = Terms(balance_due_days=30, instalments=3)
    second = replace(row("payment", amount_minor=1, due=in_days(20)), part=2)
    last = row("payment", amount_minor=1, due=in_days(100))
    change = a_change(payable=2, start=in_days(220), previous=in_days(130), terms=terms)
    assert replan([second, last], change=change) == (
        MoveRow(row_id=second.id, due_date=in_days(60)),
        MoveRow(row_id=last.id, due_date=in_days(190)),
    )


def test_an_earlier_start_moves_no_date_before_tomorrow() -> None:
    by_rule = row("payment", amount_minor=1, due=in_days(70))
    by_hand = replace(row("payment", amount_minor=2, due=in_days(5)), rule_based=False)
    steps = replan([by_rule, by_hand], change=a_change(payable=3, start=in_days(20)))
    assert steps == (
        MoveRow(row_id=by_rule.id, due_date=in_days(1)),
        MoveRow(row_id=by_hand.id, due_date=in_days(1)),
    )


def test_what_shrinks_is_what_is_due_last_after_the_dates_moved() -> None:
    by_rule = row("payment", amount_minor=500, due=in_days(70))
    by_hand = replace(row("payment", amount_minor=500, due=in_days(60)), rule_based=False)
    steps = replan([by_rule, by_hand], change=a_change(payable=900, start=in_days(80), days=60))
    assert ShrinkRow(row_id=by_hand.id, amount_minor=400) in steps


def test_a_cancellation_is_a_change_to_the_fees() -> None:
    rows = [
        row("payment", amount_minor=300, status="closed"),
        row("payment", amount_minor=700, due=in_days(70)),
    ]
    cancelled = after(rows, change=a_change(payable=50))
    assert [(r.kind, r.status, r.amount_minor) for r in cancelled] == [
        ("payment", "closed", 300),
        ("payment", "deleted", 700),
        ("refund", "open", 250),
    ]


@given(PLANS, CHANGES)
def test_the_plan_then_covers_exactly_what_has_still_to_move(
    rows: list[PlanRow], change: BookingChange
) -> None:
    figures = figures_of(
        after(rows, change=change), sales_price_minor=change.payable_minor, non_payable_minor=0
    )
    assert figures.unplanned_minor == 0
    assert figures.open_payments_minor == max(0, figures.outstanding_minor)
    assert figures.open_refunds_minor == max(0, -figures.outstanding_minor)


@given(PLANS, CHANGES)
def test_what_is_over_is_never_touched(rows: list[PlanRow], change: BookingChange) -> None:
    over = [r for r in rows if not r.is_open]
    assert [r for r in after(rows, change=change) if r in over] == over


@given(PLANS, CHANGES)
def test_no_existing_row_grows_or_changes_its_kind(rows: list[PlanRow], change: BookingChange) -> None:
    then = {r.id: r for r in after(rows, change=change)}
    for before in rows:
        assert then[before.id].amount_minor <= before.amount_minor
        assert then[before.id].amount_minor > 0
        assert then[before.id].kind == before.kind


@given(PLANS, CHANGES)
def test_no_new_or_moved_date_is_before_tomorrow(rows: list[PlanRow], change: BookingChange) -> None:
    for step in replan(rows, change=change):
        if isinstance(step, AddRow | MoveRow):
            assert step.due_date > TODAY


@given(PLANS, CHANGES)
def test_overdue_rows_keep_their_date(rows: list[PlanRow], change: BookingChange) -> None:
    then = {r.id: r.due_date for r in after(rows, change=change)}
    assert all(then[r.id] == r.due_date for r in rows if r.due_date <= TODAY)


@given(PLANS, CHANGES)
def test_a_row_shrinks_only_once_all_that_are_due_later_are_gone(
    rows: list[PlanRow], change: BookingChange
) -> None:
    then = after(rows, change=replace(change, previous_start_date=change.start_date))
    before = {r.id: r for r in rows}
    for shrunk in then:
        old = before.get(shrunk.id)
        if old is None or (shrunk.status, shrunk.amount_minor) == (old.status, old.amount_minor):
            continue
        later = [r for r in then if r.id in before and r.kind == shrunk.kind and r.due_date > shrunk.due_date]
        assert not any(r.is_open for r in later)


@given(PLANS, CHANGES)
def test_at_most_one_row_is_added(rows: list[PlanRow], change: BookingChange) -> None:
    assert sum(isinstance(step, AddRow) for step in replan(rows, change=change)) <= 1


@given(PLANS, CHANGES)
def test_the_same_change_again_does_nothing(rows: list[PlanRow], change: BookingChange) -> None:
    settled = after(rows, change=change)
    assert replan(settled, change=replace(change, previous_start_date=change.start_date)) == ()


@given(PLANS, st.lists(CHANGES, max_size=4))
def test_money_that_moved_is_the_same_after_any_number_of_changes(
    rows: list[PlanRow], changes: list[BookingChange]
) -> None:
    then: tuple[PlanRow, ...] = tuple(rows)
    for change in changes:
        then = apply(then, steps=replan(then, change=change), new_id=new_id)
    before = figures_of(rows, sales_price_minor=0, non_payable_minor=0)
    afterwards = figures_of(then, sales_price_minor=0, non_payable_minor=0)
    assert (before.paid_minor, before.refunded_minor) == (afterwards.paid_minor, afterwards.refunded_minor)
