"""Reversals: the mirror of an entry, what counts in the figures, and what the trust bank keeps after the travel."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.figures import Figures, PlanRow, figures_of
from fareledger.domain.identity import new_id
from fareledger.domain.ledger import (
    Account,
    InvalidPosting,
    Posting,
    booking_sold,
    payment_received,
    payment_reversed,
    refund_paid,
    refund_reversed,
)
from fareledger.domain.protection import given_by_trust, kept_by_trust, owed
from tests.domain.rows import AMOUNTS

MINOR = st.integers(min_value=0, max_value=10**9)


def row(**differences: object) -> PlanRow:
    plain = PlanRow(
        id=new_id(), kind="payment", status="closed", amount_minor=30_000, due_date=date(2027, 1, 1)
    )
    return replace(plain, **differences)  # type: ignore[arg-type]  # builder


def seen(rows: list[PlanRow], /) -> Figures:
    return figures_of(rows, sales_price_minor=100_000, non_payable_minor=0)


def in_bank(amount_minor: int, /, *, kind: str = "payment") -> Posting:
    make = payment_received if kind == "payment" else refund_paid
    more = {"online": False} if kind == "payment" else {}
    made = make(amount_minor, currency="EUR", policy="full", travel_completed=False, **more)
    assert isinstance(made, Posting)
    return made


@pytest.mark.parametrize("kind", ["payment", "refund"])
def test_a_row_and_its_reversal_leave_the_figures_as_they_were(kind: str) -> None:
    before = [row(amount_minor=70_000), row(kind="refund", amount_minor=5_000)]
    mistaken = row(kind=kind, amount_minor=12_345)
    after = [*before, mistaken, row(kind=kind, amount_minor=12_345, reversal=True)]
    assert seen(after) == seen(before)
    assert seen([*before, mistaken]) != seen(before)


@given(amount=AMOUNTS, kind=st.sampled_from(["payment", "refund"]))
def test_before_the_end_of_travel_the_reversal_is_the_exact_mirror(amount: int, kind: str) -> None:
    original = in_bank(amount, kind=kind)
    mirrored = (payment_reversed if kind == "payment" else refund_reversed)(original)
    both: Counter[Account] = Counter()
    for line in (*original.lines, *mirrored.lines):
        both[line.account] += line.signed_minor
    assert set(both.values()) == {0}


def test_only_money_in_a_bank_is_reversed_and_by_its_own_kind() -> None:
    online = payment_received(100, currency="EUR", online=True, policy="full", travel_completed=False)
    sold = booking_sold(100, currency="EUR")
    assert online
    assert sold
    for wrong in (online, sold, in_bank(100, kind="refund")):
        with pytest.raises(InvalidPosting):
            payment_reversed(wrong)
    for share in (-1, 101):
        with pytest.raises(InvalidPosting):
            payment_reversed(in_bank(100), from_trust_minor=share)


@given(amount=AMOUNTS, owed_before=MINOR, received_later=MINOR)
def test_after_a_payment_is_reversed_the_trust_holds_what_is_owed_and_no_more(
    amount: int, owed_before: int, received_later: int
) -> None:
    """What is owed was left in trust by the release; money that came later went to the operator's own bank."""
    balances = {
        Account.CUSTOMER_RECEIVABLE: -owed_before - received_later,
        Account.PROTECTED_BANK: owed_before,
    }
    given_minor = given_by_trust(balances, amount_minor=amount)
    left = owed_before - given_minor
    assert 0 <= given_minor <= amount
    assert left <= owed(balances, change_minor=amount)
    assert left == min(owed_before, owed(balances, change_minor=amount))


@given(amount=AMOUNTS, outstanding=st.integers(min_value=-(10**9), max_value=10**9))
def test_after_a_refund_is_reversed_the_trust_keeps_what_is_owed_of_it(amount: int, outstanding: int) -> None:
    balances = {Account.CUSTOMER_RECEIVABLE: outstanding, Account.PROTECTED_BANK: max(0, -outstanding)}
    kept = kept_by_trust(balances, amount_minor=amount)
    assert max(0, -outstanding) + kept == max(0, amount - outstanding)
