"""A process is killed at every named point of storing a card: one mandate, one approval a row, one copy by email.

The kills are real; recovery is what the worker and the page that the customer comes back to do anyway.
"""

import pytest

from fareledger.persistence.models import CardSetup
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.ask_setups import ask_setup, due_setups, refresh_setup
from fareledger.usecases.show_setup import SetupView, show_setup
from tests.support.acquirer import Acquirer, enter_card
from tests.support.approving import Approver, an_approver, another_approver
from tests.support.database import TestDatabase
from tests.support.paying import later
from tests.support.processes import KILLED, Dying, dying_at

pytestmark = pytest.mark.slow

TIMES = 20


def travellers(operator: Operator, *, acquirer: Acquirer) -> list[Approver]:
    """Twenty customers of one operator."""
    first = an_approver(operator, acquirer=acquirer)
    return [first, *(another_approver(first) for _ in range(TIMES - 1))]


def press_and_die(dying: Dying, *, traveller: Approver) -> SetupView:
    """Press the button in a process that is killed; return the set-up it left behind."""
    ended = dying.approve(
        traveller.operator.id, booking_id=traveller.booking_id, session_id=traveller.session_id
    )
    assert ended == KILLED
    return only_setup(traveller)


def only_setup(traveller: Approver) -> SetupView:
    with operator_transaction(traveller.operator.id):
        left = CardSetup.objects.get(operator_id=traveller.operator.id, booking_id=traveller.booking_id)
    return show_setup(traveller.operator, setup_id=left.id)


def worker_asks(operator: Operator) -> None:
    for setup_id in due_setups(operator):
        ask_setup(operator, setup_id=setup_id)


def assert_approved_once(traveller: Approver) -> None:
    assert traveller.approvals() == [(70_000, "")]
    assert [because for _, because in traveller.mandates() if because == ""] == [""]
    assert len(traveller.emails("approval_given")) == 1
    assert len(traveller.told("approval_given")) == 1


def test_killed_before_the_provider_heard_of_it(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    everybody = travellers(operator, acquirer=acquirer)
    with dying_at("after_setup_commit", database=database) as dying:
        for traveller in everybody:
            assert press_and_die(dying, traveller=traveller).state.value == "intended"
            assert len(traveller.evidence()) == 1
    with later(90):
        worker_asks(operator)
    for traveller in everybody:
        assert traveller.setups() == ["failed"]
        assert traveller.approvals() == []
        traveller.approve()
        assert_approved_once(traveller)


def test_killed_after_the_provider_accepted(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    everybody = travellers(operator, acquirer=acquirer)
    with dying_at("after_setup_accepted", database=database) as dying:
        for traveller in everybody:
            assert press_and_die(dying, traveller=traveller).provider_reference == ""
    with later(30):
        worker_asks(operator)
    for traveller in everybody:
        setup = only_setup(traveller)
        assert setup.in_frame
        enter_card(setup.frame_url)
        refresh_setup(operator, setup_id=setup.id)
        assert_approved_once(traveller)


def test_killed_while_mandate_and_approvals_begin(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    everybody = travellers(operator, acquirer=acquirer)
    setups = []
    for traveller in everybody:
        setup = traveller.press().setup
        assert setup is not None
        enter_card(setup.frame_url)
        setups.append(setup)
    with dying_at("before_mandate", database=database) as dying:
        for traveller, setup in zip(everybody, setups, strict=True):
            assert dying.refresh_card(operator.id, setup_id=setup.id) == KILLED
            assert (traveller.approvals(), traveller.mandates()) == ([], [])
            assert traveller.setups() == ["awaiting_customer"]
    for traveller, setup in zip(everybody, setups, strict=True):
        refresh_setup(operator, setup_id=setup.id)
        refresh_setup(operator, setup_id=setup.id)
        assert_approved_once(traveller)
