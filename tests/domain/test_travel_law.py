"""What the law says to a change: every notice at its edge, and none where nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fareledger.domain.travel_law import LawNotice, TripTerms, law_notices, rise_percent
from tests.domain.rows import TODAY, in_days

TRIP = TripTerms(
    price_minor=100_000, start_date=in_days(90), end_date=in_days(97), cancelled=False, refund_minor=0
)


def codes(before: TripTerms, /, **after: object) -> list[str]:
    changed = replace(before, **after)  # type: ignore[arg-type]  # builder
    return [notice.code for notice in law_notices(before, after=changed, today=TODAY)]


@pytest.mark.parametrize(
    ("price_minor", "wanted"),
    [
        (99_999, []),
        (100_000, []),
        (100_001, []),
        (108_000, []),
        (108_001, ["price_rise_above_limit"]),
        (200_000, ["price_rise_above_limit"]),
    ],
)
def test_a_rise_above_eight_percent_gives_the_traveller_a_choice(price_minor: int, wanted: list[str]) -> None:
    assert codes(TRIP, price_minor=price_minor) == wanted


@pytest.mark.parametrize(
    ("days", "wanted"), [(21, []), (20, ["price_rise_too_late"]), (0, ["price_rise_too_late"])]
)
def test_a_rise_shortly_before_the_start_comes_too_late(days: int, wanted: list[str]) -> None:
    near = replace(TRIP, start_date=in_days(days), end_date=in_days(days + 7))
    assert codes(near, price_minor=100_001) == wanted
    assert codes(near, price_minor=99_999) == []


def test_the_earlier_start_counts_when_a_trip_is_moved() -> None:
    near = replace(TRIP, start_date=in_days(10))
    assert codes(near, start_date=in_days(90), price_minor=100_001) == ["price_rise_too_late", "dates_moved"]
    assert codes(TRIP, start_date=in_days(10), price_minor=100_001) == ["price_rise_too_late", "dates_moved"]


def test_other_dates_need_consent() -> None:
    assert codes(TRIP, end_date=in_days(98)) == ["dates_moved"]
    assert codes(TRIP, start_date=in_days(89)) == ["dates_moved"]


def test_a_termination_starts_the_clock_of_a_refund() -> None:
    ended = replace(TRIP, cancelled=True, refund_minor=1)
    assert law_notices(TRIP, after=ended, today=TODAY) == (
        LawNotice(code="refund_deadline", by=TODAY + timedelta(days=14)),
    )
    assert codes(TRIP, cancelled=True) == []
    assert codes(ended, refund_minor=2) == [], "the clock started when it ended"


def test_a_trip_that_lives_again_was_nothing_to_hold_the_operator_to() -> None:
    ended = replace(TRIP, cancelled=True, price_minor=10_000)
    assert codes(ended, cancelled=False, price_minor=100_000) == []


def test_the_rise_is_told_in_percent_never_less_than_it_is() -> None:
    assert rise_percent(100_000, to_minor=108_001) == Decimal("8.1")
    assert rise_percent(651_600, to_minor=684_000) == Decimal("5.0")
    assert rise_percent(0, to_minor=1) is None
    assert codes(replace(TRIP, price_minor=0), price_minor=1) == ["price_rise_above_limit"]
