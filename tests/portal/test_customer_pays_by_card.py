"""From the booking home to a received payment; the page shows what the provider says, never what an address says."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from fareledger.persistence.models import Attempt
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Card
from fareledger.usecases.view_as_customer import view_as_customer
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import nobody_answers
from tests.support.people import person
from tests.support.portal import PortalCustomer, outcome_address, path_of
from tests.support.scripted_provider import ScriptedGateway, scripted

VISA = Card(brand="visa", funding="credit", last4="4242", expires="12/2030")


class Portal(PortalCustomer):
    """A customer with 300.00 due next, of 1,000.00, and the provider behind the portal."""

    def __init__(self, operator: Operator) -> None:
        self.gateway: ScriptedGateway = scripted(operator)
        super().__init__(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)

    def tell(self, **differences: object) -> None:
        """Let the provider tell this of the newest payment."""
        self.gateway.tell(list(self.gateway.payments)[-1], **differences)


@pytest.fixture
def portal(operator: Operator) -> Portal:
    """A customer with 300.00 due next, of 1,000.00."""
    return Portal(operator)


def test_the_card_page_frames_the_provider_and_nobody_else(portal: Portal) -> None:
    page = portal.client.get(portal.press())
    policy = page["Content-Security-Policy"]
    assert "frame-src https://scripted.example" in policy
    assert "frame-ancestors 'none'" in policy
    assert 'src="https://scripted.example/frame"' in page.content.decode()
    assert 'href="https://scripted.example/pay"' in page.content.decode()


def test_a_received_payment_is_shown_with_the_new_balance(portal: Portal) -> None:
    card_page = portal.press()
    portal.tell(state="succeeded", card=VISA)
    shown = portal.outcome_of(card_page)
    for fact in ("Payment received", "£300.00", "Visa ending 4242", "£700.00", "e•••@example.com"):
        assert fact in shown
    assert "Payment by Visa ending 4242" in portal.get()
    assert portal.billing.figures.paid_minor == 30000


def test_the_address_says_nothing_about_the_outcome(portal: Portal) -> None:
    card_page = portal.press()
    shown = portal.client.get(outcome_address(card_page) + "?status=succeeded&payment=pay_1")
    assert "This payment is not finished" in shown.content.decode()
    assert portal.billing.figures.paid_minor == 0


def test_a_double_press_starts_one_payment(portal: Portal) -> None:
    form, second_tab = portal.form(), portal.form()
    led = {
        portal.client.post(f"/p/{portal.operator.slug}/pay/", pressed)["Location"]
        for pressed in (form, form, second_tab)
    }
    assert len(led) == 1
    assert len(portal.gateway.payments) == 1


def test_a_pending_payment_replaces_the_button(portal: Portal) -> None:
    card_page = portal.press()
    portal.tell(state="processing")
    shown = portal.outcome_of(card_page)
    assert "Your bank is confirming" in shown
    assert "Don’t pay again" in shown
    home = portal.get()
    assert "is being confirmed" in home
    assert "data-once" not in home
    state = portal.client.get(outcome_address(card_page) + "state/")
    assert state.content == b"processing"


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_an_end_without_money_says_so_and_offers_the_same_amount_again(portal: Portal, state: str) -> None:
    card_page = portal.press()
    portal.tell(state=state, failure_code="card_declined", failure_message="The card was declined.")
    shown = portal.outcome_of(card_page)
    assert "No money has been taken." in shown
    assert re.search(r"Try again: pay\s+<span class=\"amount\">£300\.00", shown)
    assert portal.press() != card_page


def test_while_the_provider_is_silent_nothing_is_claimed(portal: Portal) -> None:
    card_page = portal.press()
    portal.gateway.silent = True
    shown = portal.outcome_of(card_page)
    assert "No money has been taken" not in shown
    assert "Payment received" not in shown


def test_a_contradiction_claims_nothing_and_asks_for_nothing_more(portal: Portal) -> None:
    card_page = portal.press()
    portal.tell(state="succeeded", amount_minor=29900)
    shown = portal.outcome_of(card_page)
    assert "We are checking this payment" in shown
    assert "No money has been taken" not in shown
    assert portal.client.get(card_page).status_code == 303
    assert portal.billing.figures.paid_minor == 0


def test_a_provider_that_is_away_moves_nothing_and_says_so(operator: Operator) -> None:
    customer = nobody_answers(operator)
    portal = PortalCustomer(operator, booking_id=customer.booking_id)
    shown = portal.client.get(portal.press()).content.decode()
    assert "The payment could not be started" in shown
    assert "No money has been taken." in shown
    assert "Try again: pay" in shown


def test_an_amount_that_changed_is_shown_before_it_is_paid(portal: Portal) -> None:
    answer = portal.client.post(f"/p/{portal.operator.slug}/pay/", portal.form(shown_minor="29900"))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "The amount has changed" in shown
    assert "£299.00" in shown
    assert "£300.00" in shown
    assert portal.gateway.payments == {}


@pytest.mark.parametrize(
    "broken",
    [
        {"transaction": "x"},
        {"shown_minor": "1.5"},
        {"shown_minor": "-1"},
        {"shown_minor": "9" * 30},
        {"form_key": ""},
        {"form_key": "k" * 65},
    ],
)
def test_a_form_that_says_nothing_moves_nothing(portal: Portal, broken: dict[str, str]) -> None:
    answer = portal.client.post(f"/p/{portal.operator.slug}/pay/", {**portal.form(), **broken})
    assert answer.status_code == 422
    assert "No money has been taken" in answer.content.decode()
    assert portal.gateway.payments == {}


def test_another_bookings_row_and_payment_do_not_exist(portal: Portal, operator: Operator) -> None:
    stranger = sell(operator, a_trip_in(200))
    row = stranger.next_payment
    assert row is not None
    answer = portal.client.post(f"/p/{operator.slug}/pay/", portal.form(transaction=str(row.id)))
    assert answer.status_code == 404
    own = PortalCustomer(operator, booking_id=stranger.booking.id)
    foreign = own.press()
    for page in (foreign, outcome_address(foreign), f"/p/{operator.slug}/payments/{uuid4()}/"):
        assert portal.client.get(page).status_code == 404


def test_staff_who_look_on_cannot_pay(portal: Portal) -> None:
    address = view_as_customer(portal.operator, booking_id=portal.booking_id, actor=person("Marta Lindgren"))
    path = path_of(address)
    form = portal.form()
    staff = Client()
    assert staff.head(path).status_code == 303
    assert staff.get(path)["Location"] == f"/p/{portal.operator.slug}/"
    home = staff.get(f"/p/{portal.operator.slug}/").content.decode()
    assert "Only the customer can pay here" in home
    assert re.search(r"<button[^>]+ disabled", home)
    assert staff.post(f"/p/{portal.operator.slug}/pay/", form).status_code == 403
    assert portal.gateway.payments == {}
    second = Client()
    second.get(path)
    assert second.get(f"/p/{portal.operator.slug}/").status_code == 303
    assert [event.actor for event in portal.billing.timeline if event.kind == "portal_opened"][
        -1
    ] == "Marta Lindgren"


@pytest.mark.parametrize(("origin", "status"), [("null", 303), ("https://evil.example", 403)])
def test_a_form_needs_its_token_whatever_the_browser_says_of_its_origin(
    operator: Operator, origin: str, status: int
) -> None:
    portal = Portal(operator)
    portal.client.handler.enforce_csrf_checks = True
    form = portal.form()
    path = f"/p/{operator.slug}/pay/"
    assert portal.client.post(path, form, headers={"origin": origin}).status_code == status
    without = {name: value for name, value in form.items() if name != "csrfmiddlewaretoken"}
    assert portal.client.post(path, without, headers={"origin": "null"}).status_code == 403


def test_an_operator_without_a_card_provider_says_so(operator: Operator) -> None:
    portal = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    answer = portal.client.post(f"/p/{operator.slug}/pay/", portal.form())
    assert answer.status_code == 422
    assert "Cards cannot be taken right now" in answer.content.decode()
    with operator_transaction(operator.id):
        assert not Attempt.objects.filter(booking_id=portal.booking_id).exists()
