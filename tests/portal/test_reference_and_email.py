"""Reference and email open a booking; every miss is answered alike, and guessing slows down without locking out."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fareledger.persistence.models import EmailMessage, PortalMiss, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.portal_misses import Window, count_misses, write_miss
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import wall_clock
from fareledger.usecases.open_portal_session import session_of
from fareledger.usecases.send_portal_link import EVEN_ANSWER_S, MAILS_AN_HOUR, send_portal_link
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.sign_in_by_reference import (
    MISSES_A_REFERENCE,
    MISSES_AN_ADDRESS,
    DetailsNotKnown,
    forget_old_misses,
    sign_in_by_reference,
)
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.paying import later
from tests.support.people import person
from tests.support.racing import race

EMAIL = "eleanor.hartley@example.com"
WORDS = "We could not find a booking with those details. Check your confirmation email."
GUESSES = 24


@pytest.fixture
def booking(operator: Operator) -> Billing:
    """A trip for 1,000.00, nothing paid."""
    return sell(operator, a_trip_in(200))


def door(operator: Operator) -> str:
    """The address of the sign-in page."""
    return f"/p/{operator.slug}/sign-in/"


def knock(operator: Operator, *, reference: str, email: str = EMAIL, ip: str = "203.0.113.7") -> bool:
    """Try to get in from an address; say whether it worked."""
    try:
        sign_in_by_reference(operator, reference=reference, email=email, ip=ip)
    except DetailsNotKnown:
        return False
    return True


def misses(operator: Operator) -> int:
    """How many misses were written down."""
    with operator_transaction(operator.id):
        return PortalMiss.objects.filter(operator_id=operator.id).count()


def spellings(reference: str) -> tuple[str, ...]:
    """The ways in which people write a reference."""
    letters = "".join(sign for sign in reference if sign.isalnum())
    return (
        reference,
        reference.lower(),
        letters,
        f" {letters[:3]} {letters[3:]} ",
        letters[:3] + " - " + letters[3:].lower(),
        f"{letters[:3]}–{letters[3:]}",
    )


def test_every_spelling_of_the_reference_opens_the_booking(operator: Operator, booking: Billing) -> None:
    for typed in spellings(booking.booking.reference):
        client = Client()
        answer = client.post(door(operator), {"reference": typed, "email": f" {EMAIL.upper()} "})
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{operator.slug}/"), typed
        assert booking.booking.reference in client.get(answer["Location"]).content.decode()


def test_the_visit_is_not_proven(operator: Operator, booking: Billing) -> None:
    client = Client()
    client.post(door(operator), {"reference": booking.booking.reference, "email": EMAIL})
    visit = session_of(operator, token=client.cookies[f"fl_portal_{operator.slug}"].value)
    assert visit is not None
    assert (visit.viewer, visit.proven) == ("customer", False)


def test_one_gets_a_new_token_and_the_old_visit_ends(operator: Operator, booking: Billing) -> None:
    client, form = Client(), {"reference": booking.booking.reference, "email": EMAIL}
    client.post(door(operator), form)
    first = client.cookies[f"fl_portal_{operator.slug}"].value
    client.post(door(operator), form)
    assert client.cookies[f"fl_portal_{operator.slug}"].value != first
    assert session_of(operator, token=first) is None


def test_every_miss_says_the_same_with_the_same_status(operator: Operator, booking: Billing) -> None:
    right, told = booking.booking.reference, set()
    tries = [(right, "someone@example.com"), ("NONE-123", EMAIL), ("NONE-124", "someone@example.com")]
    tries += [(right, f"guess{number}@example.com") for number in range(MISSES_A_REFERENCE)]
    for reference, email in (*tries, (right, EMAIL)):
        answer = Client().post(door(operator), {"reference": reference, "email": email})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "fl_portal" not in str(answer.cookies)
        assert page.count(WORDS) == 1
        told.add(re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page))
    assert len(told) == 1


def test_every_miss_sends_the_same_statements(operator: Operator, booking: Billing) -> None:
    """What is asked of the database does not tell a wrong email, an unknown reference and a closed door apart."""
    right = booking.booking.reference
    asked = set()
    for reference, email in ((right, "someone@example.com"), ("NONE-1", EMAIL), (right, EMAIL)):
        if email == EMAIL and reference == right:
            for number in range(MISSES_A_REFERENCE):
                knock(operator, reference=right, email=f"x{number}@example.com")
        with CaptureQueriesContext(connection) as seen:
            assert not knock(operator, reference=reference, email=email)
        asked.add(tuple(re.sub(r"'[^']*'|\d+|\b(true|false)\b", "?", query["sql"]) for query in seen))
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as hit:
        assert knock(operator, reference=sell(operator, a_trip_in(90)).booking.reference)
    assert len(hit) != len(next(iter(asked)))


def test_no_miss_is_answered_sooner_than_another(operator: Operator, booking: Billing) -> None:
    right, took = booking.booking.reference, {}
    for name, reference in (("wrong email", right), ("unknown", "NONE-1")):
        begun = time.monotonic()
        knock(operator, reference=reference, email="someone@example.com")
        took[name] = time.monotonic() - begun
    assert min(took.values()) >= EVEN_ANSWER_S


def test_five_misses_close_this_door_for_a_quarter_of_an_hour(operator: Operator, booking: Billing) -> None:
    right = booking.booking.reference
    for number in range(MISSES_A_REFERENCE):
        assert not knock(operator, reference=right.lower(), email="x@example.com", ip=f"203.0.113.{number}")
    assert not knock(operator, reference=right)
    with later(14 * 60):
        assert not knock(operator, reference=right)
    with later(15 * 60 + 5):
        assert knock(operator, reference=right)


def test_trying_at_a_closed_door_keeps_it_closed_no_longer(operator: Operator, booking: Billing) -> None:
    right = booking.booking.reference
    for _ in range(MISSES_A_REFERENCE + 3):
        assert not knock(operator, reference=right, email="x@example.com")
    assert misses(operator) == MISSES_A_REFERENCE


def test_a_closed_door_locks_nobody_out(operator: Operator, booking: Billing) -> None:
    right, inside = booking.booking.reference, Client()
    inside.post(door(operator), {"reference": right, "email": EMAIL})
    for _ in range(MISSES_A_REFERENCE):
        knock(operator, reference=right, email="x@example.com")
    assert inside.get(f"/p/{operator.slug}/").status_code == 200
    answer = Client().post(f"{door(operator)}link/", {"reference": right, "email": EMAIL})
    assert answer.status_code == 303
    with operator_transaction(operator.id):
        assert EmailMessage.objects.filter(booking_id=booking.booking.id, kind="portal_link").count() == 1


def test_twenty_misses_from_one_address_close_the_door_for_an_hour(
    operator: Operator, booking: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    for number in range(MISSES_AN_ADDRESS):
        assert not knock(operator, reference=f"NONE-{number}")
    right = booking.booking.reference
    assert not knock(operator, reference=right)
    assert knock(operator, reference=right, ip="203.0.113.8")
    with later(3605):
        assert knock(operator, reference=right)


def test_a_header_that_anybody_can_send_is_not_believed(operator: Operator, booking: Billing) -> None:
    form = {"reference": booking.booking.reference, "email": "x@example.com"}
    for number in range(2):
        Client().post(door(operator), form, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    with operator_transaction(operator.id):
        assert set(PortalMiss.objects.values_list("ip", flat=True)) == {"127.0.0.1"}


def test_guesses_side_by_side_are_all_counted(operator: Operator, booking: Billing) -> None:
    right = booking.booking.reference

    def guess(number: int) -> Callable[[], bool]:
        return lambda: knock(operator, reference=right, email=f"x{number}@example.com", ip=f"10.0.0.{number}")

    finish = race([guess(number) for number in range(GUESSES)])
    assert finish.errors == []
    assert not any(finish.results)
    assert misses(operator) == MISSES_A_REFERENCE


def test_without_the_lock_more_guesses_would_pass(operator: Operator) -> None:
    """The negative control: counting first and writing afterwards lets more than five through."""

    def guess() -> bool:
        moment = wall_clock()
        window = Window(
            reference_key="ANY",
            ip="10.0.0.1",
            reference_since=moment - timedelta(minutes=15),
            ip_since=moment - timedelta(hours=1),
        )
        with operator_transaction(operator.id):
            is_open = count_misses(operator.id, window=window)[0] < MISSES_A_REFERENCE
            time.sleep(0.2)
            write_miss(operator.id, window=window, at=moment, counts=is_open)
        return is_open

    finish = race([guess] * GUESSES)
    assert finish.errors == []
    assert sum(finish.results) > MISSES_A_REFERENCE


def test_a_booking_opens_at_its_own_operator_only(operator: Operator, booking: Billing) -> None:
    other = new_operator()
    assert not knock(other, reference=booking.booking.reference)
    assert misses(operator) == 0


def test_links_of_every_door_count_for_the_three_an_hour(operator: Operator, booking: Billing) -> None:
    second = sell(operator, a_trip_in(120))
    send_portal_link(operator, booking_id=second.booking.id, asked_by="operator", actor=person("Marta"))
    for one in (booking, second, booking, second):
        form = {"reference": one.booking.reference, "email": EMAIL}
        assert Client().post(f"{door(operator)}link/", form).status_code == 303
    with operator_transaction(operator.id):
        assert EmailMessage.objects.filter(kind="portal_link").count() == MAILS_AN_HOUR


def test_one_is_led_back_to_where_one_wanted(operator: Operator, booking: Billing) -> None:
    client = Client()
    stopped = client.get(f"/p/{operator.slug}/history/")
    assert 'name="next" value="history/"' in client.get(stopped["Location"]).content.decode()
    form = {"reference": booking.booking.reference, "email": EMAIL, "next": "history/"}
    assert client.post(door(operator), form)["Location"] == f"/p/{operator.slug}/history/"


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example/", "https://evil.example/", "../other/", "/office/", "sign-out/", "nowhere/", "\\evil/"],
)
def test_nobody_is_led_away(operator: Operator, booking: Billing, elsewhere: str) -> None:
    form = {"reference": booking.booking.reference, "email": EMAIL, "next": elsewhere}
    assert Client().post(door(operator), form)["Location"] == f"/p/{operator.slug}/"


def test_a_session_that_ended_says_so_and_leads_back(operator: Operator, booking: Billing) -> None:
    client = Client()
    client.post(door(operator), {"reference": booking.booking.reference, "email": EMAIL})
    with later(16 * 60):
        page = client.get(f"/p/{operator.slug}/history/", follow=True).content.decode()
    assert "Your visit has ended" in page
    assert 'name="next" value="history/"' in page


def test_no_email_of_a_guess_is_kept(operator: Operator, booking: Billing) -> None:
    knock(operator, reference=booking.booking.reference, email="curious@example.com")
    with operator_transaction(operator.id):
        kept = PortalMiss.objects.get()
        assert "curious" not in f"{kept.reference_key} {kept.ip}"
        assert PortalSession.objects.count() == 0


def test_misses_that_count_no_more_are_forgotten_though_nobody_came_back(operator: Operator) -> None:
    knock(operator, reference="TRV-1")
    forget_old_misses()
    assert misses(operator) == 1
    with later(timedelta(hours=2, minutes=1).total_seconds()):
        forget_old_misses()
    assert misses(operator) == 0
