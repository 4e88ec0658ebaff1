"""A consent whose card is kept by a payment: whatever becomes of the payment, the consent never waits for ever."""

import re
from uuid import UUID

import pytest

from fareledger.domain.identity import new_id
from fareledger.persistence.models import ApprovalRequest
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Declined
from fareledger.usecases.approve_rows import give_up
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.start_payment import start_payment
from tests.portal.test_customer_approves_payments import Pages
from tests.support.approving import NOBODY, Approver
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import a_form
from tests.support.scripted_provider import SAVED, ScriptedGateway, scripted


def a_traveller(operator: Operator) -> Approver:
    """A proven customer who owes 300.00 today and 700.00 later, of an operator whose provider follows a script."""
    return Approver(operator, sell(operator, a_trip_in(200)).booking.id, NOBODY, new_id())


def agree_and_pay(pages: Pages) -> str:
    """Agree to what is ahead and start the payment of what is due; return where that leads."""
    due = re.search(r'name="pay" value="([^"]+)"', pages.get("approve/"))
    assert due is not None
    return str(pages.press(pages.form(pay=due[1]))["Location"])


def states(operator: Operator) -> list[str]:
    """How far every consent is, oldest first."""
    with operator_transaction(operator.id):
        found = ApprovalRequest.objects.filter(operator_id=operator.id)
        return list(found.order_by("id").values_list("state", flat=True))


def end_as(gateway: ScriptedGateway, *, traveller: Approver, told: dict[str, object]) -> UUID:
    """Let the provider tell an end of the one payment there is."""
    (attempt,) = traveller.billing.attempts
    gateway.tell(attempt.id, **told)
    refresh_attempt(traveller.operator, attempt_id=attempt.id)
    return attempt.id


def test_a_payment_that_stored_no_card_ends_the_consent(operator: Operator) -> None:
    gateway = scripted(operator)
    traveller = a_traveller(operator)
    pages = Pages(traveller)
    agree_and_pay(pages)
    assert states(operator) == ["waiting"]
    end_as(gateway, traveller=traveller, told={"state": "succeeded", "card": SAVED})
    assert traveller.billing.figures.paid_minor == 30_000
    assert states(operator) == ["ended"]
    (letter,) = traveller.emails("approval_ended")
    assert letter.payload["approved"] == [[traveller.row.due_date.isoformat(), 70_000]]
    assert traveller.told("approval_ended") == ["1 scheduled payment is not approved: no card was stored"]
    with operator_transaction(operator.id):
        request_id = ApprovalRequest.objects.get(operator_id=operator.id).id
    page = pages.get(f"approve/done/{request_id}/")
    assert "Nothing was approved" in page
    assert "nothing is taken" not in page


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_a_payment_that_comes_to_nothing_ends_the_consent(operator: Operator, state: str) -> None:
    gateway = scripted(operator)
    traveller = a_traveller(operator)
    pages = Pages(traveller)
    agree_and_pay(pages)
    attempt_id = end_as(gateway, traveller=traveller, told={"state": state})
    assert (states(operator), traveller.approvals()) == (["ended"], [])
    assert len(traveller.emails("approval_ended")) == 1
    page = pages.get(f"payments/{attempt_id}/")
    assert "Look at your payments again" in page
    assert "Try again: pay" not in page


def test_a_payment_that_is_refused_at_once_ends_the_consent(operator: Operator) -> None:
    gateway = scripted(operator)
    traveller = a_traveller(operator)
    gateway.fails_with = Declined(code="card_declined", message="No")
    agree_and_pay(Pages(traveller))
    assert states(operator) == ["ended"]
    assert len(traveller.emails("approval_ended")) == 1


def test_a_payment_that_is_not_accepted_leaves_no_consent_behind(operator: Operator) -> None:
    scripted(operator)
    traveller = a_traveller(operator)
    pages = Pages(traveller)
    answer = pages.press(pages.form(pay=f"{traveller.row.id}|1"))
    assert answer.status_code == 422
    assert (states(operator), traveller.billing.attempts) == (["ended"], ())
    assert len(traveller.emails("approval_ended")) == 1


def test_a_payment_that_is_under_way_leaves_no_consent_behind(operator: Operator) -> None:
    gateway = scripted(operator)
    traveller = a_traveller(operator)
    pages = Pages(traveller)
    form = pages.form()
    due = next(row for row in traveller.billing.open_rows if row.due_date == traveller.billing.today)
    first = start_payment(operator, form=a_form(due, booking_id=traveller.booking_id))
    gateway.tell(first.id, state="processing")
    answer = pages.press({**form, "pay": f"{due.id}|{due.amount_minor}"})
    assert str(first.id) in answer["Location"]
    assert (states(operator), len(traveller.billing.attempts)) == (["ended"], 1)


def test_nobody_gives_up_what_is_being_paid(operator: Operator) -> None:
    scripted(operator)
    traveller = a_traveller(operator)
    agree_and_pay(Pages(traveller))
    with operator_transaction(operator.id):
        request_id = ApprovalRequest.objects.get(operator_id=operator.id).id
    give_up(operator, visit=traveller.visit, request_id=request_id)
    other = a_traveller(operator)
    give_up(operator, visit=other.visit, request_id=request_id)
    assert states(operator) == ["waiting"]
