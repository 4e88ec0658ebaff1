"""Staff send money back to the cards it came from: over the payments that can bear it, never more, by two people
where the operator wants that, and what fails is open again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from fareledger.domain.access import NotPermitted
from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import InvalidCommit, Received, commit_transaction
from fareledger.usecases.decide_refund import (
    AlreadyDecided,
    NeedsAnotherPerson,
    ReasonNeeded,
    agree_to_refund,
    refuse_refund,
)
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.find_open_row import AlreadyClosed, RefundInProgress
from fareledger.usecases.order_refund import RefundChanged
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.show_money_chain import money_chain
from tests.support.acquirer import APPROVED, APPROVED_DEBIT, Acquirer, running_acquirer
from tests.support.paying import later
from tests.support.people import MARTA, person
from tests.support.refunding import (
    ANA,
    BEN,
    REFUND_FAILS,
    REFUND_WAITS,
    Overpaid,
    assert_refunded_once,
    assert_sound,
    overpaid,
    press,
    with_threshold,
    worker_asks,
)


def accounts(one: Overpaid) -> dict[Account, int]:
    with operator_transaction(one.operator.id):
        return {
            name: minor
            for name, minor in balances(one.operator.id, booking_id=one.booking_id).items()
            if minor
        }


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock is this test's own."""
    with running_acquirer(tmp_path) as running:
        yield running


def commit(one: Overpaid, *, row_id: UUID | None = None, amount_minor: int | None = None) -> None:
    """Say that a refund was paid by bank transfer."""
    commit_transaction(
        one.operator,
        booking_id=one.booking_id,
        transaction_id=row_id or one.row_id,
        received=Received(amount_minor=amount_minor, method="bank_transfer", send_confirmation=False),
        actor=MARTA,
    )


def test_a_refund_goes_back_to_the_card_and_closes_its_row(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    order = press(one)
    assert order.status == "done"
    assert [(part.amount_minor, part.card_last4) for part in order.parts] == [(20_000, "4242")]
    assert_refunded_once(one)
    billing = one.billing
    assert (billing.figures.outstanding_minor, billing.figures.refunded_offline_minor, one.open_refunds) == (
        0,
        0,
        [],
    )
    text = next(event.text for event in billing.timeline if event.kind == "refund_paid")
    assert text == "GBP 200.00 refunded to Visa ending 4242"


def test_the_fewest_payments_bear_it_and_the_row_splits_by_part(
    operator: Operator, acquirer: Acquirer
) -> None:
    cards = ((30_000, APPROVED), (50_000, APPROVED_DEBIT), (20_000, APPROVED))
    one = overpaid(operator, acquirer=acquirer, cards=cards, refund_minor=70_000)
    order = press(one)
    assert sorted(part.amount_minor for part in order.parts) == [20_000, 50_000]
    assert one.billing.figures.refunded_online_minor == 70_000
    rows = [row.amount_minor for row in one.billing.closed_rows if row.kind == "refund"]
    assert sorted(rows) == [20_000, 50_000]
    assert one.open_refunds == []
    assert_sound(operator)


def test_the_same_form_again_is_the_same_refund(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    form = one.form()
    assert press(one, form=form).id == press(one, form=form).id
    assert_refunded_once(one)
    with pytest.raises(AlreadyClosed):
        press(one, form=replace(form, form_key=one.row_id))


def test_nothing_is_sent_that_was_not_shown(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    with pytest.raises(RefundChanged):
        press(one, form=replace(one.form(), shown_minor=19_999))
    assert one.parts == []


def test_what_no_card_can_bear_stays_open_for_another_way(operator: Operator, acquirer: Acquirer) -> None:
    cards = ((100_000, APPROVED),)
    one = overpaid(operator, acquirer=acquirer, cards=cards, refund_minor=90_000)
    commit(one, amount_minor=80_000)
    (rest,) = one.open_refunds
    assert press(one, form=one.form(rest.id)).amount_minor == 10_000
    assert (one.billing.figures.refunded_online_minor, one.billing.figures.refunded_offline_minor) == (
        10_000,
        80_000,
    )
    assert_sound(operator)


def test_two_people_above_the_threshold(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=19_999)
    order = press(one)
    assert (order.status, one.parts) == ("waiting", [])
    with pytest.raises(RefundInProgress):
        press(one)
    with pytest.raises(RefundInProgress):
        delete_transaction(one.operator, booking_id=one.booking_id, transaction_id=one.row_id, actor=MARTA)
    with pytest.raises(RefundInProgress):
        commit(one)
    with pytest.raises(NeedsAnotherPerson):
        agree_to_refund(one.operator, booking_id=one.booking_id, order_id=order.id, actor=ANA)
    with pytest.raises(NotPermitted):
        agree_to_refund(
            one.operator, booking_id=one.booking_id, order_id=order.id, actor=person("Eva", role="finance")
        )
    assert (
        agree_to_refund(one.operator, booking_id=one.booking_id, order_id=order.id, actor=BEN).status
        == "done"
    )
    with pytest.raises(AlreadyDecided):
        agree_to_refund(one.operator, booking_id=one.booking_id, order_id=order.id, actor=BEN)
    assert_refunded_once(one)


def test_at_the_threshold_one_person_is_enough(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=20_000)
    assert press(one).status == "done"


def test_a_refusal_says_why_and_leaves_the_row_open(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=0)
    order = press(one)
    with pytest.raises(ReasonNeeded):
        refuse_refund(one.operator, booking_id=one.booking_id, order_id=order.id, reason=" ", actor=BEN)
    done = refuse_refund(
        one.operator, booking_id=one.booking_id, order_id=order.id, reason="Ask first", actor=BEN
    )
    assert (done.status, done.reason, one.parts) == ("refused", "Ask first", [])
    assert [row.id for row in one.open_refunds] == [one.row_id]
    assert press(one).status == "waiting"


def test_a_refund_that_fails_later_leaves_its_row_open_and_can_be_tried_again(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_FAILS),))
    assert press(one).status == "running"
    own_acquirer.admin.set_clock(offset_s=60)
    with later(60):
        assert worker_asks(operator) == 1
    (order,) = one.orders
    assert (order.status, one.told("refund_failed")) == ("failed", 1)
    assert one.row_id in [row.id for row in one.open_refunds]
    assert one.form().shown_minor == 20_000
    assert_sound(operator)


def test_a_refund_takes_its_time_and_every_step_is_told(operator: Operator, own_acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_WAITS),))
    assert press(one).status == "running"
    assert one.told("refund_started") == 1
    assert one.billing.figures.refunded_online_minor == 0
    own_acquirer.admin.set_clock(offset_s=60)
    with later(60):
        worker_asks(operator)
    assert [order.status for order in one.orders] == ["done"]
    assert_refunded_once(one)


