"""Which rows a received amount closes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.allocation import Allocation, Close, NothingReceived, allocate
from fareledger.domain.figures import PlanRow
from tests.domain.rows import AMOUNTS, PLANS, in_days, row

FIRST = row("payment", amount_minor=300, due=in_days(1))
SECOND = row("payment", amount_minor=700, due=in_days(30))
THIRD = row("payment", amount_minor=500, due=in_days(60))


def close(closed: PlanRow, *, at: int | None = None) -> Close:
    amount = closed.amount_minor if at is None else at
    return Close(row_id=closed.id, amount_minor=amount, remainder_minor=closed.amount_minor - amount)


@pytest.mark.parametrize(
    ("amount", "covered", "expected"),
    [
        pytest.param(
            700, [SECOND], Allocation(closes=(close(SECOND),), surplus_minor=0), id="exactly the chosen row"
        ),
        pytest.param(
            250,
            [SECOND],
            Allocation(closes=(close(SECOND, at=250),), surplus_minor=0),
            id="part of the chosen row",
        ),
        pytest.param(
            1000,
            [SECOND],
            Allocation(closes=(close(SECOND), close(FIRST)), surplus_minor=0),
            id="then what is due first",
        ),
        pytest.param(
            1100,
            [],
            Allocation(closes=(close(FIRST), close(SECOND), close(THIRD, at=100)), surplus_minor=0),
            id="by due date",
        ),
        pytest.param(
            1600,
            [],
            Allocation(closes=(close(FIRST), close(SECOND), close(THIRD)), surplus_minor=100),
            id="a surplus",
        ),
        pytest.param(
            800,
            [THIRD, FIRST],
            Allocation(closes=(close(FIRST), close(THIRD)), surplus_minor=0),
            id="two chosen rows",
        ),
    ],
)
def test_money_goes_where_the_customer_meant_it(
    amount: int, covered: list[PlanRow], expected: Allocation
) -> None:
    ids = [each.id for each in covered]
    assert allocate([THIRD, FIRST, SECOND], amount_minor=amount, covered_ids=ids) == expected


def test_a_row_that_was_closed_meanwhile_makes_a_surplus() -> None:
    closed = row("payment", amount_minor=400, status="closed")
    assert allocate([closed], amount_minor=400, covered_ids=[closed.id]) == Allocation(
        closes=(), surplus_minor=400
    )


def test_refunds_and_deleted_rows_take_no_payment() -> None:
    rows = [row("refund", amount_minor=400), row("payment", amount_minor=400, status="deleted")]
    assert allocate(rows, amount_minor=400, covered_ids=[each.id for each in rows]).surplus_minor == 400


@pytest.mark.parametrize("amount", [0, -1])
def test_what_is_no_money_is_refused(amount: int) -> None:
    with pytest.raises(NothingReceived):
        allocate([FIRST], amount_minor=amount, covered_ids=[])


@given(PLANS, AMOUNTS, st.data())
def test_not_a_unit_is_lost_or_made_up(rows: list[PlanRow], amount: int, data: st.DataObject) -> None:
    covered = data.draw(st.sets(st.sampled_from([each.id for each in rows]))) if rows else set()
    allocation = allocate(rows, amount_minor=amount, covered_ids=covered)
    by_id = {each.id: each for each in rows}
    assert sum(each.amount_minor for each in allocation.closes) + allocation.surplus_minor == amount
    assert len({each.row_id for each in allocation.closes}) == len(allocation.closes)
    for each in allocation.closes:
        closed = by_id[each.row_id]
        assert closed.is_open
        assert closed.kind == "payment"
        assert each.amount_minor > 0
        assert each.remainder_minor >= 0
        assert each.amount_minor + each.remainder_minor == closed.amount_minor
    assert sum(each.remainder_minor > 0 for each in allocation.closes) <= 1
    if allocation.surplus_minor:
        assert len(allocation.closes) == sum(each.is_open and each.kind == "payment" for each in rows)


@given(PLANS, AMOUNTS)
def test_the_order_of_rows_does_not_matter(rows: list[PlanRow], amount: int) -> None:
    there = allocate(rows, amount_minor=amount, covered_ids=[])
    back = allocate(list(reversed(rows)), amount_minor=amount, covered_ids=[])
    assert there == back
