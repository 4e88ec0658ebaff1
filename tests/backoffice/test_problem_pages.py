"""When something is wrong, people get a page that says so and programs get the same facts as JSON."""

import json
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from fareledger.config import urls as our_urls
from fareledger.faces.shared.problems import DatabaseAway
from tests.support.operators import new_operator
from tests.support.staff import signed_in


def _breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def _has_no_database(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused")


urlpatterns = [
    path("office/breaks/", _breaks),
    path("p/acme/breaks/", _breaks),
    path("api/v1/breaks/", _breaks),
    path("office/away/", _has_no_database),
    *our_urls.urlpatterns,
]
handler500 = our_urls.handler500


@pytest.fixture
def browser(db: None) -> Iterator[Client]:
    """A browser that shows what the server answers to a fault, with three addresses that have one."""
    with override_settings(ROOT_URLCONF=__name__):
        yield Client(raise_request_exception=False)


def test_an_unknown_address_says_so_and_leads_back(db: None) -> None:
    answer = Client().get("/nothing/here/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "Page not found" in page
    assert 'href="/office/bookings/"' in page
    assert "were paying" not in page


def test_a_customer_is_led_back_to_the_portal_they_came_from(db: None) -> None:
    answer = Client().get("/p/acme/nothing/here/at/all/")
    assert answer.status_code == 404
    assert 'href="/p/acme/"' in answer.content.decode()


def test_a_fault_says_where_the_money_is_to_customers_only(browser: Client) -> None:
    portal, office = browser.get("/p/acme/breaks/"), browser.get("/office/breaks/")
    assert (portal.status_code, office.status_code) == (500, 500)
    assert "Look at your booking before you pay again" in portal.content.decode()
    assert "before you pay again" not in office.content.decode()
    assert portal["Cache-Control"] == "no-store"
    assert "ZeroDivisionError" not in portal.content.decode()


def test_a_program_gets_the_facts_as_a_problem_document(browser: Client) -> None:
    answer = browser.get("/api/v1/breaks/")
    assert answer["Content-Type"] == "application/problem+json"
    facts = json.loads(answer.content)
    assert (facts["status"], facts["code"]) == (500, "server_error")


def test_a_database_that_is_away_may_be_tried_again(browser: Client) -> None:
    answer = browser.get("/office/away/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "We are back in a moment" in answer.content.decode()


def test_any_other_exception_is_left_to_the_fault_page() -> None:
    middleware = DatabaseAway(_breaks)
    assert middleware.process_exception(RequestFactory().get("/office/"), ValueError()) is None


def test_the_root_leads_to_what_needs_somebody_today(db: None) -> None:
    assert Client().get("/")["Location"] == "/office/"


def test_every_page_carries_the_headers_that_protect_it(db: None) -> None:
    answer = signed_in(new_operator()).get("/office/bookings/")
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"


def test_static_files_are_named_by_their_content_and_kept_for_a_year(db: None) -> None:
    page = Client().get("/office/sign-in/").content.decode()
    start = page.index("/static/css/tokens.css?v=")
    answer = Client().get(page[start : page.index('"', start)])
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
