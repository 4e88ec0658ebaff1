"""The figures of a booking: every step of the vectors, and identities that hold for any plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.figures import PlanRow, figures_of
from fareledger.domain.identity import new_id
from tests.domain.rows import AMOUNTS, PLANS, row
from tests.domain.vectors import day, load

STEPS = [
    pytest.param(step["then"], id=f"{story['name']}: {step['do']}")
    for story in load("billing")
    for step in story["steps"]
]


@pytest.mark.parametrize("then", STEPS)
def test_the_figures_are_those_of_the_vectors(then: dict[str, Any]) -> None:
    rows = [
        PlanRow(
            id=new_id(),
            kind=each["kind"],
            status=each["status"],
            amount_minor=each["amount"],
            due_date=day(each["due_date"]),
            source=each["source"],
        )
        for each in then["transactions"]
    ]
    figures = figures_of(rows, sales_price_minor=then["payable"] + 500, non_payable_minor=500)
    got = {
        "payable": figures.payable_minor,
        "total_payments": figures.paid_minor,
        "total_refunds": figures.refunded_minor,
        "outstanding": figures.outstanding_minor,
        "unplanned": figures.unplanned_minor,
        "status": figures.status,
    }
    assert got == {name: then[name] for name in got}


@pytest.mark.parametrize(
    ("paid", "refunded", "payable", "status", "refund_due"),
    [
        (0, 0, 1000, "unpaid", False),
        (1, 0, 1000, "partially_paid", False),
        (999, 0, 1000, "partially_paid", False),
        (1000, 0, 1000, "paid", False),
        (1001, 0, 1000, "paid", True),
        (1000, 200, 800, "paid", False),
        (1000, 200, 1000, "partially_paid", False),
        (1000, 1000, 1000, "unpaid", False),
        (0, 0, 0, "paid", False),
        (100, 0, 0, "paid", True),
    ],
)
def test_the_status_follows_from_money_that_moved(
    paid: int, refunded: int, payable: int, status: str, refund_due: bool
) -> None:
    rows = [
        row("payment", amount_minor=paid, status="closed"),
        row("refund", amount_minor=refunded, status="closed"),
    ]
    figures = figures_of(rows, sales_price_minor=payable, non_payable_minor=0)
    assert (figures.status, figures.refund_due) == (status, refund_due)


def test_refunds_through_a_provider_have_a_figure_of_their_own() -> None:
    rows = [
        row("payment", amount_minor=1000, status="closed", online=True),
        row("payment", amount_minor=50, status="closed"),
        row("refund", amount_minor=200, status="closed", online=True),
        row("refund", amount_minor=30, status="closed"),
    ]
    figures = figures_of(rows, sales_price_minor=820, non_payable_minor=0)
    assert (figures.paid_minor, figures.refunded_online_minor, figures.refunded_offline_minor) == (
        1050,
        200,
        30,
    )


def test_a_deleted_row_counts_for_nothing() -> None:
    figures = figures_of(
        [row("payment", amount_minor=1000, status="deleted")], sales_price_minor=1000, non_payable_minor=0
    )
    assert figures.unplanned_minor == 1000


@given(PLANS, st.just(0) | AMOUNTS, st.just(0) | AMOUNTS)
def test_the_figures_agree_with_each_other(rows: list[PlanRow], sales: int, non_payable: int) -> None:
    f = figures_of(rows, sales_price_minor=sales, non_payable_minor=non_payable)
    assert f.payable_minor == sales - non_payable
    assert f.refunded_minor == f.refunded_offline_minor + f.refunded_online_minor
    assert f.outstanding_minor == f.payable_minor - f.paid_minor + f.refunded_minor
    assert f.unplanned_minor == f.outstanding_minor - f.open_payments_minor + f.open_refunds_minor
    assert f.refund_due == (f.outstanding_minor < 0)
    assert (f.status == "paid") == (f.outstanding_minor <= 0)
