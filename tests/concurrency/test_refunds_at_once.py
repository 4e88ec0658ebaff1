"""Two refunds that together are more than is left, at the same moment: one is refused; and the control without the
lock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fareledger.domain.errors import Conflict
from fareledger.persistence.operators import Operator
from fareledger.usecases.decide_refund import AlreadyDecided, agree_to_refund
from fareledger.usecases.find_open_row import AlreadyClosed, RefundInProgress
from fareledger.usecases.order_refund import RefundForm, order_refund
from tests.support.acquirer import Acquirer
from tests.support.racing import Finish, race
from tests.support.refunding import (
    ANA,
    BEN,
    Overpaid,
    another_overpaid,
    assert_sound,
    overpaid,
    press,
    with_threshold,
)

ROUNDS = 4


def ordering(one: Overpaid, *, forms: list[RefundForm]) -> list[Callable[[], object]]:
    return [
        partial(order_refund, one.operator, form=form, actor=actor)
        for form, actor in zip(forms, (ANA, BEN), strict=True)
    ]


def two_rows(one: Overpaid) -> list[RefundForm]:
    """Open the forms of two refund rows of one payment that can bear only one of them."""
    other = one.second_row()
    return [one.form(), one.form(other)]


def raced(operator: Operator, *, one: Overpaid, row_locks: bool = True) -> Finish[object]:
    return race(ordering(one, forms=two_rows(one)), row_locks=row_locks)


def test_two_refunds_of_one_row_have_one_winner(operator: Operator, acquirer: Acquirer) -> None:
    first = overpaid(operator, acquirer=acquirer)
    for _ in range(ROUNDS):
        one = another_overpaid(operator, merchant=first.merchant)
        finish = race(ordering(one, forms=[one.form(), one.form()]))
        (loss,) = finish.errors
        assert isinstance(loss, RefundInProgress | AlreadyClosed)
        assert one.billing.figures.refunded_online_minor == 20_000
    assert_sound(operator)


def test_two_partial_refunds_above_the_rest_have_one_winner(operator: Operator, acquirer: Acquirer) -> None:
    first = overpaid(operator, acquirer=acquirer)
    for _ in range(ROUNDS):
        one = another_overpaid(operator, merchant=first.merchant, refund_minor=100_000)
        finish = raced(operator, one=one)
        (loss,) = finish.errors
        assert isinstance(loss, Conflict)
        assert one.billing.figures.refunded_online_minor in (60_000, 70_000)
    assert_sound(operator)


def test_two_who_agree_at_once_send_it_once(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=0)
    order = press(one)
    agree: Callable[[], object] = partial(
        agree_to_refund, one.operator, booking_id=one.booking_id, order_id=order.id, actor=BEN
    )
    finish = race([agree, agree])
    (loss,) = finish.errors
    assert isinstance(loss, AlreadyDecided)
    assert len(one.parts) == 1
    assert one.billing.figures.refunded_online_minor == 20_000


def test_without_the_lock_both_count_on_the_same_money(operator: Operator, acquirer: Acquirer) -> None:
    first = overpaid(operator, acquirer=acquirer)
    wrong = 0
    for _ in range(ROUNDS * 3):
        one = another_overpaid(operator, merchant=first.merchant, refund_minor=100_000)
        finish = raced(operator, one=one, row_locks=False)
        asked = sum(order.amount_minor for order in one.orders)
        wrong += asked > 100_000 or any(not isinstance(error, Conflict) for error in finish.errors)
    assert wrong > 0
