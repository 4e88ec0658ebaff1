"""What is held on trust for a booking, and when it is free."""

from __future__ import annotations

from datetime import date

import pytest

from fareledger.domain.ledger import Account
from fareledger.domain.protection import Policy, Release, held, is_protected, release_due, released_amounts

BALANCES = {
    Account.PROTECTED_BANK: 9700,
    Account.PROTECTION_TOP_UP: 300,
    Account.ACQUIRER_CLEARING: 5000,
    Account.OPERATING_BANK: 111,
    Account.CUSTOMER_RECEIVABLE: 222,
}


@pytest.mark.parametrize(("policy", "amount"), [("full", 15000), ("none", 0)])
def test_money_on_its_way_is_held_too(policy: Policy, amount: int) -> None:
    assert held(BALANCES, policy=policy) == amount


def test_nothing_received_is_nothing_held() -> None:
    assert held({}, policy="full") == 0


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2027, 6, 27), False),
        (date(2027, 6, 28), False),
        (date(2027, 6, 29), True),
        (date(2028, 1, 1), True),
    ],
)
def test_money_is_free_the_day_after_the_last_day_of_travel(today: date, due: bool) -> None:
    assert release_due(date(2027, 6, 28), today=today) is due


def test_a_release_is_what_is_in_the_trust_bank_and_the_top_up() -> None:
    release = released_amounts(BALANCES)
    assert release == Release(protected_bank_minor=9700, top_up_minor=300)
    assert release.total_minor == 10000


@pytest.mark.parametrize(
    ("owed", "bank", "top_up"),
    [(0, 9700, 300), (1, 9699, 300), (9700, 0, 300), (9800, 0, 200), (10000, 0, 0), (10001, 0, 0)],
)
def test_what_is_owed_back_is_not_released(owed: int, bank: int, top_up: int) -> None:
    release = released_amounts({**BALANCES, Account.CUSTOMER_RECEIVABLE: -owed})
    assert release == Release(protected_bank_minor=bank, top_up_minor=top_up)


@pytest.mark.parametrize(
    ("policy", "completed", "protected"),
    [("full", False, True), ("full", True, False), ("none", False, False), ("none", True, False)],
)
def test_money_is_protected_until_the_travel_is_done(
    policy: Policy, completed: bool, protected: bool
) -> None:
    assert is_protected(policy, travel_completed=completed) is protected
