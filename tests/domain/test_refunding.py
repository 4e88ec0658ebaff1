"""Which payments bear a refund: the fewest, then the newest, never more than is left; over random payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.payment_machine import State
from fareledger.domain.refunding import Bearer, Told, spread_refund, told_of_part

START = datetime(2026, 3, 2, tzinfo=UTC)


def payments(*left: tuple[int, int]) -> list[Bearer]:
    """Payments of so much, of which so much is taken, one a day."""
    return [
        Bearer(
            payment_id=UUID(int=day),
            captured_minor=captured,
            taken_minor=taken,
            captured_at=START + timedelta(day),
        )
        for day, (captured, taken) in enumerate(left)
    ]


def test_one_payment_bears_it_alone_and_the_newest_that_can() -> None:
    spread = spread_refund(payments((500, 0), (300, 0), (900, 0), (100, 0)), amount_minor=300)
    assert [(share.payment_id.int, share.amount_minor) for share in spread.shares] == [(2, 300)]


def test_the_largest_first_when_one_is_not_enough() -> None:
    spread = spread_refund(payments((500, 0), (300, 0), (600, 100), (100, 0)), amount_minor=900)
    assert [(share.payment_id.int, share.amount_minor) for share in spread.shares] == [(2, 500), (0, 400)]


def test_what_nobody_can_bear_is_the_rest() -> None:
    spread = spread_refund(payments((500, 450)), amount_minor=80)
    assert (spread.online_minor, spread.rest_minor) == (50, 30)
    assert spread_refund(payments((500, 0)), amount_minor=80, most_minor=20).rest_minor == 60


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 60)), max_size=6),
    st.integers(1, 200),
    st.none() | st.integers(-10, 200),
)
def test_never_above_what_is_left_and_in_the_fewest_parts(
    left: list[tuple[int, int]], amount: int, most: int | None
) -> None:
    bearers = payments(*left)
    spread = spread_refund(bearers, amount_minor=amount, most_minor=most)
    by_id = {one.payment_id: one.refundable_minor for one in bearers}
    assert spread.online_minor + spread.rest_minor == amount
    assert all(0 < share.amount_minor <= by_id[share.payment_id] for share in spread.shares)
    assert len({share.payment_id for share in spread.shares}) == len(spread.shares)
    able = min(amount, sum(by_id.values()), amount if most is None else max(0, most))
    assert spread.online_minor == able
    fewest = next(
        size for size in range(len(bearers) + 1)
        if any(sum(by_id[one.payment_id] for one in some) >= able for some in combinations(bearers, size))
    )  # fmt: skip
    assert len(spread.shares) == fewest


@pytest.mark.parametrize(
    ("state", "told", "after"),
    [
        (State.INTENDED, "pending", State.PROCESSING),
        (State.UNKNOWN, "succeeded", State.SUCCEEDED),
        (State.PROCESSING, "failed", State.FAILED),
        (State.SUCCEEDED, "failed", State.FAILED),
        (State.SUCCEEDED, "pending", State.SUCCEEDED),
        (State.FAILED, "succeeded", State.SUCCEEDED),
        (State.PROCESSING, "pending", State.PROCESSING),
    ],
)
def test_what_the_provider_tells_moves_a_part(state: State, told: Told, after: State) -> None:
    assert told_of_part(state, told=told) is after


def test_an_instrument_that_sent_money_back_bears_only_what_the_others_cannot() -> None:
    fresh, other, third = payments((100, 0), (100, 0), (500, 0))
    refused = replace(third, refused=True)
    spread = spread_refund([refused, fresh, other], amount_minor=150)
    assert {share.payment_id for share in spread.shares} == {fresh.payment_id, other.payment_id}
    spread = spread_refund([refused, fresh], amount_minor=150)
    assert [(share.payment_id, share.amount_minor) for share in spread.shares] == [
        (fresh.payment_id, 100),
        (refused.payment_id, 50),
    ]
    assert spread_refund([refused, fresh], amount_minor=700).rest_minor == 100
