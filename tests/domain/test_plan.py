"""The first plan of a booking, and the terms it is made by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.money import MAX_MINOR
from fareledger.domain.plan import InvalidTerms, Terms, plan_booking
from tests.domain.vectors import day, load

BOOKED = date(2027, 1, 10)
START = date(2027, 6, 20)

PERCENTS = st.decimals("0.0001", "100", places=4)
TERMS = st.one_of(
    st.builds(Terms, down_payment_percent=PERCENTS, balance_due_days=st.integers(0, 730)),
    st.builds(Terms, down_payment_minor=st.integers(1, 10**9), balance_due_days=st.integers(0, 730)),
    st.builds(Terms, balance_due_days=st.integers(0, 730)),
)
DATES = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("case", load("plan"))
def test_the_plan_is_that_of_the_vectors(case: dict[str, Any]) -> None:
    rows = plan_booking(
        case["payable"],
        booked_on=day(case["booked_on"]),
        start_date=day(case["start_date"]),
        terms=Terms.from_json(case["terms"]),
    )
    got = [
        {
            "kind": row.kind,
            "amount": row.amount_minor,
            "due_date": row.due_date.isoformat(),
            "status": "open",
            "source": row.source,
        }
        for row in rows
    ]
    assert got == case["transactions"]


@pytest.mark.parametrize(
    ("payable", "fixed", "amounts"),
    [(100000, 25000, [25000, 75000]), (20000, 25000, [20000]), (25000, 25000, [25000])],
)
def test_a_fixed_down_payment_is_never_more_than_the_whole(
    payable: int, fixed: int, amounts: list[int]
) -> None:
    terms = Terms(down_payment_minor=fixed, balance_due_days=30)
    rows = plan_booking(payable, booked_on=BOOKED, start_date=START, terms=terms)
    assert [row.amount_minor for row in rows] == amounts
    assert rows[0].due_date == BOOKED


def test_nothing_to_pay_makes_no_rows() -> None:
    terms = Terms(down_payment_percent=Decimal(30), balance_due_days=30)
    assert plan_booking(0, booked_on=BOOKED, start_date=START, terms=terms) == ()


def test_the_whole_as_down_payment_leaves_no_balance() -> None:
    terms = Terms(down_payment_percent=Decimal(100), balance_due_days=30)
    rows = plan_booking(999, booked_on=BOOKED, start_date=START, terms=terms)
    assert [(row.amount_minor, row.due_date) for row in rows] == [(999, BOOKED)]


@given(st.integers(0, 10**12), DATES, DATES, TERMS)
def test_the_rows_add_up_and_none_is_due_before_the_booking(
    payable: int, booked_on: date, start_date: date, terms: Terms
) -> None:
    rows = plan_booking(payable, booked_on=booked_on, start_date=start_date, terms=terms)
    assert sum(row.amount_minor for row in rows) == payable
    assert len(rows) <= 2
    assert all(row.amount_minor > 0 and row.due_date >= booked_on for row in rows)
    assert [row.due_date for row in rows] == sorted({row.due_date for row in rows})


@given(TERMS)
def test_terms_survive_their_json_form(terms: Terms) -> None:
    assert Terms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "/balance_due_days"),
        ({"balance_due_days": -1}, "/balance_due_days"),
        ({"balance_due_days": 731}, "/balance_due_days"),
        ({"balance_due_days": 30.0}, "/balance_due_days"),
        ({"balance_due_days": "30"}, "/balance_due_days"),
        ({"balance_due_days": True}, "/balance_due_days"),
        ({"balance_due_days": None}, "/balance_due_days"),
        ({"balance_due_days": 30, "down_payment_percent": "0"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "-5"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "100.0001"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "33.33333"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": 33.3}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "NaN"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "Infinity"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "a third"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "3_0"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": " 30"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "٣٠"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "30\n"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": True}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_percent": "1e-9999999"}, "/down_payment_percent"),
        ({"balance_due_days": 30, "down_payment_minor": 0}, "/down_payment_minor"),
        ({"balance_due_days": 30, "down_payment_minor": 10.5}, "/down_payment_minor"),
        ({"balance_due_days": 30, "down_payment_minor": MAX_MINOR + 1}, "/down_payment_minor"),
        (
            {"balance_due_days": 30, "down_payment_minor": 5, "down_payment_percent": "5"},
            "/down_payment_minor",
        ),
        ({"balance_due_days": 30, "parts": 3}, "/parts"),
    ],
)
def test_terms_that_make_no_sense_are_refused_by_field(value: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidTerms) as refused:
        Terms.from_json(value)
    assert refused.value.field == field


def test_a_percentage_may_be_written_as_a_whole_number() -> None:
    terms = Terms.from_json({"balance_due_days": 30, "down_payment_percent": 30})
    assert terms.down_payment_percent == Decimal(30)
