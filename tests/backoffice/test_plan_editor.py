"""The plan editor as a browser without JavaScript uses it: rows, terms, preview, save, and what goes wrong."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.people import person
from tests.support.staff import signed_in

INPUT = re.compile(r"<(?:input|select)\b[^>]*>")
OPTION = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected', re.DOTALL)


def here(billing: Billing) -> str:
    return f"/office/bookings/{billing.booking.reference}/plan/"


def fields(page: str) -> list[tuple[str, str]]:
    """What the form with this page's fields would send when a button of it was pressed."""
    found = []
    for tag in INPUT.findall(page):
        values = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        name = values.get("name", "")
        if not name or name in ("q", "csrfmiddlewaretoken", "to", "next") or tag.startswith("<select"):
            continue
        if values.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        found.append((name, html.unescape(values.get("value", ""))))
    return found + [(name, html.unescape(value)) for name, value in OPTION.findall(page)]


def changed(form: list[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    """The form with some fields set, all of one name alike."""
    return [(name, values.get(name, value)) for name, value in form]


@pytest.fixture
def billing(operator: Operator) -> Billing:
    return sell(operator, a_trip_in(200))


@pytest.fixture
def client(operator: Operator) -> Client:
    return signed_in(operator)


def opened(client: Client, billing: Billing, /) -> list[tuple[str, str]]:
    answer = client.get(here(billing))
    assert answer.status_code == 200
    return fields(answer.content.decode())


def pressed(client: Client, billing: Billing, form: list[tuple[str, str]], /, *, do: str) -> tuple[int, str]:
    answer = client.get(f"{here(billing)}?{urlencode([*form, ('do', do)])}")
    return answer.status_code, answer.content.decode()


def test_the_editor_opens_with_the_plan_and_the_terms(client: Client, billing: Billing) -> None:
    form = opened(client, billing)
    down, balance = billing.open_rows
    assert [value for name, value in form if name == "row_amount"] == ["300.00", "700.00"]
    assert [value for name, value in form if name == "row_due"] == [
        down.due_date.isoformat(),
        balance.due_date.isoformat(),
    ]
    assert {("by", "hand"), ("down", "percent"), ("percent", "30"), ("days", "30"), ("parts", "one")} <= set(
        form
    )


def test_the_billing_page_leads_here(client: Client, billing: Billing) -> None:
    page = client.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
    assert f'href="{here(billing)}"' in page


def test_rows_are_added_and_removed_without_saving(
    client: Client, billing: Billing, operator: Operator
) -> None:
    form = opened(client, billing)
    status, page = pressed(client, billing, form, do="add-row")
    assert status == 200
    assert len([name for name, _ in fields(page) if name == "row_amount"]) == 3
    status, page = pressed(client, billing, fields(page), do="remove-row-0")
    assert [value for name, value in fields(page) if name == "row_amount"] == ["700.00", ""]
    assert "Not a plan yet" in page
    status, page = pressed(client, billing, form, do="add-share")
    assert len([name for name, _ in fields(page) if name == "share_percent"]) == 2
    assert ("by", "terms") in fields(page)
    assert billing_by_id(operator, booking_id=billing.booking.id) == billing


def test_a_preview_shows_both_plans_and_save_keeps_the_new_one(
    client: Client, billing: Billing, operator: Operator
) -> None:
    form = changed(opened(client, billing), by="terms", parts="equal", instalments="2", days="60")
    status, page = pressed(client, billing, form, do="preview")
    assert status == 200
    assert "Nothing saved yet" in page
    assert "Everything is planned." in page
    assert "the rest in 2 equal parts, the last 60 days before the start" in page
    assert page.count("<del>") == 3  # the old terms, and the balance's date and amount
    assert billing_by_id(operator, booking_id=billing.booking.id) == billing
    saved = client.post(here(billing), dict_of(fields(page)))
    assert (saved.status_code, saved["Location"]) == (303, f"/office/bookings/{billing.booking.reference}/")
    then = billing_by_id(operator, booking_id=billing.booking.id)
    assert [row.amount_minor for row in then.open_rows] == [30_000, 35_000, 35_000]
    assert [email.kind for email in then.emails] == ["booking_change"], "it is ticked"
    again = client.post(here(billing), dict_of(fields(page)))
    assert again.status_code == 303
    assert billing_by_id(operator, booking_id=billing.booking.id) == then


def test_back_from_the_preview_leads_to_the_entered_form(client: Client, billing: Billing) -> None:
    form = changed(opened(client, billing), by="terms", parts="equal", instalments="2")
    _, page = pressed(client, billing, form, do="preview")
    (back,) = re.findall(r'href="([^"]+)">Back to the editor', page)
    answer = client.get(html.unescape(back))
    assert sorted(fields(answer.content.decode())) == sorted(form)


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"row_amount": "1e3"}, "row-amount-0", "Row 1: give an amount in GBP."),
        ({"row_amount": "10.001"}, "row-amount-0", "Row 1: give an amount in GBP."),
        ({"row_amount": "0"}, "row-amount-0", "Give an amount above 0."),
        ({"row_due": "31.12.2027"}, "row-due-0", "Row 1: give a due date."),
        ({"row_due": "2020-01-01"}, "row-due-0", "The due date is today or later"),
        ({"row_amount": "600.00"}, "rows", "Open payments come to GBP 200.00 too much"),
        ({"by": "terms", "percent": "a lot"}, "percent", "Give a percentage such as 12.5."),
        ({"by": "terms", "percent": "101"}, "percent", "Give a percentage above 0 and up to 100."),
        ({"by": "terms", "days": ""}, "days", "Give a whole number of days"),
        (
            {"by": "terms", "down": "fixed", "fixed": "-5"},
            "fixed",
            "Give the down payment as an amount in GBP above 0.",
        ),
        (
            {"by": "terms", "down": "fixed", "fixed": "0"},
            "fixed",
            "Give the down payment as an amount in GBP above 0.",
        ),
        (
            {"by": "terms", "parts": "equal", "instalments": "1"},
            "instalments",
            "Give a whole number of equal parts",
        ),
        ({"by": "terms", "parts": "dated"}, "share-percent-0", "Give a percentage such as 12.5."),
        (
            {"by": "terms", "parts": "dated", "share_percent": "20"},
            "share-days-0",
            "Give a whole number of days.",
        ),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(
    client: Client, billing: Billing, values: dict[str, str], field: str, message: str
) -> None:
    form = changed(opened(client, billing), **values)
    status, page = pressed(client, billing, form, do="preview")
    assert status == 422
    assert "<title>Error: " in page
    assert f'<li><a href="#{field}">{message}' in page
    assert f'id="{field}-error"' in page
    assert f' id="{field}"' in page
    assert sorted(fields(page)) == sorted(form)
    posted = client.post(here(billing), dict_of(form))
    assert posted.status_code == 422


