"""An administrator says what customers may pay, when cards are charged again, and what one person may send back."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.portal_settings import portal_settings
from fareledger.usecases.spread_refunds import needs_second_person
from tests.support.staff import signed_in

PAGE = "/office/settings/portal/"
FORM = {
    "other_amount": "1", "minimum-GBP": "50.00", "minimum-JPY": "5000", "retry_days": "1, 3 7", "notice_days": "5",
    "threshold-GBP": "1,000.00", "threshold-KWD": "0",
}  # fmt: skip


@pytest.fixture
def browser(operator: Operator) -> Client:
    """The browser of an administrator."""
    return signed_in(operator, role="admin")


def post(browser: Client, **differs: str) -> Any:
    """Open the page, change fields, and send it."""
    seen = re.search(r'name="seen" value="(\w+)"', browser.get(PAGE).content.decode())
    assert seen is not None
    return browser.post(PAGE, {**FORM, "seen": seen[1], **differs})


def test_an_operator_who_set_nothing_has_the_defaults(operator: Operator, browser: Client) -> None:
    page = browser.get(PAGE).content.decode()
    assert re.search(r'id="retry_days"[^>]* value="2, 5"', page)
    assert re.search(r'id="notice_days"[^>]* value="3"', page)
    assert not needs_second_person(operator, amount_minor=10**9, currency="GBP")


def test_new_settings_are_kept_come_back_and_stand_in_the_access_log(
    operator: Operator, browser: Client
) -> None:
    assert post(browser).status_code == 303
    kept = by_id(operator.id)
    assert kept.portal_payments == {"other_amount": True, "minimum": {"GBP": 5_000, "JPY": 5_000}}
    assert kept.collecting == {"retry_days": [1, 3, 7], "notice_days": 5}
    assert kept.refund_threshold == {"GBP": 100_000, "KWD": 0}
    page = html.unescape(browser.get(PAGE).content.decode())
    for field, value in (
        ("minimum-GBP", "50.00"),
        ("minimum-JPY", "5000"),
        ("minimum-EUR", ""),
        ("retry_days", "1, 3, 7"),
        ("threshold-GBP", "1000.00"),
        ("threshold-KWD", "0.000"),
    ):
        assert re.search(f'id="{field}"[^>]* value="{value}"', page), field
    with operator_transaction(operator.id):
        line = AccessEvent.objects.filter(operator_id=operator.id, kind="settings_changed").latest("at")
    assert line.payload == {"changed": ["portal_payments", "collecting", "refund_threshold"]}


def test_the_threshold_counts_from_then_on(operator: Operator, browser: Client) -> None:
    post(browser)
    kept = by_id(operator.id)
    alone = {
        (currency, minor): not needs_second_person(kept, amount_minor=minor, currency=currency)
        for currency, minor in (("GBP", 100_000), ("GBP", 100_001), ("KWD", 1), ("EUR", 10**9))
    }
    assert alone == {("GBP", 100_000): True, ("GBP", 100_001): False, ("KWD", 1): False, ("EUR", 10**9): True}


def test_saving_what_is_set_changes_nothing_and_logs_nothing(operator: Operator, browser: Client) -> None:
    post(browser)
    with operator_transaction(operator.id):
        lines = AccessEvent.objects.filter(operator_id=operator.id, kind="settings_changed").count()
    assert post(browser).status_code == 303
    with operator_transaction(operator.id):
        assert (
            AccessEvent.objects.filter(operator_id=operator.id, kind="settings_changed").count(),
            lines,
        ) == (1, 1)


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"minimum-GBP": "a little"}, "minimum-GBP"),
        ({"minimum-GBP": "0"}, "minimum-GBP"),
        ({"minimum-JPY": "0.5"}, "minimum-JPY"),
        ({"minimum-GBP": "9" * 20}, "minimum-GBP"),
        ({"retry_days": "soon"}, "retry_days"),
        ({"retry_days": "0, 2"}, "retry_days"),
        ({"retry_days": "5, 2"}, "retry_days"),
        ({"retry_days": "2, 2"}, "retry_days"),
        ({"retry_days": "2, 31"}, "retry_days"),
        ({"retry_days": "1 2 3 4 5 6"}, "retry_days"),
        ({"notice_days": ""}, "notice_days"),
        ({"notice_days": "0"}, "notice_days"),
        ({"notice_days": "31"}, "notice_days"),
        ({"threshold-GBP": "-1"}, "threshold-GBP"),
        ({"threshold-KWD": "1.2345"}, "threshold-KWD"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Operator, browser: Client, differs: dict[str, str], field: str
) -> None:
    answer = post(browser, **differs)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert f'<a href="#{field}">' in page
    assert f'id="{field}-error"' in page
    assert f'id="{field}"' in page
    assert 'value="1, 3 7"' in page or field == "retry_days"
    assert by_id(operator.id) == operator


def test_an_empty_ladder_means_no_second_try(operator: Operator, browser: Client) -> None:
    assert post(browser, retry_days="").status_code == 303
    assert portal_settings(by_id(operator.id)).retry_days == ()


def test_who_comes_second_sees_what_the_first_one_kept(operator: Operator, browser: Client) -> None:
    seen = re.search(r'name="seen" value="(\w+)"', browser.get(PAGE).content.decode())
    assert seen is not None
    post(browser, notice_days="9")
    late = browser.post(PAGE, {**FORM, "seen": seen[1], "notice_days": "2"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "Somebody changed these settings after you opened them" in page
    assert re.search(r'id="notice_days"[^>]* value="9"', page)
    assert by_id(operator.id).collecting["notice_days"] == 9


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_nobody_else_changes_them(operator: Operator, role: str) -> None:
    browser = signed_in(operator, role=role)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, FORM).status_code == 403
    assert by_id(operator.id) == operator
