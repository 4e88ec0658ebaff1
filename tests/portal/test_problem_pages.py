"""What goes wrong in the portal is said in the operator's brand and the customer's language."""

from dataclasses import replace

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, RequestFactory, override_settings

from fareledger.faces.shared.problems import (
    FORBIDDEN,
    NOT_FOUND,
    SERVER_ERROR,
    TOO_MANY,
    UNAVAILABLE,
    Problem,
    problem_page,
)
from fareledger.faces.shared.visitors import ip_of, network_of
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from tests.support.bookings import a_trip_in, sell
from tests.support.planning import in_words
from tests.support.portal import a_link, inside
from tests.support.portal_states import in_parts, tried


def test_a_page_that_is_not_there_carries_the_brand(operator: Operator) -> None:
    answer = Client().get(f"/p/{operator.slug}/nowhere/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "Page not found – Acme Travel" in page
    assert f"/p/{operator.slug}/brand-" in page
    assert 'class="logo"' in page
    assert answer["Cache-Control"] == "no-store"


def test_somebody_elses_payment_is_not_there_either(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    answer = client.get(f"/p/{operator.slug}/payments/01a20392-1046-750b-a3c1-2883eeb67422/")
    assert answer.status_code == 404
    assert 'class="logo"' in answer.content.decode()


def test_a_form_that_was_open_too_long_is_told_in_the_brand(operator: Operator) -> None:
    answer = Client(enforce_csrf_checks=True).post(f"/p/{operator.slug}/sign-in/", {"reference": "X"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "This page was open for too long" in page
    assert 'class="logo"' in page


def test_nobodys_portal_has_the_plain_page(operator: Operator) -> None:
    page = Client().get(f"/p/nobody-{operator.slug}/").content.decode()
    assert "Page not found" in page
    assert 'class="logo"' not in page


def test_without_a_database_the_brand_is_remembered(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Client().get(f"/p/{operator.slug}/sign-in/")

    def away(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", away)
    answer = problem_page(RequestFactory().get(f"/p/{operator.slug}/"), UNAVAILABLE)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "We are back in a moment" in page
    assert "Look at your booking before you pay again." in page
    assert 'class="logo"' in page


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        (NOT_FOUND, "Page not found"),
        (FORBIDDEN, "You cannot open this page"),
        (TOO_MANY, "Too many tries"),
        (SERVER_ERROR, "Something went wrong on our side"),
        (UNAVAILABLE, "We are back in a moment"),
    ],
    ids=lambda one: str(getattr(one, "status", "")),
)
def test_every_problem_says_who_helps_and_where_money_stands(
    operator: Operator, problem: Problem, title: str
) -> None:
    shown = in_parts(operator, 10, 40)
    tried(operator, shown, state="processing")
    client = inside(operator, booking_id=shown.booking.id)
    client.get(f"/p/{operator.slug}/")
    request = RequestFactory().get(f"/p/{operator.slug}/pay/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    page = problem_page(request, problem).content.decode()
    words = in_words(page)
    assert title in words
    assert "0117 496 0124 Monday to Saturday, 9:00 to 18:00" in words
    assert "mailto:help@acmetravel.example" in page
    if problem.status >= 500:
        assert "Look at your booking before you pay again." in words
    else:
        assert "A payment of £200.00 is being confirmed Don’t pay again." in words
        assert f"?subject=Booking%20{shown.booking.reference}" in page


def test_somebody_who_is_not_in_is_told_of_no_payment(operator: Operator) -> None:
    tried(operator, in_parts(operator, 10, 40), state="processing")
    page = Client().get(f"/p/{operator.slug}/nowhere/").content.decode()
    assert "being confirmed" not in page
    assert "?subject=" not in page


def test_links_that_are_gone_offer_another_and_who_helps(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(200)).booking.id
    old, new = a_link(operator, booking_id=booking_id), a_link(operator, booking_id=booking_id)
    assert Client().post(new).status_code == 303
    for link, why in ((old, "A newer link replaced this one"), (new, "This link was used already")):
        answer = Client().get(link)
        page = in_words(answer.content.decode())
        assert answer.status_code == 410
        assert why in page and "Email me a new link" in page and "0117 496 0124" in page


@pytest.mark.parametrize(
    ("locale", "title", "towards"),
    [("de-DE", "Seite nicht gefunden", "ltr"), ("ar", "الصفحة غير موجودة", "rtl")],
)
def test_problems_and_doors_speak_the_operators_language(
    operator: Operator, locale: str, title: str, towards: str
) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(locale=locale)
    page = Client().get(f"/p/{operator.slug}/nowhere/").content.decode()
    assert title in page
    door = Client().get(f"/p/{operator.slug}/sign-in/").content.decode()
    assert f'<html lang="{locale}" dir="{towards}">' in door
    assert "View my booking" not in door


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "198.51.100.9", "203.0.113.7"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "10.9.9.9, 198.51.100.9", "198.51.100.9"),
        (2, "10.9.9.9, 198.51.100.9, 192.0.2.1", "198.51.100.9"),
        (1, "", "203.0.113.7"),
        (1, "rubbish", ""),
    ],
)
def test_only_our_own_proxies_are_believed(proxies: int, told: str, address: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=told)
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, trusted_proxies=proxies)):
        assert ip_of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_one_customer_of_ipv6_is_one_sender(address: str, network: str) -> None:
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network
