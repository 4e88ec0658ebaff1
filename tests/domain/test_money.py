"""Money: whole minor units of one real currency, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from operator import add, ge, gt, le, lt, sub
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.money import (
    MAX_MINOR,
    AmountOverflow,
    CurrencyMismatch,
    Money,
    UnknownCurrency,
    exponent,
    is_currency,
    percent_of,
)


@pytest.mark.parametrize("amount", [True, False, 1.0, Decimal(1), "1", None])
def test_only_an_int_is_an_amount(amount: Any) -> None:
    with pytest.raises(TypeError):
        Money(amount, "EUR")


@pytest.mark.parametrize(
    ("code", "decimals"), [("EUR", 2), ("GBP", 2), ("USD", 2), ("JPY", 0), ("KWD", 3), ("ISK", 0), ("XOF", 0)]
)
def test_a_currency_has_its_decimals(code: str, decimals: int) -> None:
    assert is_currency(code)
    assert exponent(code) == decimals


@pytest.mark.parametrize(
    "code",
    ["XXX", "XTS", "XAU", "XDR", "CLF", "USN", "CHE", "DEM", "HRK", "eur", "EURO", "", "EU", "€", None, 978],
)
def test_what_nobody_is_paid_in_is_no_currency(code: Any) -> None:
    assert not is_currency(code)
    with pytest.raises(UnknownCurrency):
        exponent(code)
    with pytest.raises(UnknownCurrency):
        Money(1, code)


@pytest.mark.parametrize("operation", [add, sub, lt, le, gt, ge])
def test_two_currencies_never_meet(operation: Any) -> None:
    with pytest.raises(CurrencyMismatch):
        operation(Money(1, "EUR"), Money(1, "USD"))
    with pytest.raises(TypeError):
        operation(Money(1, "EUR"), 1)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_money_adds_and_orders_like_its_amounts(left: int, right: int) -> None:
    one, two = Money(left, "JPY"), Money(right, "JPY")
    assert (one + two).amount_minor == left + right
    assert (one - two).amount_minor == left - right
    assert (-one).amount_minor == -left
    assert [one < two, one <= two, one > two, one >= two] == [
        left < right,
        left <= right,
        left > right,
        left >= right,
    ]


def test_an_amount_beyond_the_bound_is_refused() -> None:
    assert Money(MAX_MINOR, "EUR").amount_minor == MAX_MINOR
    for amount in (MAX_MINOR + 1, -MAX_MINOR - 1):
        with pytest.raises(AmountOverflow):
            Money(amount, "EUR")
    with pytest.raises(AmountOverflow):
        Money(MAX_MINOR, "EUR") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("amount", "percent", "share"),
    [
        (10001, "33.3", 3330),
        (99, "50", 50),
        (1, "50", 1),
        (1, "49.9999", 0),
        (12345, "12.5", 1543),
        (1318762, "10", 131876),
        (0, "30", 0),
        (MAX_MINOR, "100", MAX_MINOR),
        (MAX_MINOR - 1, "33.3333", 333333000000000),
    ],
)
def test_a_percentage_rounds_half_up(amount: int, percent: str, share: int) -> None:
    assert percent_of(amount, percent=Decimal(percent)) == share


@given(st.integers(0, MAX_MINOR), st.decimals("0.0001", "100", places=4))
def test_a_percentage_is_off_by_half_a_unit_at_most(amount: int, percent: Decimal) -> None:
    exact = Fraction(amount) * Fraction(percent) / 100
    assert Fraction(-1, 2) < percent_of(amount, percent=percent) - exact <= Fraction(1, 2)
