"""What needs a proven visit asks for a link or a code; a code is guessed five times at most, also side by side."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from fareledger.faces.portal.visits import Guest, cookie_name, guest_page
from fareledger.faces.shared.emails import render_email
from fareledger.persistence.models import EmailMessage, PortalCode
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.open_portal_session import Visit, session_of
from fareledger.usecases.portal_tokens import code_of
from fareledger.usecases.prove_visit import (
    CODES_AN_HOUR,
    TRIES,
    CodeEnded,
    CodeIncomplete,
    CodeWrong,
    TooManyCodes,
    digits_of,
    send_code,
    take_code,
)
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.view_as_customer import view_as_customer
from fareledger.usecases.visit_rights import NotProven, OnlyLooking, require_proven
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import later
from tests.support.people import person
from tests.support.portal import inside, inside_unproven, path_of
from tests.support.racing import race

GUESSES = 50
EMAIL = "eleanor.hartley@example.com"


@pytest.fixture
def booking(operator: Operator) -> Billing:
    """A trip for 1,000.00, nothing paid."""
    return sell(operator, a_trip_in(200))


@pytest.fixture
def browser(operator: Operator, booking: Billing) -> Client:
    """A browser whose visit began with reference and email."""
    client = Client()
    form = {"reference": booking.booking.reference, "email": EMAIL}
    assert client.post(f"/p/{operator.slug}/sign-in/", form).status_code == 303
    return client


def token_of(client: Client, *, operator: Operator) -> str:
    """The token in a browser's cookie."""
    return str(client.cookies[cookie_name(operator)].value)


def visit_of(client: Client, *, operator: Operator) -> Visit:
    """The running visit of a browser."""
    visit = session_of(operator, token=token_of(client, operator=operator))
    assert visit is not None
    return visit


def mails(operator: Operator, *, kind: str) -> list[EmailMessage]:
    """The emails of a kind, oldest first."""
    with operator_transaction(operator.id):
        return list(EmailMessage.objects.filter(kind=kind).order_by("queued_at", "id"))


def drawn(operator: Operator, *, queued: EmailMessage) -> RenderedEmail:
    """An email in words, as it goes out."""
    return render_email(
        QueuedEmail(
            id=queued.id,
            kind=queued.kind,
            operator=operator,
            booking_id=queued.booking_id,
            to_email=queued.to_email,
            queued_at=queued.queued_at,
            payload=queued.payload,
        )
    )


def newest_code(operator: Operator) -> str:
    """The code that was emailed last."""
    return code_of(mails(operator, kind="portal_code")[-1].payload["code_seed"])


def wrong(code: str, *, by: int = 1) -> str:
    """Six other digits."""
    return f"{(int(code) + by) % 1_000_000:06d}"


def test_a_page_that_needs_proof_leads_to_where_it_is_given_and_back(
    operator: Operator, browser: Client
) -> None:
    @guest_page
    def protected(request: HttpRequest, *, guest: Guest) -> HttpResponse:
        require_proven(guest.visit)
        return HttpResponse("seen")

    def ask(client: Client) -> HttpResponse:
        request = RequestFactory().get(f"/p/{operator.slug}/history/?page=2")
        request.COOKIES[cookie_name(operator)] = token_of(client, operator=operator)
        return cast("HttpResponse", protected(request, slug=operator.slug))

    stopped = ask(browser)
    assert (stopped.status_code, stopped["Location"]) == (
        303,
        f"/p/{operator.slug}/prove/?next=history%2F%3Fpage%3D2",
    )
    browser.post(f"/p/{operator.slug}/prove/send/")
    browser.post(f"/p/{operator.slug}/prove/code/", {"code": newest_code(operator)})
    assert ask(browser).content == b"seen"


