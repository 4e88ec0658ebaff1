"""Staff send, copy and try the customer's link: what each does, and that a link is never kept."""

import re

import pytest
from django.test import Client

from fareledger.persistence.models import EmailMessage, PortalLink, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.staff import signed_in

ACTIONS = ("email-link", "pay-link", "customer-view")


@pytest.fixture
def booked(operator: Operator) -> Billing:
    """A booking of the test's operator."""
    return sell(operator, a_trip_in(90))


def test_emailing_a_link_says_where_it_goes_and_is_on_the_timeline(
    operator: Operator, booked: Billing
) -> None:
    browser = signed_in(operator)
    answer = browser.post(_address(booked, action="email-link"))
    assert (answer.status_code, answer["Location"]) == (303, _address(booked))
    page = browser.get(_address(booked)).content.decode()
    assert f"A pay link is on its way to {booked.booking.customer_email}." in page
    assert "One-time link emailed to the customer" in page
    with operator_transaction(operator.id):
        assert EmailMessage.objects.filter(operator_id=operator.id, kind="portal_link").count() == 1


def test_a_fourth_email_within_the_hour_is_refused_in_words(operator: Operator, booked: Billing) -> None:
    browser = signed_in(operator)
    for _ in range(4):
        browser.post(_address(booked, action="email-link"))
    assert "within an hour" in browser.get(_address(booked)).content.decode()
    with operator_transaction(operator.id):
        assert EmailMessage.objects.filter(operator_id=operator.id, kind="portal_link").count() == 3


def test_a_link_to_copy_is_shown_once_and_kept_nowhere(operator: Operator, booked: Billing) -> None:
    browser = signed_in(operator)
    answer = browser.post(_address(booked, action="pay-link"))
    found = re.search(rf"/p/{operator.slug}/link/([\w-]{{43}})", answer.content.decode())
    assert answer.status_code == 200
    assert found
    assert answer["Cache-Control"] == "no-store"
    assert found[1] not in str(dict(browser.session.items()))
    assert found[1] not in browser.get(_address(booked)).content.decode()
    with operator_transaction(operator.id):
        stored = PortalLink.objects.get(operator_id=operator.id)
    assert found[1] not in stored.token_sha256


def test_viewing_as_the_customer_begins_a_visit_that_may_only_look(
    operator: Operator, booked: Billing
) -> None:
    answer = signed_in(operator).post(_address(booked, action="customer-view"))
    assert answer.status_code == 303
    assert answer["Location"].startswith(f"/p/{operator.slug}/")
    with operator_transaction(operator.id):
        assert PortalSession.objects.get(operator_id=operator.id).viewer == "staff"


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_sent_or_made_by_a_get_by_a_stranger_or_without_the_forms_token(
    operator: Operator, booked: Billing, action: str
) -> None:
    address = _address(booked, action=action)
    assert signed_in(operator).get(address)["Location"] == _address(booked)
    assert Client().post(address)["Location"].startswith("/office/sign-in/")
    assert signed_in(operator, checks=True).post(address).status_code == 403
    assert signed_in(new_operator()).post(address).status_code == 404
    after = billing_by_id(operator, booking_id=booked.booking.id)
    assert len(after.timeline) == len(booked.timeline)


def _address(shown: Billing, *, action: str = "") -> str:
    return f"/office/bookings/{shown.booking.reference}/" + (f"{action}/" if action else "")
