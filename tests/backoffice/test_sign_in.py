"""Signing in to the back office: who gets in, what a miss says, and what a signed-out browser sees."""

import time

import pytest
from django.test import Client

from fareledger.faces.backoffice.pages import IDLE_S, SEEN
from fareledger.persistence.operators import Operator
from tests.support.staff import PASSWORD, a_staff_member, signed_in

SIGN_IN = "/office/sign-in/"


def test_right_email_and_password_lead_to_the_bookings(operator: Operator) -> None:
    member = a_staff_member(operator)
    browser = Client()
    answer = browser.post(SIGN_IN, {"email": member.email.upper(), "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (303, "/office/")
    page = browser.get("/office/bookings/")
    assert page.status_code == 200
    assert member.name in page.content.decode()
    assert page["Cache-Control"] == "no-store"


def test_signing_in_gives_a_new_session(operator: Operator) -> None:
    member = a_staff_member(operator)
    browser = Client()
    session = browser.session
    session["before"] = "signing in"
    session.save()
    before = session.session_key
    browser.post(SIGN_IN, {"email": member.email, "password": PASSWORD})
    assert browser.session.session_key not in (None, before)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nobody@acmetravel.example", "x", "Email or password is not right"),
        ("", "x", "Enter your email address"),
        ("nobody@acmetravel.example", "", "Enter your password"),
        ("nobody@acmetravel.example", "x" * 5000, "Email or password is not right"),
    ],
)
def test_a_miss_says_what_is_wrong_and_keeps_the_email(
    db: None, email: str, password: str, said: str
) -> None:
    answer = Client().post(SIGN_IN, {"email": email, "password": password})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert "There is a problem" in page
    assert page.count(said) == 2
    assert f'value="{email}"' in page
    assert "x" * 20 not in page


def test_a_wrong_password_is_told_like_an_unknown_email(operator: Operator) -> None:
    member = a_staff_member(operator)
    wrong = Client().post(SIGN_IN, {"email": member.email, "password": "wrong"}).content.decode()
    unknown = Client().post(SIGN_IN, {"email": "x" + member.email, "password": "wrong"}).content.decode()
    assert "Email or password is not right" in wrong
    assert "Email or password is not right" in unknown


def test_ten_misses_lock_that_email_out_for_a_while(operator: Operator) -> None:
    member, browser = a_staff_member(operator), Client(REMOTE_ADDR="198.51.100.7")
    statuses = [
        browser.post(SIGN_IN, {"email": member.email, "password": "wrong"}).status_code for _ in range(10)
    ]
    assert statuses[:9] == [422] * 9
    late = browser.post(SIGN_IN, {"email": member.email, "password": PASSWORD})
    assert late.status_code == 429
    assert "Too many tries" in late.content.decode()
    elsewhere = Client(REMOTE_ADDR="198.51.100.8").post(
        SIGN_IN, {"email": member.email, "password": PASSWORD}
    )
    assert elsewhere.status_code == 303


def test_one_goes_where_one_wanted_to_go(operator: Operator) -> None:
    member, browser = a_staff_member(operator), Client()
    asked = browser.get("/office/settlements/?before=x")
    assert asked.status_code == 303
    assert asked["Location"] == f"{SIGN_IN}?next=%2Foffice%2Fsettlements%2F%3Fbefore%3Dx"
    form = {"email": member.email, "password": PASSWORD, "next": "/office/settlements/"}
    assert browser.post(SIGN_IN, form)["Location"] == "/office/settlements/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/office/", "//evil.example/office/", "/p/acme/", "x"]
)
def test_signing_in_never_leads_out_of_the_back_office(operator: Operator, elsewhere: str) -> None:
    member = a_staff_member(operator)
    form = {"email": member.email, "password": PASSWORD, "next": elsewhere}
    assert Client().post(SIGN_IN, form)["Location"] == "/office/"


@pytest.mark.parametrize(
    "address",
    [
        "/office/bookings/",
        "/office/bookings/TRV-1/",
        "/office/settlements/",
        "/office/settlements/0198c5a0-0000-7000-8000-000000000000/",
        "/office/ledger/",
        "/office/ledger/revenue/2026-11/",
        "/office/ledger/revenue/2026-11/TRV-1/",
    ],
)
def test_without_signing_in_every_page_leads_to_the_door(db: None, address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code == 303
    assert answer["Location"].startswith(SIGN_IN)


def test_an_open_page_whose_session_ended_is_sent_to_the_door(db: None) -> None:
    answer = Client().get(
        "/office/bookings/TRV-1/live/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/office/bookings/TRV-1/"},
    )
    assert answer["HX-Redirect"] == f"{SIGN_IN}?next=%2Foffice%2Fbookings%2FTRV-1%2F"
    assert answer.content == b""


def test_half_an_hour_away_ends_the_session(operator: Operator) -> None:
    browser = signed_in(operator)
    browser.get("/office/bookings/")
    session = browser.session
    session[SEEN] = int(time.time()) - IDLE_S - 1
    session.save()
    assert browser.get("/office/bookings/").status_code == 303


def test_a_page_asking_for_news_does_not_keep_the_session_alive(operator: Operator) -> None:
    browser = signed_in(operator)
    browser.get("/office/bookings/")
    session = browser.session
    session[SEEN] = asked = int(time.time()) - 600
    session.save()
    browser.get("/office/bookings/TRV-1/live/", headers={"HX-Request": "true"})
    assert browser.session[SEEN] == asked
    browser.get("/office/bookings/")
    assert browser.session[SEEN] > asked


def test_signing_out_ends_the_session_and_needs_a_post(operator: Operator) -> None:
    browser = signed_in(operator)
    assert browser.get("/office/sign-out/").status_code == 405
    assert browser.post("/office/sign-out/").status_code == 303
    assert browser.get("/office/bookings/").status_code == 303


def test_a_form_without_its_token_is_refused_in_words(operator: Operator) -> None:
    browser = signed_in(operator, checks=True)
    answer = browser.post("/office/sign-out/")
    assert answer.status_code == 403
    assert "Nothing was sent" in answer.content.decode()
    assert browser.get("/office/bookings/").status_code == 200
