"""A stored card does not outlive what it was stored for, and goes at no moment at which it is needed."""

import pytest

from fareledger.persistence.models import Attempt, Mandate
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.end_mandates import end_mandates
from fareledger.usecases.mandates import cards_to_detach, detach_card
from tests.support.acquirer import Acquirer
from tests.support.approving import Approver, an_approver
from tests.support.paying import later
from tests.support.people import MARTA


@pytest.fixture
def traveller(operator: Operator, acquirer: Acquirer) -> Approver:
    """A traveller who approved the 700.00 ahead; 300.00 are due today."""
    one = an_approver(operator, acquirer=acquirer)
    one.approve()
    return one


def pay_everything(traveller: Approver) -> None:
    """Let staff take in all that is open."""
    for row in traveller.billing.open_rows:
        commit_transaction(
            traveller.operator,
            booking_id=traveller.booking_id,
            transaction_id=row.id,
            received=Received(),
            actor=MARTA,
        )


def test_a_card_that_is_needed_stays(traveller: Approver) -> None:
    assert end_mandates(traveller.operator) == 0
    traveller.withdraw()
    assert end_mandates(traveller.operator) == 0
    assert traveller.mandates() == [("4242", "")]


def test_when_all_is_paid_the_card_is_forgotten(traveller: Approver) -> None:
    pay_everything(traveller)
    assert end_mandates(traveller.operator) == 1
    assert end_mandates(traveller.operator) == 0
    assert traveller.mandates() == [("4242", "not_needed")]
    assert traveller.told("stored_card") == [
        "Visa ending 4242 is stored no longer: nothing is left to charge to it"
    ]
    with later(120):
        (kept,) = cards_to_detach(traveller.operator)
        assert detach_card(traveller.operator, mandate_id=kept)


def test_after_the_trip_what_is_not_approved_keeps_no_card(traveller: Approver) -> None:
    with later(300 * 86_400):
        assert end_mandates(traveller.operator) == 0
    traveller.withdraw()
    with later(300 * 86_400):
        assert end_mandates(traveller.operator) == 1


def test_a_card_that_is_being_charged_stays(traveller: Approver) -> None:
    pay_everything(traveller)
    with operator_transaction(traveller.operator.id):
        mandate_id = Mandate.objects.get(operator_id=traveller.operator.id).id
        attempt = Attempt.objects.create(
            operator_id=traveller.operator.id,
            booking_id=traveller.booking_id,
            provider="sandbox",
            state="unknown",
            amount_minor=30_000,
            currency="GBP",
            channel="portal",
            method="credit_card",
            mandate_id=mandate_id,
            form_key="charging",
            provider_key="charging",
            created_at=now(),
            changed_at=now(),
        )
    assert end_mandates(traveller.operator) == 0
    with operator_transaction(traveller.operator.id):
        Attempt.objects.filter(operator_id=traveller.operator.id, id=attempt.id).update(state="failed")
    assert end_mandates(traveller.operator) == 1
