"""An operator's portal under a host name of its own: all of it, nothing else, and no other operator's."""

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.brand_versions import choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.portal_address import portal_root
from fareledger.usecases.publish_brand import publish_brand
from fareledger.usecases.send_portal_link import create_portal_link
from tests.support.bookings import a_trip, sell
from tests.support.operators import new_operator
from tests.support.people import person

IRIS = person("Iris Novak", role="admin")


def with_host(operator: Operator) -> Operator:
    wanted = replace(choices_in_force(operator), host=f"pay.{operator.slug}.example")
    number = edit_brand(operator, wanted=wanted, logos=Logos(), actor=IRIS)
    return publish_brand(operator, number=number, actor=IRIS)


@pytest.fixture
def hosted(operator: Operator) -> Operator:
    """An operator whose portal has a host name."""
    return with_host(operator)


def at(operator: Operator, *, checks: bool = False) -> Client:
    """A browser that asks for the operator's host."""
    return Client(enforce_csrf_checks=checks, headers={"host": str(operator.host)})


def test_the_portal_is_at_the_root(hosted: Operator) -> None:
    booking = sell(hosted, a_trip()).booking
    made = create_portal_link(hosted, booking_id=booking.id, asked_by="operator", actor=IRIS)
    assert made.url.startswith(portal_root(hosted))
    assert f"//{hosted.host}" in portal_root(hosted)
    browser = at(hosted, checks=True)
    path = "/" + made.url.removeprefix(portal_root(hosted))
    shown = browser.get(path).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown)
    assert token is not None
    # TLS ends in front of us, so the browser names an origin of another scheme than the one we are asked by.
    opened = browser.post(
        path, {"csrfmiddlewaretoken": token[1]}, headers={"origin": f"http://{hosted.host}"}
    )
    assert (opened.status_code, opened["Location"]) == (303, "/")
    home = browser.get("/").content.decode()
    assert booking.reference in home
    assert "/p/" not in home
    sheet = next(part for part in home.split('"') if "brand-" in part)
    assert browser.get(sheet).status_code == 200


def test_nothing_but_this_portal_is_there(hosted: Operator) -> None:
    other = new_operator()
    browser = at(hosted)
    for path in (
        "/office/",
        "/office/sign-in/",
        "/api/v1/bookings/",
        f"/p/{other.slug}/sign-in/",
        "/webhooks/mail/",
    ):
        assert browser.get(path).status_code == 404, path
    missing = browser.get("/nowhere/").content.decode()
    assert 'href="/"' in missing
    assert "/office/" not in missing


def test_the_usual_address_still_leads_there(hosted: Operator) -> None:
    assert Client().get(f"/p/{hosted.slug}/sign-in/").status_code == 200


def test_two_hosts_are_two_operators(hosted: Operator) -> None:
    other = with_host(new_operator(name="Other Tours", support_email="hi@other.example"))
    assert "Other Tours" in at(other).get("/sign-in/").content.decode()
    assert "Other Tours" not in at(hosted).get("/sign-in/").content.decode()


@pytest.mark.parametrize(
    "host", ["unknown-{}.example", "pay.{}.example.evil.example", "x pay", "pay.example:99999999", "[::1"]
)
def test_an_unknown_host_is_refused(operator: Operator, host: str) -> None:
    browser = Client(headers={"host": host.format(uuid4().hex)})
    assert browser.get(f"/p/{operator.slug}/sign-in/").status_code == 400


def test_a_host_that_was_given_up_is_unknown_again(hosted: Operator) -> None:
    number = edit_brand(hosted, wanted=replace(choices_in_force(hosted), host=""), logos=Logos(), actor=IRIS)
    now = publish_brand(hosted, number=number, actor=IRIS)
    assert now.host is None
    assert f"/p/{hosted.slug}/" in portal_root(now)
    assert at(hosted).get("/sign-in/").status_code == 400


def test_while_the_database_is_away_nobody_knows_the_host(hosted: Operator) -> None:
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = "1"
    try:
        answer = at(hosted).get("/sign-in/")
    finally:
        connection.settings_dict["PORT"] = port
        connection.close()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
