"""Payouts: whether they add up, and which payment a line belongs to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fareledger.domain.identity import new_id
from fareledger.domain.settlement import (
    Candidate,
    Excepted,
    Matched,
    PayoutLine,
    PayoutTotals,
    check_equation,
    match,
)

LINES = (
    PayoutLine(provider_reference="pay_1", currency="EUR", gross_minor=10000, fee_minor=170, net_minor=9830),
    PayoutLine(provider_reference="pay_2", currency="EUR", gross_minor=5000, fee_minor=95, net_minor=4905),
    PayoutLine(
        provider_reference="re_1",
        currency="EUR",
        gross_minor=-2000,
        fee_minor=0,
        net_minor=-2000,
        kind="refund",
    ),
    PayoutLine(
        provider_reference="dp_1",
        currency="EUR",
        gross_minor=-1000,
        fee_minor=1500,
        net_minor=-2500,
        kind="chargeback",
    ),
    PayoutLine(
        provider_reference="adj",
        currency="EUR",
        gross_minor=-10,
        fee_minor=0,
        net_minor=-10,
        kind="adjustment",
    ),
)
PAYOUT = PayoutTotals(
    currency="EUR",
    gross_minor=15000,
    fees_minor=1765,
    refunds_minor=2000,
    chargebacks_minor=1000,
    adjustments_minor=-10,
    deposit_minor=10225,
    line_count=5,
)


def test_a_payout_that_adds_up_has_no_problems() -> None:
    assert check_equation(PAYOUT, lines=LINES) == ()


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"gross_minor": 15001}, ["equation", "gross"]),
        ({"fees_minor": 1764}, ["equation", "fees"]),
        ({"refunds_minor": 0}, ["equation", "refunds"]),
        ({"chargebacks_minor": 1001}, ["equation", "chargebacks"]),
        ({"adjustments_minor": 10}, ["equation", "adjustments"]),
        ({"deposit_minor": 10226}, ["equation", "deposit"]),
        ({"line_count": 6}, ["line_count"]),
        ({"currency": "USD"}, ["line_currency"] * 5),
    ],
)
def test_a_wrong_total_is_named(change: dict[str, Any], codes: list[str]) -> None:
    assert [problem.code for problem in check_equation(replace(PAYOUT, **change), lines=LINES)] == codes


def test_a_truncated_payout_is_noticed() -> None:
    problems = check_equation(PAYOUT, lines=LINES[:-1])
    assert [problem.code for problem in problems] == ["line_count", "deposit", "adjustments"]


def test_a_line_that_does_not_add_up_is_named_by_its_place() -> None:
    altered = (LINES[0], replace(LINES[1], fee_minor=96), *LINES[2:])
    assert [(problem.code, problem.line) for problem in check_equation(PAYOUT, lines=altered)] == [
        ("fees", None),
        ("line_net", 1),
    ]


def test_lines_altered_so_that_the_deposit_stays_are_noticed() -> None:
    shifted = (replace(LINES[0], gross_minor=9990, fee_minor=160), *LINES[1:])
    assert [problem.code for problem in check_equation(PAYOUT, lines=shifted)] == ["gross", "fees"]


def test_a_payment_line_with_the_wrong_sign_is_noticed() -> None:
    turned = replace(LINES[0], gross_minor=-10000, net_minor=-10170)
    assert "line_sign" in [problem.code for problem in check_equation(PAYOUT, lines=(turned, *LINES[1:]))]


PAYMENT = Candidate(
    payment_id=new_id(), provider_reference="pay_1", currency="EUR", amount_minor=10000, settled=False
)
OTHER = replace(PAYMENT, payment_id=new_id(), provider_reference="pay_9")


def test_a_line_belongs_to_the_payment_with_its_reference_amount_and_currency() -> None:
    assert match(LINES[0], candidates=[OTHER, PAYMENT]) == Matched(payment_id=PAYMENT.payment_id)


@pytest.mark.parametrize(
    ("line", "candidates", "reason"),
    [
        (LINES[0], [], "no_payment"),
        (LINES[0], [OTHER], "no_payment"),
        (LINES[0], [PAYMENT, replace(PAYMENT, payment_id=new_id())], "several_payments"),
        (LINES[0], [replace(PAYMENT, currency="USD")], "currency_differs"),
        (LINES[0], [replace(PAYMENT, amount_minor=9999)], "amount_differs"),
        (LINES[0], [replace(PAYMENT, settled=True)], "already_settled"),
        (LINES[2], [replace(PAYMENT, provider_reference="re_1")], "no_payment"),
        (LINES[3], [replace(PAYMENT, provider_reference="dp_1")], "not_a_payment"),
    ],
)
def test_any_doubt_goes_to_a_person_with_the_reason(
    line: PayoutLine, candidates: list[Candidate], reason: str
) -> None:
    excepted = match(line, candidates=candidates)
    assert isinstance(excepted, Excepted)
    assert excepted.reason == reason
