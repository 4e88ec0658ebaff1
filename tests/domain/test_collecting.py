"""When an approved payment is announced, charged and charged again; and the states its collection goes through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.collecting import (
    Due,
    Event,
    Habits,
    ImpossibleMove,
    State,
    charge_day,
    last_good_day,
    last_month_to_warn_of,
    move,
    next_try,
    notice_day,
    promised_day,
    verdict_of,
    warning_day,
)

# One row a state, one column an event: where it leads, "=" for old news, "!" for impossible.
TABLE = """
                begun   submitted not_charged owner_wanted   card_useless try_later handed_over tried_again ended
waiting         waiting charging  !           !              needs_method !         with_staff  !           ended
charging        !       !         waiting     needs_customer needs_method retry     with_staff  !           ended
retry           waiting charging  !           !              needs_method !         with_staff  waiting     ended
needs_customer  waiting !         !           needs_customer needs_method !         !           !           ended
needs_method    waiting !         !           !              needs_method !         !           !           ended
with_staff      waiting !         !           !              !            !         with_staff  waiting     ended
ended           waiting =         =           =              =            =         =           !           =
"""
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
HABITS = st.builds(
    Habits,
    notice_days=st.integers(1, 30),
    retry_days=st.lists(st.integers(1, 30), max_size=5, unique=True).map(lambda days: tuple(sorted(days))),
)
STANDING = Due(
    open=True,
    agreed=True,
    card_usable=True,
    being_paid=False,
    amount_minor=300,
    left_minor=1000,
    charge_on=date(2027, 4, 12),
)


def expected() -> dict[tuple[State, Event], str]:
    head, *lines = TABLE.strip().splitlines()
    return {
        (State(line.split()[0]), Event(event)): cell
        for line in lines
        for event, cell in zip(head.split(), line.split()[1:], strict=True)
    }


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_edge_is_that_of_the_table(state: State, event: Event) -> None:
    cell = expected()[state, event]
    if cell == "!":
        with pytest.raises(ImpossibleMove):
            move(state, event=event)
    else:
        assert move(state, event=event) is (state if cell == "=" else State(cell))


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_money_is_only_asked_for_after_a_notice_or_a_try(events: list[Event]) -> None:
    state, before = State.WAITING, State.WAITING
    for event in events:
        try:
            before, state = state, move(state, event=event)
        except ImpossibleMove:
            continue
        if event is Event.SUBMITTED and before is not State.ENDED:
            assert (before, state) in {(one, State.CHARGING) for one in (State.WAITING, State.RETRY)}


def test_the_ladder_of_the_defaults() -> None:
    habits = Habits.from_json({})
    assert notice_day(date(2027, 4, 12), habits=habits) == date(2027, 4, 9)
    assert next_try(1, tried_on=date(2027, 4, 12), habits=habits) == date(2027, 4, 14)
    assert next_try(2, tried_on=date(2027, 4, 14), habits=habits) == date(2027, 4, 17)
    assert next_try(3, tried_on=date(2027, 4, 17), habits=habits) is None


def test_what_an_operator_keeps_is_read() -> None:
    habits = Habits.from_json({"retry_days": [1], "notice_days": 7})
    assert habits == Habits(notice_days=7, retry_days=(1,))
    assert next_try(1, tried_on=date(2028, 2, 28), habits=habits) == date(2028, 2, 29)
    assert Habits.from_json({"retry_days": []}).retry_days == ()


@given(DAYS, HABITS)
def test_tries_get_later_and_come_to_an_end(first: date, habits: Habits) -> None:
    day, tries = first, 0
    for days in habits.retry_days:
        tries += 1
        later = next_try(tries, tried_on=day, habits=habits)
        assert later == first + timedelta(days=days)
        day = later
    assert next_try(tries + 1, tried_on=day, habits=habits) is None


@given(DAYS, DAYS, DAYS, HABITS)
def test_no_charge_without_a_notice_on_an_earlier_day(
    due: date, earliest: date, told_on: date, habits: Habits
) -> None:
    charge_on = charge_day(due, earliest=earliest)
    promised = promised_day(charge_on, told_on=told_on)
    assert promised >= due
    assert promised >= earliest
    assert promised > told_on
    if told_on <= notice_day(charge_on, habits=habits):
        assert promised == charge_on


def test_leap_days_and_turns_of_the_year() -> None:
    assert notice_day(date(2028, 3, 1), habits=Habits()) == date(2028, 2, 27)
    assert notice_day(date(2027, 1, 2), habits=Habits()) == date(2026, 12, 30)
    assert last_good_day("2028-02") == date(2028, 2, 29)
    assert warning_day(date(2028, 3, 31)) == date(2028, 2, 29)
    assert warning_day(date(2027, 1, 31)) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        # Half past eleven in the evening west of everybody is tomorrow in UTC.
        ("America/Anchorage", datetime(2027, 1, 12, 8, 30, tzinfo=UTC), date(2027, 1, 11)),
        ("Europe/London", datetime(2027, 3, 28, 0, 30, tzinfo=UTC), date(2027, 3, 28)),
        ("Europe/London", datetime(2027, 3, 28, 23, 30, tzinfo=UTC), date(2027, 3, 29)),
        ("Pacific/Kiritimati", datetime(2027, 1, 11, 10, 0, tzinfo=UTC), date(2027, 1, 12)),
    ],
)
def test_days_are_those_of_the_operator(zone: str, moment: datetime, day: date) -> None:
    today = moment.astimezone(ZoneInfo(zone)).date()
    assert today == day
    due = Due(**{**{name: getattr(STANDING, name) for name in STANDING.__slots__}, "charge_on": day})
    assert verdict_of(due, today=today) == "charge"
    assert verdict_of(due, today=today - timedelta(days=1)) == "not_yet"


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [
        ({}, "charge"),
        ({"open": False}, "not_agreed"),
        ({"agreed": False}, "not_agreed"),
        ({"being_paid": True}, "being_paid"),
        ({"charge_on": date(2027, 4, 13)}, "not_yet"),
        ({"card_usable": False}, "card_gone"),
        ({"left_minor": 299}, "too_much"),
        ({"left_minor": 300}, "charge"),
    ],
)
def test_only_what_is_agreed_to_and_due_is_charged(difference: dict[str, object], verdict: str) -> None:
    standing = {name: getattr(STANDING, name) for name in STANDING.__slots__}
    assert verdict_of(Due(**{**standing, **difference}), today=date(2027, 4, 12)) == verdict


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2028, 3, 29), "2028-03"),
        (date(2028, 3, 30), "2028-04"),
        (date(2028, 1, 28), "2028-01"),
        (date(2028, 1, 29), "2028-02"),
        (date(2028, 1, 31), "2028-02"),
        (date(2028, 2, 29), "2028-03"),
        (date(2028, 12, 30), "2028-12"),
        (date(2028, 12, 31), "2029-01"),
    ],
)
def test_the_cards_that_are_spoken_of(today: date, month: str) -> None:
    assert last_month_to_warn_of(today) == month


def test_no_card_is_missed_and_none_comes_early() -> None:
    for offset in range(1500):
        day = date(2027, 1, 1) + timedelta(days=offset)
        for ahead in range(0, 100, 5):
            expires = f"{day + timedelta(days=ahead):%Y-%m}"
            assert (warning_day(last_good_day(expires)) <= day) == (expires <= last_month_to_warn_of(day))
