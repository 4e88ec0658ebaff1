"""An administrator says how customers pay: what is set, what is refused and where, and whom it is for."""

import html
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from fareledger.domain.terms import Share, Terms
from fareledger.persistence.models import AccessEvent
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from tests.support.bookings import a_trip_in, sell
from tests.support.staff import signed_in

PAGE = "/office/settings/payments/"

FORM: dict[str, Any] = {
    "down": "percent", "down_percent": "25", "down_fixed-GBP": "", "balance_days": "45", "parts": "none",
    "instalments": "", "methods": ["cash"], "bank-iban": "GB33BUKB20201555555555", "bank-account_holder": "Acme Ltd",
    "before": "7, 1", "after": "1 7 14",
}  # fmt: skip


@pytest.fixture
def browser(operator: Operator) -> Client:
    """The browser of an administrator."""
    return signed_in(operator, role="admin")


def test_the_page_shows_what_is_set_and_its_effect(browser: Client) -> None:
    page = html.unescape(browser.get(PAGE).content.decode())
    assert "In force: 30 % at booking, balance 30 days before the start" in page
    assert "New bookings only." in page
    assert "GBP 300.00 due" in page
    assert 'name="down_percent" inputmode="decimal" autocomplete="off" value="30"' in page


def test_new_settings_are_kept_and_come_back(operator: Operator, browser: Client) -> None:
    before = sell(operator, a_trip_in(200))
    assert browser.post(PAGE, FORM).status_code == 303
    kept = by_id(operator.id)
    assert kept.default_terms.shared == Terms(down_payment_percent=Decimal(25), balance_due_days=45)
    assert kept.extra_methods == ("cash",)
    assert kept.bank_details == {"account_holder": "Acme Ltd", "iban": "GB33BUKB20201555555555"}
    assert kept.reminders == {"before": [7, 1], "after": [1, 7, 14]}
    page = browser.get(PAGE).content.decode()
    assert 'value="7, 1"' in page
    assert 'value="1, 7, 14"' in page
    assert sell(kept, a_trip_in(200)).booking.terms == kept.default_terms.shared
    assert before.booking.terms == operator.default_terms.shared
    with operator_transaction(operator.id):
        line = AccessEvent.objects.filter(operator_id=operator.id, kind="settings_changed").latest("at")
    assert line.payload == {"changed": ["terms", "extra_methods", "bank_details", "reminders"]}


@pytest.mark.parametrize(
    ("differs", "terms"),
    [
        ({"down": "none"}, Terms(balance_due_days=45)),
        ({"down": "fixed", "down_fixed-GBP": "1,200.50"}, Terms(down_payment_minor=120_050, balance_due_days=45)),
        (
            {"parts": "equal", "instalments": "4", "invoice": "1"},
            Terms(down_payment_percent=Decimal(25), balance_due_days=45, instalments=4, invoice=True),
        ),
        (
            {
                "parts": "dated", "share-2": "20", "share-2-days": "90", "share-2-counted": "before_start",
                "share-4": "12.5 %", "share-4-days": "30", "share-4-counted": "after_booking",
            },
            Terms(
                down_payment_percent=Decimal(25),
                balance_due_days=45,
                schedule=(
                    Share(percent=Decimal(20), days_before_start=90),
                    Share(percent=Decimal("12.5"), days_after_booking=30),
                ),
            ),
        ),
    ],
)  # fmt: skip
def test_every_kind_of_terms_can_be_set(
    operator: Operator, browser: Client, differs: dict[str, str], terms: Terms
) -> None:
    assert browser.post(PAGE, {**FORM, **differs}).status_code == 303
    assert by_id(operator.id).default_terms.of("GBP") == terms
    page = browser.get(PAGE).content.decode()
    for value in differs.values():
        assert value.removesuffix(" %").replace(",", "") in page


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"down": ""}, "down"),
        ({"down_percent": "0"}, "down_percent"),
        ({"down_percent": "a third"}, "down_percent"),
        ({"down_percent": "101"}, "down_percent"),
        ({"down": "fixed", "down_fixed-GBP": "12.345"}, "down_fixed-GBP"),
        ({"down": "fixed"}, "down_fixed-GBP"),
        ({"down": "fixed", "down_fixed-GBP": "200", "down_fixed-JPY": "0.5"}, "down_fixed-JPY"),
        ({"balance_days": ""}, "balance_days"),
        ({"balance_days": "-1"}, "balance_days"),
        ({"balance_days": "731"}, "balance_days"),
        ({"parts": "sometimes"}, "parts"),
        ({"parts": "equal", "instalments": "1"}, "instalments"),
        ({"parts": "equal", "instalments": ""}, "instalments"),
        ({"parts": "dated"}, "share-1"),
        ({"parts": "dated", "share-3": "90", "share-3-days": "60"}, "share-1"),
        ({"parts": "dated", "share-3": "ten", "share-3-days": "60"}, "share-3"),
        ({"parts": "dated", "share-3": "10", "share-3-days": "soon"}, "share-3-days"),
        ({"parts": "dated", "share-3": "10", "share-3-days": "5"}, "share-3-days"),
        ({"methods": ["barter"]}, "methods"),
        ({"bank-iban": "x" * 81}, "bank-iban"),
        ({"before": "a week"}, "before"),
        ({"before": "200"}, "before"),
        ({"after": "0"}, "after"),
        ({"after": "1 2 3 4 5 6 7"}, "after"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Operator, browser: Client, differs: dict[str, Any], field: str
) -> None:
    answer = browser.post(PAGE, {**FORM, **differs})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert f'<a href="#{field}">' in page
    assert f'id="{field}-error"' in page
    assert f'id="{field}"' in page
    assert by_id(operator.id) == operator


def test_a_fixed_down_payment_is_another_amount_in_each_currency(operator: Operator, browser: Client) -> None:
    amounts = {"down_fixed-GBP": "200.00", "down_fixed-JPY": "40000", "down_fixed-KWD": "80.500"}
    assert browser.post(PAGE, {**FORM, "down": "fixed", **amounts}).status_code == 303
    kept = by_id(operator.id)
    down = {
        currency: sell(kept, a_trip_in(200, currency=currency)).booking.terms.down_payment_minor
        for currency in kept.currencies
    }
    assert down == {"GBP": 20_000, "EUR": None, "USD": None, "JPY": 40_000, "KWD": 80_500}
    page = html.unescape(browser.get(PAGE).content.decode())
    assert "empty for no down payment in EUR" in page
    assert (
        "In force: in GBP, GBP 200.00 at booking, balance 45 days before the start; in EUR, everything 45"
        in page
    )
    shown = sell(kept, a_trip_in(200, currency="KWD"))
    editor = browser.get(f"/office/bookings/{shown.booking.reference}/plan/").content.decode()
    assert "KWD 80.500 at booking" in html.unescape(editor)


def test_one_amount_from_before_counts_for_the_currency_it_was_typed_in(operator: Operator) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(
            terms={"down_payment_percent": None, "down_payment_minor": 20_000, "balance_due_days": 30}
        )
    kept = by_id(operator.id)
    down = [sell(kept, a_trip_in(200, currency=one)).booking.terms for one in ("GBP", "JPY", "KWD")]
    assert [terms.down_payment_minor for terms in down] == [20_000, None, None]


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_nobody_else_changes_them(operator: Operator, role: str) -> None:
    browser = signed_in(operator, role=role)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, FORM).status_code == 403
    assert by_id(operator.id) == operator