def test_a_code_proves_the_visit_and_leads_back(operator: Operator, browser: Client) -> None:
    before = token_of(browser, operator=operator)
    page = browser.get(f"/p/{operator.slug}/prove/?next=history/").content.decode()
    assert "Send me a 6-digit code" in page
    assert EMAIL not in page
    assert "e•••@example.com" in page
    sent = browser.post(f"/p/{operator.slug}/prove/send/", {"next": "history/"})
    assert sent["Location"] == f"/p/{operator.slug}/prove/code/?next=history%2F"
    form = browser.get(sent["Location"]).content.decode()
    assert 'autocomplete="one-time-code"' in form
    code = newest_code(operator)
    typed = f" {code[:3]} {code[3:]} "
    done = browser.post(f"/p/{operator.slug}/prove/code/", {"code": typed, "next": "history/"})
    assert (done.status_code, done["Location"]) == (303, f"/p/{operator.slug}/history/")
    assert visit_of(browser, operator=operator).proven
    assert token_of(browser, operator=operator) != before
    assert session_of(operator, token=before) is None


def test_a_link_proves_and_leads_back(operator: Operator, browser: Client) -> None:
    browser.post(f"/p/{operator.slug}/prove/link/", {"next": "history/"})
    queued = mails(operator, kind="portal_link")[-1]
    email = drawn(operator, queued=queued)
    link = next(word for word in email.text.split() if "/link/" in word)
    path = link.partition("://")[2].partition("/")[2]
    assert 'name="next" value="history/"' in browser.get(f"/{path}").content.decode()
    opened = browser.post(f"/{path}")
    assert opened["Location"] == f"/p/{operator.slug}/history/"
    assert visit_of(browser, operator=operator).proven


def test_a_link_that_staff_handed_on_proves_nothing(operator: Operator, booking: Billing) -> None:
    handed_on = inside_unproven(operator, booking_id=booking.booking.id)
    assert not visit_of(handed_on, operator=operator).proven
    assert visit_of(inside(operator, booking_id=booking.booking.id), operator=operator).proven


def test_staff_who_look_on_prove_nothing_and_send_nothing(operator: Operator, booking: Billing) -> None:
    staff = Client()
    address = view_as_customer(operator, booking_id=booking.booking.id, actor=person("Marta"))
    staff.get(path_of(address))
    visit = visit_of(staff, operator=operator)
    for act in (
        lambda: require_proven(visit),
        lambda: send_code(operator, visit=visit),
        lambda: take_code(operator, visit=visit, typed="123456"),
    ):
        with pytest.raises(OnlyLooking):
            act()
    assert staff.post(f"/p/{operator.slug}/prove/send/").status_code == 403
    assert mails(operator, kind="portal_code") == []


def test_whoever_is_not_proven_is_refused(operator: Operator, browser: Client) -> None:
    with pytest.raises(NotProven) as refusal:
        require_proven(visit_of(browser, operator=operator))
    assert refusal.value.code == "not_proven"


def test_wrong_codes_say_how_many_tries_are_left(operator: Operator, browser: Client) -> None:
    address = f"/p/{operator.slug}/prove/code/"
    browser.post(f"/p/{operator.slug}/prove/send/")
    code, told = newest_code(operator), []
    for number in range(TRIES):
        answer = browser.post(address, {"code": wrong(code, by=number + 1)})
        assert answer.status_code == 422
        told.append(answer.content.decode())
    for left, page in zip(("4 tries are left", "3 tries", "2 tries", "One try is left"), told, strict=False):
        assert page.count(left) == 2
        assert "<title>Error:" in page
    assert "This code cannot be used any more" in told[-1]
    assert "This code cannot be used any more" in browser.post(address, {"code": code}).content.decode()
    assert not visit_of(browser, operator=operator).proven