@pytest.mark.parametrize(
    ("currency", "paid", "back"), [("JPY", 148_001, 20_001), ("KWD", 1_234_567, 123_457)]
)
def test_to_the_last_minor_unit(
    operator: Operator, acquirer: Acquirer, currency: str, paid: int, back: int
) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(currencies=[*operator.currencies, currency])
    operator = by_id(operator.id)
    one = overpaid(
        operator, acquirer=acquirer, cards=((paid, APPROVED),), refund_minor=back, currency=currency
    )
    assert press(one).status == "done"
    assert_refunded_once(one, amount_minor=back)


def test_what_is_on_its_way_counts_as_gone(operator: Operator, own_acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_WAITS),), refund_minor=60_000)
    assert press(one).status == "running"
    more = one.cheaper_by(100_000)
    assert more.amount_minor == 40_000
    with pytest.raises(InvalidCommit) as caught:
        commit(one, row_id=more.id, amount_minor=40_001)
    assert caught.value.code == "refund_exceeds_paid"
    assert one.form(more.id).shown_minor == 40_000


def test_a_refund_is_taken_off_a_payout_and_the_report_stays_explained(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer)
    press(one)
    assert accounts(one)[Account.ACQUIRER_CLEARING] == 80_000
    own_acquirer.admin.set_clock(offset_s=3 * 86_400)
    with later(3 * 86_400):
        pulled = pull_payouts(one.operator)
        assert (pulled.matched, pulled.excepted) == (2, 0)
        assert Account.ACQUIRER_CLEARING not in accounts(one)
        chain = money_chain(operator, booking_id=one.booking_id)
        assert (chain.settled.in_transit_minor, chain.settled.gross_minor) == (0, 80_000)
        assert chain.protected.amount_minor == 80_000
        assert pull_payouts(one.operator).matched == 0
        assert_sound(operator)


def test_a_refund_paid_out_after_the_end_of_travel_is_the_operators(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer)
    own_acquirer.admin.set_clock(offset_s=3 * 86_400)
    with later(3 * 86_400):
        pull_payouts(operator)
    press(one)
    over = (one.billing.booking.end_date - one.billing.today).days + 2
    with later(over * 86_400):
        assert release_protected(operator).released == 1
        assert accounts(one)[Account.REFUNDS_PAYABLE] == -20_000
        assert_sound(operator)
        own_acquirer.admin.set_clock(offset_s=over * 86_400)
        assert pull_payouts(operator).matched == 1
        assert Account.REFUNDS_PAYABLE not in accounts(one)
        assert_sound(operator)


def test_a_refund_after_the_travel_frees_what_was_kept_for_it(
    operator: Operator, own_acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=own_acquirer)
    own_acquirer.admin.set_clock(offset_s=3 * 86_400)
    with later(3 * 86_400):
        pull_payouts(operator)
    over = (one.billing.booking.end_date - one.billing.today).days + 2
    with later(over * 86_400):
        release_protected(operator)
        assert accounts(one)[Account.PROTECTED_BANK] == 20_000
        assert press(one).status == "done"
        assert Account.PROTECTED_BANK not in accounts(one)
        assert_sound(operator)
        own_acquirer.admin.set_clock(offset_s=over * 86_400)
        assert pull_payouts(operator).matched == 1
        assert_sound(operator)
