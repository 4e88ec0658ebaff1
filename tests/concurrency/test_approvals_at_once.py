"""Agreeing twice, agreeing while taking back, agreeing while the plan changes: the lock leaves one story."""

from collections.abc import Callable
from functools import partial

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.approve_rows import RowsChanged
from fareledger.usecases.ask_setups import refresh_setup
from tests.scenarios.test_approvals_follow_the_plan import details_of, moved
from tests.support.acquirer import Acquirer, enter_card
from tests.support.approving import Approver, an_approver, another_approver
from tests.support.bookings import cancelling
from tests.support.people import BOOKING_API
from tests.support.racing import race

pytestmark = pytest.mark.slow

PRESSES = 20
ROUNDS = 6


def live(traveller: Approver) -> int:
    return sum(because == "" for _, because in traveller.approvals())


def test_the_same_press_many_times_is_one_agreement(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    form = traveller.form()
    finish = race([partial(traveller.press, form)] * PRESSES)
    assert finish.errors == []
    assert len({request.id for request in finish.results}) == 1
    assert (len(traveller.evidence()), traveller.setups()) == (1, ["awaiting_customer"])


def test_many_tabs_leave_one_consent_that_waits(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    finish = race([partial(traveller.press, traveller.form()) for _ in range(8)])
    assert finish.errors == []
    setups = [request.setup for request in finish.results if request.setup]
    for setup in setups:
        enter_card(setup.frame_url)
        refresh_setup(operator, setup_id=setup.id)
    assert live(traveller) == 1
    assert [because for _, because in traveller.mandates()].count("") == 1


def test_two_tabs_with_a_stored_card_agree_once(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    traveller.withdraw()
    finish = race([partial(traveller.press, traveller.form()) for _ in range(8)])
    assert len(finish.results) == 1
    assert all(isinstance(error, RowsChanged) for error in finish.errors)
    assert live(traveller) == 1
    assert len(traveller.emails("approval_given")) == 2


def test_without_the_lock_two_tabs_collide(operator: Operator, acquirer: Acquirer) -> None:
    """The control: only the constraint is left, and tabs die of it."""
    traveller = an_approver(operator, acquirer=acquirer)
    for _ in range(10):
        finish = race([partial(traveller.press, traveller.form()) for _ in range(8)], row_locks=False)
        if any(type(error).__name__ == "IntegrityError" for error in finish.errors):
            return
        traveller = another_approver(traveller)
    pytest.fail("nothing collided, so the lock is not what keeps it single")


def test_taking_back_while_agreeing_leaves_one_or_none(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    for _ in range(ROUNDS):
        traveller.approve()
        row = traveller.row
        change_card = partial(traveller.press, traveller.form(mandate_id=None))
        racers: list[Callable[[], object]] = [partial(traveller.withdraw, row), change_card]
        finish = race(racers)
        assert all(isinstance(error, RowsChanged) for error in finish.errors)
        assert live(traveller) == 0
        traveller = another_approver(traveller)


def test_a_change_while_agreeing_never_leaves_more_than_was_shown(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    traveller.withdraw()
    for number in range(ROUNDS):
        details = details_of(traveller)
        to = moved(traveller, days=-1) if number % 2 else cancelling(details, "hotel")
        change = partial(accept_booking, operator, details=to, channel="api", actor=BOOKING_API)
        racers: list[Callable[[], object]] = [change, partial(traveller.press, traveller.form())]
        finish = race(racers)
        assert all(isinstance(error, RowsChanged) for error in finish.errors)
        row = traveller.row
        if row.approval is not None:
            assert row.amount_minor <= row.approval.amount_minor
            assert row.due_date >= row.approval.earliest_date
        traveller = another_approver(traveller)
        traveller.approve()
        traveller.withdraw()
