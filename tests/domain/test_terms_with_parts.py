"""Terms with parts between the down payment and the balance: equal ones, and percentages with dates of their own."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.plan import InvalidTerms, PlannedRow, Share, Terms, plan_booking

BOOKED = date(2027, 1, 10)
START = date(2027, 6, 20)


def plan(
    payable: int, terms: Terms, /, *, booked: date = BOOKED, start: date = START
) -> list[tuple[int, str]]:
    return [(row.amount_minor, row.due_date.isoformat()) for row in rows(payable, terms, booked, start)]


def rows(payable: int, terms: Terms, booked: date = BOOKED, start: date = START, /) -> tuple[PlannedRow, ...]:
    return plan_booking(payable, booked_on=booked, start_date=start, terms=terms)


def quarters(*, instalments: int | None = None, **more: Any) -> Terms:
    return Terms(down_payment_percent=Decimal(25), balance_due_days=30, instalments=instalments, **more)


def share(percent: str, *, before: int | None = None, after: int | None = None) -> Share:
    return Share(percent=Decimal(percent), days_before_start=before, days_after_booking=after)


def test_equal_parts_are_spread_evenly_and_the_last_takes_the_remainder() -> None:
    assert plan(10001, quarters(instalments=3)) == [
        (2500, "2027-01-10"),
        (2500, "2027-02-22"),
        (2500, "2027-04-07"),
        (2501, "2027-05-21"),
    ]


def test_equal_parts_without_a_down_payment_start_after_the_booking() -> None:
    terms = Terms(balance_due_days=30, instalments=2)
    assert plan(1001, terms) == [(500, "2027-03-16"), (501, "2027-05-21")]


def test_equal_parts_of_a_fixed_down_payment_share_what_is_left() -> None:
    terms = Terms(down_payment_minor=400, balance_due_days=30, instalments=2)
    assert [amount for amount, _ in plan(1000, terms)] == [400, 300, 300]
    assert plan(300, terms) == [(300, "2027-01-10")]


def test_dated_percentages_come_between_the_down_payment_and_the_balance() -> None:
    terms = quarters(schedule=(share("25", after=30), share("25", before=90)))
    assert plan(100_001, terms) == [
        (25_000, "2027-01-10"),
        (25_000, "2027-02-09"),
        (25_000, "2027-03-22"),
        (25_001, "2027-05-21"),
    ]


def test_percentages_of_the_whole_leave_no_balance_and_the_last_takes_the_remainder() -> None:
    terms = Terms(
        down_payment_percent=Decimal("33.3"),
        balance_due_days=30,
        schedule=(share("33.4", before=60), share("33.3", before=90)),
    )
    assert plan(10_001, terms) == [(3330, "2027-01-10"), (3330, "2027-03-22"), (3341, "2027-04-21")]


def test_a_late_booking_takes_parts_that_have_passed_with_the_down_payment() -> None:
    terms = quarters(schedule=(share("25", before=120), share("25", before=90)))
    assert plan(1000, terms, booked=date(2027, 3, 1)) == [
        (500, "2027-03-01"),
        (250, "2027-03-22"),
        (250, "2027-05-21"),
    ]
    assert plan(1000, terms, booked=date(2027, 4, 1)) == [(750, "2027-04-01"), (250, "2027-05-21")]


def test_a_booking_after_the_day_of_the_balance_is_due_at_once() -> None:
    for terms in (quarters(instalments=4), quarters(schedule=(share("10", before=90),))):
        assert plan(1000, terms, booked=date(2027, 5, 21)) == [(1000, "2027-05-21")]


def test_equal_parts_that_do_not_fit_into_the_days_left_come_together() -> None:
    assert plan(1000, quarters(instalments=3), booked=date(2027, 5, 19)) == [
        (500, "2027-05-19"),
        (250, "2027-05-20"),
        (250, "2027-05-21"),
    ]
    assert plan(1000, quarters(instalments=3), booked=date(2027, 5, 20)) == [
        (750, "2027-05-20"),
        (250, "2027-05-21"),
    ]


def test_no_part_is_due_after_the_balance() -> None:
    terms = quarters(schedule=(share("25", after=200),))
    assert plan(1000, terms) == [(250, "2027-01-10"), (750, "2027-05-21")]


def test_amounts_without_decimals_and_with_three_are_exact() -> None:
    third = Terms(down_payment_percent=Decimal("33.3"), balance_due_days=30, instalments=7)
    for payable in (1, 2, 99, 101, 12_345, 1_000_001):
        assert sum(amount for amount, _ in plan(payable, third)) == payable


PERCENTS = st.decimals("0.0001", "30", places=4)
SHARES = st.one_of(
    st.builds(share, PERCENTS.map(str), before=st.integers(60, 730)),
    st.builds(share, PERCENTS.map(str), after=st.integers(0, 730)),
)
DOWN = st.one_of(
    st.just({}),
    st.builds(lambda percent: {"down_payment_percent": percent}, st.decimals("0.0001", "40", places=4)),
    st.builds(lambda amount: {"down_payment_minor": amount}, st.integers(1, 10**6)),
)
PARTS = st.one_of(
    st.builds(lambda number: {"instalments": number}, st.integers(2, 36)),
    st.builds(lambda shares: {"schedule": tuple(shares)}, st.lists(SHARES, max_size=2)),
)
TERMS = st.builds(
    lambda down, parts, days, invoice: Terms(**down, **parts, balance_due_days=days, invoice=invoice),
    DOWN,
    PARTS,
    st.integers(0, 60),
    st.booleans(),
)
DATES = st.dates(date(2024, 1, 1), date(2035, 12, 31))


@given(st.integers(0, 10**12), DATES, st.integers(-30, 800), TERMS)
def test_whatever_the_parts_the_rows_add_up_within_booking_and_balance(
    payable: int, booked_on: date, ahead: int, terms: Terms
) -> None:
    start = booked_on + timedelta(days=ahead)
    planned = rows(payable, terms, booked_on, start)
    days = [row.due_date for row in planned]
    assert sum(row.amount_minor for row in planned) == payable
    assert all(row.amount_minor > 0 for row in planned)
    assert days == sorted(set(days))
    last = max(booked_on, terms.balance_due(start))
    assert all(booked_on <= day <= last for day in days)


@given(st.integers(0, 10**12), DATES, st.integers(0, 800), TERMS)
def test_every_row_stands_on_the_day_of_the_part_it_names(
    payable: int, booked_on: date, ahead: int, terms: Terms
) -> None:
    start = booked_on + timedelta(days=ahead)
    for row in rows(payable, terms, booked_on, start):
        assert row.due_date == terms.part_due(row.part, booked_on=booked_on, start_date=start)


@given(TERMS)
def test_terms_with_parts_survive_their_json_form(terms: Terms) -> None:
    assert Terms.from_json(terms.to_json()) == terms


def test_terms_without_parts_are_written_as_they_always_were() -> None:
    assert Terms(balance_due_days=30).to_json() == {
        "down_payment_percent": None,
        "down_payment_minor": None,
        "balance_due_days": 30,
    }


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"instalments": 1}, "/instalments"),
        ({"instalments": 37}, "/instalments"),
        ({"instalments": True}, "/instalments"),
        ({"instalments": "3"}, "/instalments"),
        ({"instalments": 3, "schedule": [{"percent": "5", "days_before_start": 40}]}, "/schedule"),
        ({"schedule": "25"}, "/schedule"),
        ({"schedule": ["25"]}, "/schedule/0"),
        ({"schedule": [{"percent": "25"}]}, "/schedule/0"),
        ({"schedule": [{"days_before_start": 40}]}, "/schedule/0/percent"),
        ({"schedule": [{"percent": 2.5, "days_before_start": 40}]}, "/schedule/0/percent"),
        ({"schedule": [{"percent": "0", "days_before_start": 40}]}, "/schedule/0/percent"),
        (
            {"schedule": [{"percent": "25", "days_before_start": 40, "days_after_booking": 4}]},
            "/schedule/0",
        ),
        ({"schedule": [{"percent": "25", "days_before_start": 29}]}, "/schedule/0/days_before_start"),
        ({"schedule": [{"percent": "25", "days_before_start": "40"}]}, "/schedule/0/days_before_start"),
        ({"schedule": [{"percent": "25", "days_after_booking": -1}]}, "/schedule/0/days_after_booking"),
        ({"schedule": [{"percent": "25", "day": 3}]}, "/schedule/0/day"),
        ({"schedule": [{"percent": "60", "days_after_booking": 1}] * 2}, "/schedule"),
        ({"schedule": [{"percent": "1", "days_after_booking": 1}] * 37}, "/schedule"),
        ({"invoice": "yes"}, "/invoice"),
        ({"invoice": None}, "/invoice"),
    ],
)
def test_parts_that_make_no_sense_are_refused_by_field(more: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidTerms) as refused:
        Terms.from_json({"balance_due_days": 30, **more})
    assert refused.value.field == field
