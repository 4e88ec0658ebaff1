"""An administrator looks after webhooks: adds one, sees its secret once, reads what was answered, sends again."""

import html
import re

import pytest
from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.manage_webhooks import list_webhooks
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.outgoing import ADMIN, Answering, a_webhook, deliver, deliveries
from tests.support.staff import signed_in

LIST = "/office/settings/webhooks/"


@pytest.fixture
def browser(operator: Operator) -> Client:
    """The browser of an administrator."""
    return signed_in(operator, role="admin")


def text(answer: object, /) -> str:
    """The text of an answer."""
    return html.unescape(answer.content.decode())  # type: ignore[attr-defined]  # Django's test answer


def secret_in(page: str) -> str:
    """The secret that a page shows."""
    found = re.search(r'id="secret" class="mono" readonly value="(\w+_[\w-]{43})"', page)
    assert found is not None
    return found[1]


def test_before_the_first_one_the_page_says_what_it_is_for(browser: Client) -> None:
    assert "No other system is told yet" in text(browser.get(LIST))


def test_a_webhook_is_added_and_its_secret_shown_once(operator: Operator, browser: Client) -> None:
    asked = {
        "url": "https://example.com/hook",
        "description": "CRM",
        "events": ["refund.paid", "payment.received"],
    }
    answer = browser.post(f"{LIST}add/", asked)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    secret = secret_in(text(answer))
    (made,) = list_webhooks(operator, actor=ADMIN)
    assert (made.url, made.events) == ("https://example.com/hook", ("payment.received", "refund.paid"))
    for page in (LIST, f"{LIST}{made.id}/", f"{LIST}{made.id}/edit/"):
        shown = text(browser.get(page))
        assert secret not in shown
        assert "https://example.com/hook" in shown


@pytest.mark.parametrize(
    ("differs", "field", "words"),
    [
        ({"url": "http://example.com/"}, "url", "The address must begin with https://."),
        ({"url": "https://127.0.0.1/"}, "url", "The address is not on the public internet."),
        ({"events": []}, "events", "Choose at least one event from the list."),
        ({"description": "x" * 101}, "description", "Give one line of at most 100 characters."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Operator, browser: Client, differs: dict[str, object], field: str, words: str
) -> None:
    asked = {"url": "https://example.com/", "description": "", "events": ["refund.paid"], **differs}
    answer = browser.post(f"{LIST}add/", asked)
    page = text(answer)
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert f'<a href="#{field}">{words}</a>' in page
    assert f'id="{field}-error"' in page
    assert f'id="{field}"' in page
    assert str(asked["url"]) in page
    assert list_webhooks(operator, actor=ADMIN) == ()


def test_the_log_shows_tries_body_and_answer_and_sends_again(operator: Operator, browser: Client) -> None:
    made = a_webhook(operator, events=("booking.created",))
    reference = sell(operator, a_trip_in(200)).booking.reference
    deliver(operator, made, post=Answering(500))
    here = f"{LIST}{made.endpoint_id}/"
    listed = text(browser.get(here))
    assert "booking.created" in listed
    assert reference in listed
    assert "500" in listed
    (delivery,) = deliveries(operator)
    shown = text(browser.get(f"{here}deliveries/{delivery.id}/"))
    assert "Answered 500" in shown
    assert ">said</pre>" in shown
    assert f'"booking": "{reference}"' in shown
    answer = browser.post(f"{here}deliveries/{delivery.id}/again/")
    assert answer.status_code == 303
    again = text(browser.get(answer["Location"]))
    assert "Being sent" in again
    assert "an earlier delivery" in again
    assert len(deliveries(operator)) == 2
    assert "No delivery is failed" in text(browser.get(f"{here}?status=failed"))
    assert browser.get(f"{here}?status=odd").status_code == 404
    assert browser.get(f"{here}?before=odd").status_code == 404


def test_a_test_event_leads_to_its_delivery(operator: Operator, browser: Client) -> None:
    made = a_webhook(operator, events=("refund.paid",))
    answer = browser.post(f"{LIST}{made.endpoint_id}/test/")
    assert answer.status_code == 303
    assert "webhook.test" in text(browser.get(answer["Location"]))


def test_a_secret_is_replaced_in_two_steps(operator: Operator, browser: Client) -> None:
    made = a_webhook(operator)
    here = f"{LIST}{made.endpoint_id}/"
    assert "Make a new secret?" in text(browser.get(f"{here}new-secret/"))
    assert secret_in(text(browser.post(f"{here}new-secret/"))) != made.secret
    assert "Two are live" in text(browser.get(here))
    assert "End the old secret?" in text(browser.get(f"{here}end-old-secret/"))
    assert browser.post(f"{here}end-old-secret/").status_code == 303
    assert "One is live" in text(browser.get(here))


def test_it_is_disabled_and_enabled(operator: Operator, browser: Client) -> None:
    made = a_webhook(operator)
    here = f"{LIST}{made.endpoint_id}/"
    assert "Disable this webhook?" in text(browser.get(f"{here}disable/"))
    assert browser.post(f"{here}disable/").status_code == 303
    assert "This webhook is disabled since" in text(browser.get(here))
    assert "Disabled" in text(browser.get(LIST))
    assert browser.post(f"{here}test/").status_code == 303
    assert "Enable it, then send again" in text(browser.get(here))
    assert browser.post(f"{here}enable/").status_code == 303
    assert "This webhook is disabled since" not in text(browser.get(here))


def test_it_is_edited(operator: Operator, browser: Client) -> None:
    made = a_webhook(operator)
    here = f"{LIST}{made.endpoint_id}/"
    asked = {"url": "https://other.example/", "description": "Data lake", "events": ["refund.paid"]}
    assert browser.post(f"{here}edit/", asked).status_code == 303
    assert "Data lake" in text(browser.get(LIST))
    assert browser.post(f"{here}edit/", {**asked, "url": "nonsense"}).status_code == 422


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_nobody_else_gets_in(operator: Operator, role: str) -> None:
    made = a_webhook(operator)
    browser = signed_in(operator, role=role)
    for page in ("", "add/", f"{made.endpoint_id}/", f"{made.endpoint_id}/edit/"):
        assert browser.get(f"{LIST}{page}").status_code == 403
    assert browser.post(f"{LIST}{made.endpoint_id}/test/").status_code == 403
    assert "Webhooks" not in text(browser.get("/office/settings/"))


def test_another_operators_webhook_is_a_page_that_does_not_exist(operator: Operator, browser: Client) -> None:
    made = a_webhook(new_operator())
    for page in ("", "edit/", "disable/", "new-secret/"):
        assert browser.get(f"{LIST}{made.endpoint_id}/{page}").status_code == 404
    assert browser.post(f"{LIST}{made.endpoint_id}/test/").status_code == 404
