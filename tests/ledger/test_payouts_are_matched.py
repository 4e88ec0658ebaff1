"""Payouts are stored whole or not at all, matched by reference, and posted once."""

from dataclasses import replace
from typing import Any

import pytest

from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.models import LedgerEntry, Payout, PayoutLine, ProviderAccount
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.show_payouts import list_payouts, show_payout
from tests.support.operators import new_operator
from tests.support.scripted_payouts import BROKEN_SEAL, line, paying_out
from tests.support.sold import Sold, paid_by_card, paid_to_the_bank, sold


def _balances(booking: Sold) -> dict[Account, int]:
    with operator_transaction(booking.operator.id):
        return balances(booking.operator.id, booking_id=booking.id)


def _settlements(operator: Operator) -> int:
    with operator_transaction(operator.id):
        return LedgerEntry.objects.filter(operator_id=operator.id, kind="payment_settled").count()


def _reasons(operator: Operator) -> list[tuple[str, str]]:
    with operator_transaction(operator.id):
        found = PayoutLine.objects.filter(operator_id=operator.id).order_by("position")
        return list(found.values_list("status", "reason"))


def test_fee_and_net_reach_the_booking_and_the_fee_is_topped_up(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pulled = pull_payouts(operator)
    assert (pulled.stored, pulled.matched, pulled.excepted, pulled.refused) == (1, 1, 0, ())
    assert _balances(booking) == {
        Account.CUSTOMER_RECEIVABLE: 70_000,
        Account.CONTRACT_LIABILITY: -100_000,
        Account.ACQUIRER_CLEARING: 0,
        Account.PROTECTED_BANK: 29_555,
        Account.ACQUIRER_FEES: 445,
        Account.PROTECTION_TOP_UP: 445,
        Account.TOP_UP_PAYABLE: -445,
    }


def test_without_protection_the_net_goes_to_the_operating_bank(db: None) -> None:
    operator = new_operator(protection_policy="none")
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pull_payouts(operator)
    found = _balances(booking)
    assert found[Account.OPERATING_BANK] == 29_555
    assert Account.PROTECTION_TOP_UP not in found


def test_pulling_twice_changes_nothing(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pull_payouts(operator)
    before = _balances(booking)
    _forget_the_cursor(operator)
    again = pull_payouts(operator)
    assert (again.stored, again.matched, again.excepted, again.refused) == (0, 0, 0, ())
    assert (_balances(booking), _settlements(operator)) == (before, 1)
    assert provider.asked_after == ["", ""]


def test_the_next_pull_asks_only_for_what_is_new(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000))
    pull_payouts(operator)
    pull_payouts(operator)
    assert provider.asked_after == ["", "po_1"]


@pytest.mark.parametrize(
    ("differences", "lines_kept", "code"),
    [
        ({}, 1, "line_count"),
        ({"deposit_minor": 1}, 2, "equation"),
        ({"gross_minor": 49_999, "fees_minor": 444}, 2, "gross"),
        ({"currency": "EUR"}, 2, "line_currency"),
    ],
    ids=["truncated", "another deposit", "altered, same deposit", "another currency"],
)
def test_a_payout_that_does_not_add_up_is_refused_whole(
    operator: Operator, differences: dict[str, Any], lines_kept: int, code: str
) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    payout = provider.pays(
        line("pay_1", gross_minor=30_000, fee_minor=445), line("pay_2", gross_minor=20_000), **differences
    )
    provider.stored["po_1"] = (payout, provider.stored["po_1"][1][:lines_kept])
    provider.pays(line("pay_3", gross_minor=500), reference="po_2")
    pulled = pull_payouts(operator)
    assert [one.reference for one in pulled.refused] == ["po_1"]
    assert code in [problem.code for problem in pulled.refused[0].problems]
    with operator_transaction(operator.id):
        assert list(Payout.objects.filter(operator_id=operator.id).values_list("external_id", flat=True)) == [
            "po_2"
        ]
    assert _settlements(operator) == 0
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445), line("pay_2", gross_minor=20_000))
    assert pull_payouts(operator).stored == 1, "it is asked for again until it adds up"