def test_what_are_not_six_digits_is_no_try(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    send_code(operator, visit=visit)
    for typed in ("", "12345", "1234567", "abcdef", "12 34"):
        with pytest.raises(CodeIncomplete):
            take_code(operator, visit=visit, typed=typed)
    with operator_transaction(operator.id):
        assert PortalCode.objects.get().tries == 0


@pytest.mark.parametrize(
    "typed", ["123456", " 123 456 ", "123-456", "１２３４５６", "١٢٣٤٥٦", "123\u202f456"]
)
def test_digits_of_any_script_are_read(typed: str) -> None:
    assert digits_of(typed) == "123456"


def test_a_code_runs_out_after_ten_minutes(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    send_code(operator, visit=visit)
    with later(10 * 60 + 1), pytest.raises(CodeEnded):
        take_code(operator, visit=visit, typed=newest_code(operator))


def test_a_newer_code_replaces_the_older(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    send_code(operator, visit=visit)
    older = newest_code(operator)
    send_code(operator, visit=visit)
    with pytest.raises(CodeWrong):
        take_code(operator, visit=visit, typed=older)
    take_code(operator, visit=visit, typed=newest_code(operator))


def test_a_code_works_once_and_for_its_own_visit(
    operator: Operator, booking: Billing, browser: Client
) -> None:
    visit = visit_of(browser, operator=operator)
    other = visit_of(inside_unproven(operator, booking_id=booking.booking.id), operator=operator)
    send_code(operator, visit=visit)
    code = newest_code(operator)
    with pytest.raises(CodeEnded):
        take_code(operator, visit=other, typed=code)
    take_code(operator, visit=visit, typed=code)
    with pytest.raises(CodeEnded):
        take_code(operator, visit=visit, typed=code)


def test_no_more_than_three_codes_an_hour(operator: Operator, browser: Client) -> None:
    for _ in range(CODES_AN_HOUR):
        assert browser.post(f"/p/{operator.slug}/prove/send/").status_code == 303
    refused = browser.post(f"/p/{operator.slug}/prove/send/")
    assert refused.status_code == 422
    assert "at most three codes an hour" in refused.content.decode()
    assert len(mails(operator, kind="portal_code")) == CODES_AN_HOUR


def test_of_fifty_guesses_at_once_five_are_counted(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    send_code(operator, visit=visit)
    code = newest_code(operator)

    def guess(number: int) -> Callable[[], str]:
        def act() -> str:
            try:
                take_code(operator, visit=visit, typed=wrong(code, by=number + 1))
            except (CodeWrong, CodeEnded) as refusal:
                return refusal.code
            return "in"

        return act

    finish = race([guess(number) for number in range(GUESSES)])
    assert finish.errors == []
    assert sorted(finish.results) == ["code_ended"] * (GUESSES - TRIES) + ["code_wrong"] * TRIES
    with operator_transaction(operator.id):
        assert PortalCode.objects.get().tries == TRIES
    with pytest.raises(CodeEnded):
        take_code(operator, visit=visit, typed=code)


def test_without_the_single_statement_more_would_be_counted(operator: Operator, browser: Client) -> None:
    """The negative control: looking at the number first and raising it afterwards lets more than five guess."""
    send_code(operator, visit=visit_of(browser, operator=operator))

    def guess() -> bool:
        with operator_transaction(operator.id):
            free = PortalCode.objects.get().tries < TRIES
            time.sleep(0.2)
            if free:
                PortalCode.objects.update(tries=F("tries") + 1)
        return free

    finish = race([guess] * GUESSES)
    assert finish.errors == []
    assert sum(finish.results) > TRIES


def test_the_right_code_pressed_twice_at_once_proves_one_visit(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    send_code(operator, visit=visit)
    code = newest_code(operator)
    finish = race([lambda: take_code(operator, visit=visit, typed=code)] * 8)
    assert len(finish.results) == 1
    assert {type(error) for error in finish.errors} == {CodeEnded}
    proven = session_of(operator, token=finish.results[0].token)
    assert proven == replace(visit, proven=True)


def test_the_code_is_kept_nowhere(operator: Operator, browser: Client) -> None:
    send_code(operator, visit=visit_of(browser, operator=operator))
    code, queued = newest_code(operator), mails(operator, kind="portal_code")[0]
    with operator_transaction(operator.id):
        assert code not in PortalCode.objects.get().code_sha256
    assert code not in str(queued.payload)
    email = drawn(operator, queued=queued)
    assert code in email.text
    assert code in email.html
    assert code not in email.subject
    assert code not in email.kept(email.text) + email.kept(email.html)


def test_too_many_codes_is_an_error_with_a_name(operator: Operator, browser: Client) -> None:
    visit = visit_of(browser, operator=operator)
    for _ in range(CODES_AN_HOUR):
        send_code(operator, visit=visit)
    with pytest.raises(TooManyCodes):
        send_code(operator, visit=visit)
    with later(timedelta(hours=1).total_seconds() + 1):
        send_code(operator, visit=visit)
