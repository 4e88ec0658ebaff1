"""What a customer may pay now, which rows an amount covers, and what stands in the way of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.allocation import allocate
from fareledger.domain.figures import PlanRow
from fareledger.domain.identity import new_id
from fareledger.domain.paying import (
    AmountOutOfRange,
    Choices,
    NothingToPay,
    OtherAmountNotOffered,
    Reach,
    Wanted,
    amount_of,
    choices_of,
    holds_back,
    reach_of,
)
from tests.domain.rows import AMOUNTS, PLANS, in_days, row

FIRST = row("payment", amount_minor=30_000, due=in_days(1))
SECOND = row("payment", amount_minor=50_000, due=in_days(30))
PLAN = [SECOND, FIRST]


def choices(outstanding_minor: int = 100_000, *, other_from_minor: int | None = 100) -> Choices:
    return choices_of(PLAN, outstanding_minor=outstanding_minor, other_from_minor=other_from_minor)


@pytest.mark.parametrize(
    ("wanted", "typed", "expected"), [("full", 0, 100_000), ("next", 0, 30_000), ("other", 12_345, 12_345)]
)
def test_full_next_and_another_amount(wanted: Wanted, typed: int, expected: int) -> None:
    assert amount_of(choices(), wanted=wanted, typed_minor=typed) == expected


def test_the_next_payment_is_the_one_due_first_or_the_one_that_is_named() -> None:
    assert choices().next_row == FIRST
    named = choices_of(PLAN, outstanding_minor=100_000, other_from_minor=None, row_id=SECOND.id)
    assert (named.next_row, named.next_minor) == (SECOND, 50_000)
    gone = choices_of(PLAN, outstanding_minor=100_000, other_from_minor=None, row_id=new_id())
    with pytest.raises(NothingToPay):
        amount_of(gone, wanted="next", typed_minor=0)


def test_no_more_is_asked_for_than_is_outstanding() -> None:
    assert choices(20_000).next_minor == 20_000
    assert choices(20_000).full_minor == 20_000


@pytest.mark.parametrize("outstanding_minor", [0, -1])
@pytest.mark.parametrize("wanted", ["full", "next", "other"])
def test_nothing_can_be_paid_when_nothing_is_owed(outstanding_minor: int, wanted: Wanted) -> None:
    with pytest.raises(NothingToPay) as refusal:
        amount_of(choices(outstanding_minor), wanted=wanted, typed_minor=1)
    assert refusal.value.field == "/wanted"


@pytest.mark.parametrize("typed", [-1, 0, 99, 100_001])
def test_another_amount_lies_between_the_minimum_and_what_is_outstanding(typed: int) -> None:
    with pytest.raises(AmountOutOfRange) as refusal:
        amount_of(choices(), wanted="other", typed_minor=typed)
    assert (refusal.value.lowest_minor, refusal.value.highest_minor, refusal.value.field) == (
        100,
        100_000,
        "/amount",
    )


def test_a_rest_below_the_minimum_may_be_paid_whole() -> None:
    rest = choices(70, other_from_minor=100)
    assert amount_of(rest, wanted="other", typed_minor=70) == 70
    with pytest.raises(AmountOutOfRange):
        amount_of(rest, wanted="other", typed_minor=69)


def test_another_amount_is_the_operators_choice() -> None:
    with pytest.raises(OtherAmountNotOffered):
        amount_of(choices(other_from_minor=None), wanted="other", typed_minor=500)


@pytest.mark.parametrize(
    ("amount", "expected"), [(30_000, "next"), (100_000, "full"), (777, "other"), (99, None)]
)
def test_a_retry_knows_what_it_was(amount: int, expected: Wanted | None) -> None:
    assert choices().wanted_for(amount) == expected


def test_a_partial_cover_names_the_whole_row() -> None:
    reach = reach_of(PLAN, amount_minor=40_000)
    assert [(cover.row_id, cover.row_minor, cover.amount_minor) for cover in reach.covers] == [
        (FIRST.id, 30_000, 30_000),
        (SECOND.id, 50_000, 10_000),
    ]
    assert reach_of(PLAN, amount_minor=40_000, first=SECOND.id).row_ids == {SECOND.id}


@given(PLANS, AMOUNTS)
def test_a_cover_is_what_the_money_will_close(plan: list[PlanRow], amount: int) -> None:
    reach = reach_of(plan, amount_minor=amount)
    assert reach.amount_minor == amount
    closes = allocate(plan, amount_minor=amount, covered_ids=reach.row_ids)
    assert [(one.row_id, one.amount_minor) for one in closes.closes] == [
        (cover.row_id, cover.amount_minor) for cover in reach.covers
    ]
    assert closes.surplus_minor == reach.unplanned_minor


@given(PLANS, st.integers(-(10**9), 10**9), st.none() | AMOUNTS, st.integers(-5, 2 * 10**9))
def test_whatever_is_chosen_is_owed(
    plan: list[PlanRow], outstanding: int, least: int | None, typed: int
) -> None:
    offered = choices_of(plan, outstanding_minor=outstanding, other_from_minor=least)
    wanted: Wanted
    for wanted in ("full", "next", "other"):
        try:
            amount = amount_of(offered, wanted=wanted, typed_minor=typed)
        except (NothingToPay, OtherAmountNotOffered, AmountOutOfRange):
            continue
        assert 0 < amount <= outstanding


@given(PLANS, AMOUNTS, st.data())
def test_two_payments_that_may_go_on_together_never_pay_anything_twice(
    plan: list[PlanRow], outstanding: int, data: st.DataObject
) -> None:
    payments = [row.id for row in plan if row.is_open and row.kind == "payment"]
    first, second = (
        reach_of(
            plan,
            amount_minor=data.draw(st.integers(1, outstanding)),
            first=data.draw(st.sampled_from([None, *payments])),
        )
        for _ in range(2)
    )
    held = holds_back(first, new=second, outstanding_minor=outstanding)
    assert held == holds_back(second, new=first, outstanding_minor=outstanding)
    if not held:
        assert not first.row_ids & second.row_ids
        assert first.amount_minor + second.amount_minor <= outstanding


def test_what_no_row_plans_is_paid_by_one_at_a_time() -> None:
    unplanned = Reach(covers=(), unplanned_minor=10)
    assert holds_back(unplanned, new=unplanned, outstanding_minor=1_000)
    planned = reach_of([FIRST], amount_minor=30_000)
    assert not holds_back(planned, new=unplanned, outstanding_minor=40_000)
    assert holds_back(planned, new=unplanned, outstanding_minor=30_009)
