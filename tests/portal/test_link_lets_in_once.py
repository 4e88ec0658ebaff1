"""A one-time link opens one booking once; looking at it spends nothing and tells nothing."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from fareledger.persistence.models import EmailMessage, PortalLink, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.open_portal_session import LinkNotUsable, look_at_link, spend_link
from fareledger.usecases.portal_tokens import token_hash
from fareledger.usecases.send_portal_link import MAILS_AN_HOUR, send_portal_link
from fareledger.usecases.show_booking import Billing
from tests.support.bookings import a_trip, a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.paying import later
from tests.support.people import person
from tests.support.portal import a_link

PRESSES = 20
PERSONAL = ("Eleanor", "Hartley", "example.com", "Lisbon", "1,000.00")


@pytest.fixture
def booking(operator: Operator) -> Billing:
    """A trip for 1,000.00, nothing paid."""
    return sell(operator, a_trip_in(200))


def mails(operator: Operator, *, billing: Billing) -> int:
    """How many link emails were queued for a booking."""
    with operator_transaction(operator.id):
        return EmailMessage.objects.filter(booking_id=billing.booking.id, kind="portal_link").count()


def test_looking_spends_nothing_and_shows_no_personal_data(operator: Operator, booking: Billing) -> None:
    path, client = a_link(operator, booking_id=booking.booking.id), Client()
    for method in (client.get, client.head, client.get):
        seen = method(path)
        assert seen.status_code == 200
        assert not client.cookies.get(f"fl_portal_{operator.slug}")
        assert not [word for word in PERSONAL if word in seen.content.decode()]
        assert booking.booking.reference not in seen.content.decode()
    with operator_transaction(operator.id):
        assert PortalLink.objects.get(booking_id=booking.booking.id).used_at is None


def test_pressing_the_button_opens_the_booking_at_a_clean_address(
    operator: Operator, booking: Billing
) -> None:
    path, client = a_link(operator, booking_id=booking.booking.id), Client()
    opened = client.post(path)
    assert (opened.status_code, opened["Location"]) == (303, f"/p/{operator.slug}/")
    cookie = opened.cookies[f"fl_portal_{operator.slug}"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "Left to pay" in client.get(opened["Location"]).content.decode()


def test_the_second_use_is_refused_and_says_so(operator: Operator, booking: Billing) -> None:
    path = a_link(operator, booking_id=booking.booking.id)
    Client().post(path)
    other = Client()
    assert other.post(path)["Location"] == path
    seen = other.get(path)
    assert seen.status_code == 410
    assert "This link was used already" in seen.content.decode()


def test_a_double_press_of_the_same_browser_gets_in(operator: Operator, booking: Billing) -> None:
    path, client = a_link(operator, booking_id=booking.booking.id), Client()
    client.post(path)
    assert client.post(path)["Location"] == f"/p/{operator.slug}/"


def test_of_many_who_press_at_once_one_gets_in(operator: Operator, booking: Billing) -> None:
    token = a_link(operator, booking_id=booking.booking.id).rpartition("/")[2]
    inside = [one for one in at_once(lambda: spend_link(operator, token=token)) if one]
    assert len(inside) == 1


def test_without_the_single_statement_more_than_one_would_get_in(
    operator: Operator, booking: Billing
) -> None:
    """The negative control: looking first and spending afterwards lets several in."""
    token = a_link(operator, booking_id=booking.booking.id).rpartition("/")[2]
    together = Barrier(PRESSES)

    def look_then_spend() -> bool:
        free = look_at_link(operator, token=token).state == "ready"
        together.wait(10)
        return free

    assert sum(at_once(look_then_spend)) > 1


def at_once(press: Callable[[], object]) -> list[bool]:
    """Do the same from many connections at the same time; True for each that was let in."""

    def attempt(_: int) -> bool:
        try:
            return press() is not False
        except LinkNotUsable:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(attempt, range(PRESSES)))


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_other_methods_do_nothing(operator: Operator, booking: Billing, method: str) -> None:
    path = a_link(operator, booking_id=booking.booking.id)
    assert getattr(Client(), method)(path).status_code == 405
    assert Client().get(path).status_code == 200


def test_a_newer_link_replaces_the_older_one(operator: Operator, booking: Billing) -> None:
    old, new = (
        a_link(operator, booking_id=booking.booking.id),
        a_link(operator, booking_id=booking.booking.id),
    )
    assert "A newer link replaced this one" in Client().get(old).content.decode()
    assert Client().get(new).status_code == 200


def test_a_link_runs_out(operator: Operator, booking: Billing) -> None:
    path = a_link(operator, booking_id=booking.booking.id)
    with later(timedelta(hours=72).total_seconds() + 1):
        seen = Client().get(path)
        assert "This link has run out" in seen.content.decode()
        assert Client().post(path)["Location"] == path


def test_a_new_link_is_emailed_without_typing(operator: Operator, booking: Billing) -> None:
    path, client = a_link(operator, booking_id=booking.booking.id), Client()
    client.post(path)
    answer = client.post(f"{path}/again")
    assert (answer.status_code, answer["Location"]) == (303, f"/p/{operator.slug}/sign-in/sent/")
    assert mails(operator, billing=booking) == 1


def test_an_unknown_link_is_a_page_that_leads_on(operator: Operator) -> None:
    seen = Client().get(f"/p/{operator.slug}/link/{'x' * 43}")
    assert seen.status_code == 404
    assert "This link is not complete" in seen.content.decode()


def test_a_link_opens_nothing_at_another_operator(operator: Operator, booking: Billing) -> None:
    path = a_link(operator, booking_id=booking.booking.id).replace(operator.slug, new_operator().slug)
    assert Client().get(path).status_code == 404
    assert "fl_portal" not in str(Client().post(path).cookies)


def test_only_hashes_are_stored(operator: Operator, booking: Billing) -> None:
    path, client = a_link(operator, booking_id=booking.booking.id), Client()
    cookie = client.post(path).cookies[f"fl_portal_{operator.slug}"].value
    with operator_transaction(operator.id):
        assert PortalLink.objects.get(booking_id=booking.booking.id).token_sha256 == token_hash(
            path.rpartition("/")[2]
        )
        assert PortalSession.objects.get(booking_id=booking.booking.id).token_sha256 == token_hash(cookie)


def test_asking_for_a_link_answers_alike_for_every_miss_and_hit(operator: Operator, booking: Billing) -> None:
    address = f"/p/{operator.slug}/sign-in/link/"
    right = (booking.booking.reference, "eleanor.hartley@example.com")
    wrong = (("NONE-1", right[1]), (right[0], "someone@example.com"), right)
    told = set()
    for reference, email in wrong:
        client = Client()
        answer = client.post(address, {"reference": reference.lower(), "email": email.upper()})
        assert answer.status_code == 303
        page = client.get(answer["Location"]).content.decode()
        told.add(re.sub(r"[a-zA-Z]•••@\S+|\bto=[^\"&]+", "…", page))
    assert len(told) == 1
    assert mails(operator, billing=booking) == 1


def test_no_more_than_three_link_emails_an_hour(operator: Operator, booking: Billing) -> None:
    address = f"/p/{operator.slug}/sign-in/link/"
    form = {"reference": booking.booking.reference, "email": "eleanor.hartley@example.com"}
    for _ in range(MAILS_AN_HOUR + 2):
        assert Client().post(address, form).status_code == 303
    assert mails(operator, billing=booking) == MAILS_AN_HOUR
    with later(3601):
        Client().post(address, form)
    assert mails(operator, billing=booking) == MAILS_AN_HOUR + 1


def test_what_cannot_be_right_is_said_beside_the_field(operator: Operator) -> None:
    answer = Client().post(f"/p/{operator.slug}/sign-in/", {"reference": "", "email": "nobody"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert page.count("Enter your booking reference") == 2
    assert 'value="nobody"' in page


def test_tokens_reach_no_log(
    operator: Operator, booking: Billing, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_link(operator, booking_id=booking.booking.id)
    token = path.rpartition("/")[2]
    with caplog.at_level(0):
        for _ in range(2):
            Client().post(path)
            Client().get(path)
        Client().put(path, b"")
    written = capsys.readouterr()
    assert token not in written.out + written.err
    assert token not in "\n".join(record.getMessage() for record in caplog.records)


def test_one_email_and_a_different_booking_of_the_same_person(operator: Operator, booking: Billing) -> None:
    other = sell(operator, a_trip())
    client = Client()
    client.post(a_link(operator, booking_id=booking.booking.id))
    home = client.get(f"/p/{operator.slug}/").content.decode()
    assert booking.booking.reference in home
    assert other.booking.reference not in home
    send_portal_link(operator, booking_id=other.booking.id, asked_by="operator", actor=person("Marta"))
    assert mails(operator, billing=other) == 1