def test_lines_with_another_seal_than_the_payouts_are_refused(operator: Operator) -> None:
    provider = paying_out(operator)
    provider.pays(line("pay_1", gross_minor=30_000), content_sha256=BROKEN_SEAL)
    pulled = pull_payouts(operator)
    assert [problem.code for problem in pulled.refused[0].problems] == ["altered"]
    assert pulled.stored == 0


def test_a_stored_payout_that_comes_back_altered_is_refused(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445))
    pull_payouts(operator)
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=446))
    _forget_the_cursor(operator)
    pulled = pull_payouts(operator)
    assert [problem.code for problem in pulled.refused[0].problems] == ["changed"]
    assert _balances(booking)[Account.ACQUIRER_FEES] == 445


def test_rows_that_one_payment_closed_are_added_up(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    paid_by_card(booking, amount_minor=20_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=50_000, fee_minor=700))
    assert pull_payouts(operator).matched == 1
    assert _balances(booking)[Account.ACQUIRER_CLEARING] == 0


def test_any_doubt_becomes_an_exception_with_its_reason(operator: Operator) -> None:
    provider, booking, other = paying_out(operator), sold(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_less")
    paid_by_card(booking, amount_minor=10_000, reference="pay_two")
    paid_by_card(other, amount_minor=10_000, reference="pay_two")
    paid_by_card(booking, amount_minor=5_000, reference="pay_twice")
    paid_to_the_bank(booking, amount_minor=900, reference="pay_offline")
    twice = line("pay_twice", gross_minor=5_000)
    provider.pays(
        line("pay_nobody", gross_minor=100),
        line("pay_less", gross_minor=29_999),
        line("pay_two", gross_minor=10_000),
        line("pay_less", gross_minor=-100, kind="refund"),
        line("pay_offline", gross_minor=900),
        twice,
        replace(twice, reference="pol_again"),
    )
    pulled = pull_payouts(operator)
    assert (pulled.matched, pulled.excepted) == (1, 6)
    assert _reasons(operator) == [
        ("exception", "no_payment"),
        ("exception", "amount_differs"),
        ("exception", "several_payments"),
        ("exception", "no_payment"),
        ("exception", "no_payment"),
        ("matched", ""),
        ("exception", "already_settled"),
    ]


def test_a_line_that_came_before_its_payment_is_matched_later(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    provider.pays(line("pay_late", gross_minor=30_000, fee_minor=445))
    assert pull_payouts(operator).excepted == 1
    paid_by_card(booking, amount_minor=30_000, reference="pay_late")
    assert pull_payouts(operator).matched == 1
    assert _balances(booking)[Account.PROTECTED_BANK] == 29_555


def test_a_payout_is_shown_with_its_equation_and_its_lines(operator: Operator) -> None:
    provider, booking = paying_out(operator), sold(operator)
    paid_by_card(booking, amount_minor=30_000, reference="pay_1")
    provider.pays(line("pay_1", gross_minor=30_000, fee_minor=445), line("pay_nobody", gross_minor=100))
    pull_payouts(operator)
    (summary,) = list_payouts(operator).payouts
    assert (summary.gross_minor, summary.fees_minor, summary.deposit_minor) == (30_100, 445, 29_655)
    assert (summary.matched_count, summary.exception_count, summary.unmatched_minor) == (1, 1, 100)
    detail = show_payout(operator, payout_id=summary.id)
    assert [(one.booking_reference, one.reason) for one in detail.lines] == [
        (booking.reference, ""),
        ("", "no_payment"),
    ]
    chain = money_chain(operator, booking_id=booking.id)
    assert (chain.settled.state, chain.settled.amount_minor, chain.settled.fee_minor) == ("done", 29_555, 445)
    assert chain.matched.movements[0].entry_id is not None


def test_payouts_are_listed_page_by_page(operator: Operator) -> None:
    provider = paying_out(operator)
    for number in range(5):
        provider.pays(line(f"pay_{number}", gross_minor=100), reference=f"po_{number}")
    pull_payouts(operator)
    first = list_payouts(operator, limit=3)
    rest = list_payouts(operator, limit=3, before=first.next_before)
    assert len({one.id for one in (*first.payouts, *rest.payouts)}) == 5
    assert rest.next_before is None


def _forget_the_cursor(operator: Operator) -> None:
    with operator_transaction(operator.id):
        ProviderAccount.objects.filter(operator_id=operator.id).update(payout_cursor="")
