"""Ledger entries: the worked examples of the documentation, and that no movement can be unbalanced."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.ledger import (
    Account,
    EntryKind,
    InvalidPosting,
    Line,
    Posting,
    booking_sold,
    payment_received,
    payment_settled,
    protection_released,
    refund_paid,
    revenue_recognised,
    sale_changed,
)
from fareledger.domain.money import MAX_MINOR
from fareledger.domain.protection import Policy, Release, held, released_amounts
from tests.domain.ledger_examples import Example, chart, examples, movements
from tests.domain.rows import AMOUNTS

EXAMPLES = examples()
POLICIES = st.sampled_from(["none", "full"])
MAYBE = st.just(0) | AMOUNTS


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_entry_is_the_one_of_the_documentation(example: Example) -> None:
    posting = example.posting()
    assert [(line.account, line.signed_minor) for line in posting.lines] == example.lines
    assert posting.kind.value == example.function().removeprefix("online_")


def test_the_documentation_shows_every_movement_and_account() -> None:
    assert {example.function() for example in EXAMPLES} == movements()
    assert {kind.value for kind in EntryKind} == {name.removeprefix("online_") for name in movements()}
    assert chart() == {account.value: account.normal_side for account in Account}


def test_the_figures_of_the_story_follow_from_its_entries() -> None:
    balances: Counter[Account] = Counter()
    story = [example for example in EXAMPLES if example.outstanding_minor is not None]
    assert len(story) == 8
    for example in story:
        for line in example.posting().lines:
            balances[line.account] += line.signed_minor
        assert balances[Account.CUSTOMER_RECEIVABLE] == example.outstanding_minor, example.title
        assert held(balances, policy="full") == example.held_minor, example.title
    left = {account: balance for account, balance in balances.items() if balance}
    assert left == {Account.OPERATING_BANK: 79490, Account.ACQUIRER_FEES: 510, Account.REVENUE: -80000}


def test_the_release_of_the_story_is_what_was_there() -> None:
    balances: Counter[Account] = Counter()
    for example in EXAMPLES:
        if example.function() == "protection_released":
            release = released_amounts(balances)
            assert protection_released(release, currency="EUR") == example.posting()
            return
        for line in example.posting().lines:
            balances[line.account] += line.signed_minor
    pytest.fail("the story has a release")


def test_the_database_gets_accounts_and_signed_amounts_side_by_side() -> None:
    posting = booking_sold(100, currency="EUR")
    assert posting is not None
    assert posting.accounts == ["customer_receivable", "contract_liability"]
    assert posting.signed_minor == [100, -100]


def test_nothing_moved_is_no_entry() -> None:
    assert booking_sold(0, currency="EUR") is None
    assert sale_changed(0, currency="EUR", travel_completed=False) is None
    assert payment_settled(0, fee_minor=0, currency="EUR", policy="full", travel_completed=False) is None
    nothing = Release(protected_bank_minor=0, top_up_minor=0)
    assert protection_released(nothing, currency="EUR") is None
    assert revenue_recognised(0, currency="EUR") is None


DEBIT = Line(Account.OPERATING_BANK, "debit", 100)
CREDIT = Line(Account.REVENUE, "credit", 100)


@pytest.mark.parametrize(
    ("lines", "currency"),
    [
        ((), "EUR"),
        ((DEBIT,), "EUR"),
        ((DEBIT, DEBIT), "EUR"),
        ((DEBIT, Line(Account.REVENUE, "credit", 99)), "EUR"),
        ((DEBIT, CREDIT), "XXX"),
    ],
)
def test_what_is_no_entry_is_refused(lines: tuple[Line, ...], currency: str) -> None:
    with pytest.raises(InvalidPosting):
        Posting(kind=EntryKind.SALE_CHANGED, currency=currency, lines=lines)


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, MAX_MINOR + 1])
def test_a_line_has_a_whole_positive_amount(amount: Any) -> None:
    with pytest.raises(InvalidPosting):
        Line(Account.REVENUE, "credit", amount)


def test_a_negative_magnitude_is_refused() -> None:
    with pytest.raises(InvalidPosting):
        booking_sold(-1, currency="EUR")
    with pytest.raises(InvalidPosting):
        payment_received(-1, currency="EUR", online=True, policy="full", travel_completed=False)
    with pytest.raises(InvalidPosting):
        refund_paid(-1, currency="EUR", policy="full", travel_completed=False)
    with pytest.raises(InvalidPosting):
        payment_settled(100, fee_minor=-1, currency="EUR", policy="full", travel_completed=False)
    with pytest.raises(InvalidPosting):
        revenue_recognised(-1, currency="EUR")


@given(MAYBE, MAYBE, POLICIES, st.booleans(), st.booleans())
def test_every_movement_balances_whatever_the_amounts(
    amount: int, fee: int, policy: Policy, completed: bool, online: bool
) -> None:
    postings = [
        booking_sold(amount, currency="JPY"),
        sale_changed(amount - fee, currency="JPY", travel_completed=completed),
        payment_received(amount, currency="JPY", online=online, policy=policy, travel_completed=completed),
        refund_paid(amount, currency="JPY", policy=policy, travel_completed=completed),
        payment_settled(amount, fee_minor=fee, currency="JPY", policy=policy, travel_completed=completed),
        protection_released(Release(protected_bank_minor=amount, top_up_minor=fee), currency="JPY"),
        revenue_recognised(amount, currency="JPY"),
    ]
    for posting in postings:
        if posting is not None:
            assert sum(posting.signed_minor) == 0
            assert len(set(posting.accounts)) == len(posting.lines) >= 2
            assert all(line.amount_minor > 0 for line in posting.lines)


@given(AMOUNTS, MAYBE, st.booleans())
def test_settling_never_changes_what_is_held(gross: int, fee: int, completed: bool) -> None:
    balances: Counter[Account] = Counter({Account.ACQUIRER_CLEARING: gross})
    settled = payment_settled(gross, fee_minor=fee, currency="EUR", policy="full", travel_completed=completed)
    assert settled is not None
    for line in settled.lines:
        balances[line.account] += line.signed_minor
    assert held(balances, policy="full") == (0 if completed else gross)