def test_somebody_who_was_first_is_named(client: Client, billing: Billing, operator: Operator) -> None:
    form = opened(client, billing)
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=billing.open_rows[0].id,
        received=Received(),
        actor=person("Ivo Brandt"),
    )
    answers = (
        client.get(f"{here(billing)}?{urlencode([*form, ('do', 'preview')])}"),
        client.post(here(billing), dict_of(form)),
    )
    for answer in answers:
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Your edit was not saved" in page
        assert "Ivo Brandt was first, " in page
        assert "GBP 300.00 received by bank transfer" in page
        assert [value for name, value in fields(page) if name == "row_amount"] == ["700.00"]


def test_the_live_line_says_what_would_be_left(client: Client, billing: Billing) -> None:
    form = changed(opened(client, billing), row_amount="100")
    page = client.get(f"{here(billing)}after/?{urlencode(form)}").content.decode()
    assert "GBP 800.00 still to be covered" in page


def test_who_may_not_plan_sees_no_editor(operator: Operator, billing: Billing) -> None:
    auditor = signed_in(operator, role="auditor")
    assert auditor.get(here(billing)).status_code == 403
    assert auditor.post(here(billing), {"by": "hand"}).status_code == 403
    page = auditor.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
    assert here(billing) not in page


def test_another_operators_booking_has_no_editor(client: Client) -> None:
    assert client.get("/office/bookings/TRV-NOBODY/plan/").status_code == 404


def test_a_page_that_nobody_drew_breaks_nothing(client: Client, billing: Billing) -> None:
    odd = [("by", "hand"), ("row", "x"), ("row_kind", "y"), ("row_amount", "1"), ("row_due", "2030-01-01")]
    for button in ("preview", "add-row", "remove-row-99", "remove-row-", "remove-share-0", "anything"):
        status, _ = pressed(client, billing, odd, do=button)
        assert status in (200, 422)


def dict_of(form: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The form as Django's test client posts it."""
    data: dict[str, list[str]] = {}
    for name, value in form:
        data.setdefault(name, []).append(value)
    return data


def test_only_an_edit_that_changes_something_is_emailed(client: Client, billing: Billing) -> None:
    form = [*opened(client, billing), ("notify", "1")]
    assert client.post(here(billing), dict_of(form)).status_code == 303
    page = client.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
    assert "The plan was saved." in page
    assert "is emailed" not in page
    form = changed(opened(client, billing), by="terms", down="none")
    for _ in range(2):
        assert client.post(here(billing), dict_of([*form, ("notify", "1")])).status_code == 303
        page = client.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
        assert "is emailed the new plan." in page


def test_a_down_payment_of_no_known_kind_is_refused(client: Client, billing: Billing) -> None:
    form = changed(opened(client, billing), by="terms", down="most of it")
    answer = client.post(here(billing), dict_of(form))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert page.count("Say whether a down payment is asked for.") == 2
    assert 'href="#down"' in page
    assert 'id="down"' in page


def test_looking_at_what_an_edit_would_leave_locks_nothing(client: Client, billing: Billing) -> None:
    form = urlencode(opened(client, billing))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{here(billing)}after/?{form}").status_code == 200
    assert asked.captured_queries
    assert not [one["sql"] for one in asked.captured_queries if "FOR UPDATE" in one["sql"]]
