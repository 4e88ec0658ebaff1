"""Money that was paid at a bank goes back to that account, alone or beside a card; where an instrument does not take
it, staff pay it by other means, once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderRefund
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.find_open_row import RefundInProgress
from fareledger.usecases.record_refund import record_refund
from fareledger.usecases.show_refunds import show_offer
from tests.support.acquirer import APPROVED, Acquirer, running_acquirer
from tests.support.paying import later
from tests.support.people import MARTA
from tests.support.refunding import (
    BANK,
    REFUND_FAILS,
    Overpaid,
    assert_refunded_once,
    assert_sound,
    overpaid,
    press,
    worker_asks,
)


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock is this test's own."""
    with running_acquirer(tmp_path) as running:
        yield running


def a_minute_later(acquirer: Acquirer, *, one: Overpaid) -> None:
    acquirer.admin.set_clock(offset_s=60)
    with later(60):
        worker_asks(one.operator)


def pay_otherwise(one: Overpaid) -> None:
    """Say that the open refund was paid by bank transfer, by hand."""
    (row,) = one.open_refunds
    commit_transaction(
        one.operator,
        booking_id=one.booking_id,
        transaction_id=row.id,
        received=Received(method="bank_transfer", send_confirmation=False),
        actor=MARTA,
    )


def test_it_takes_its_time_and_closes_its_row_when_the_bank_says_so(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, BANK),))
    order = press(one)
    assert (order.status, [part.method for part in order.parts]) == ("running", ["bank_transfer"])
    assert [part.state for part in one.parts] == [State.PROCESSING]
    assert one.billing.figures.refunded_online_minor == 0
    with pytest.raises(RefundInProgress):
        pay_otherwise(one)
    a_minute_later(own_acquirer, one=one)
    assert_refunded_once(one)
    (closed,) = [row for row in one.billing.closed_rows if row.kind == "refund"]
    assert closed.method == "bank_transfer"


def test_a_card_and_a_bank_bear_what_neither_could_alone(operator: Operator, own_acquirer: Acquirer) -> None:
    cards = ((50_000, BANK), (40_000, APPROVED))
    one = overpaid(operator, acquirer=own_acquirer, cards=cards, refund_minor=70_000)
    order = press(one)
    borne = {part.method: (part.amount_minor, part.state) for part in order.parts}
    assert borne == {
        "bank_transfer": (50_000, State.PROCESSING),
        "credit_card": (20_000, State.SUCCEEDED),
    }
    assert (order.status, one.billing.figures.refunded_online_minor) == ("running", 20_000)
    a_minute_later(own_acquirer, one=one)
    assert [order.status for order in one.orders] == ["done"]
    assert one.billing.figures.refunded_online_minor == 70_000
    assert one.open_refunds == []
    methods = sorted(
        (row.method, row.amount_minor) for row in one.billing.closed_rows if row.kind == "refund"
    )
    assert methods == [("bank_transfer", 50_000), ("credit_card", 20_000)]
    assert_sound(operator)


def test_an_instrument_that_sent_money_back_is_asked_last(operator: Operator, own_acquirer: Acquirer) -> None:
    cards = ((50_000, APPROVED), (50_000, REFUND_FAILS))
    one = overpaid(operator, acquirer=own_acquirer, cards=cards)
    first = press(one)
    assert [part.card_last4 for part in first.parts] == ["5126"]
    a_minute_later(own_acquirer, one=one)
    assert [order.status for order in one.orders] == ["failed"]
    with later(60):
        second = press(one)
    assert (second.status, [part.card_last4 for part in second.parts]) == ("done", ["4242"])
    assert_refunded_once(one)


def test_where_no_other_is_left_the_form_says_so_and_money_goes_back_once(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_FAILS),))
    press(one)
    a_minute_later(own_acquirer, one=one)
    offer = show_offer(operator, booking_id=one.booking_id, transaction_id=one.row_id)
    assert [(share.amount_minor, share.refused) for share in offer.shares] == [(20_000, True)]
    pay_otherwise(one)
    assert (one.billing.figures.outstanding_minor, one.open_refunds) == (0, [])
    (part,) = one.parts
    late_news = ProviderRefund(
        reference=part.provider_reference or "",
        refund_id=part.id,
        payment_reference="",
        state="failed",
        amount_minor=part.amount_minor,
        currency=part.currency,
        failure_code="",
        failure_message="",
    )
    record_refund(operator, part_id=part.id, refund=late_news)
    assert (one.billing.figures.outstanding_minor, one.open_refunds) == (0, [])
    assert one.billing.figures.refunded_offline_minor == 20_000
    assert_sound(operator)


def test_what_came_back_is_paid_by_whatever_means_staff_choose(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer)
    press(one)
    (part,) = one.parts
    back = ProviderRefund(
        reference=str(part.provider_reference),
        refund_id=part.id,
        payment_reference="",
        state="failed",
        amount_minor=part.amount_minor,
        currency=part.currency,
        failure_code="account_closed",
        failure_message="The account is closed",
    )
    record_refund(operator, part_id=part.id, refund=back)
    (row,) = one.open_refunds
    assert (row.method, row.amount_minor) == ("undecided", 20_000)
    pay_otherwise(one)
    figures = one.billing.figures
    assert (figures.refunded_online_minor, figures.refunded_offline_minor) == (0, 20_000)
    assert one.open_refunds == []
    assert_sound(operator)
