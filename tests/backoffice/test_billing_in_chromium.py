"""Planning and committing in Chromium: counted interactions, the keyboard alone, without script, on a small phone, and
every dialog and state of the Billing page accessible in light and dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.persistence.operators import Operator
from fareledger.usecases.intend_payment import intend_payment
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import Billing
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, sell
from tests.support.browser import (
    DESKTOP,
    SMALL_PHONE,
    Device,
    Record,
    assert_fits,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.paying import a_form
from tests.support.people import MARTA
from tests.support.planning import commit, path_of, plan, with_nothing_planned
from tests.support.scripted_provider import scripted
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Desk:
    """A back office whose bookings stand in every state the Billing page has."""

    base_url: str
    session: str
    fresh: dict[str, Billing]
    states: dict[str, str]
    dialogs: dict[str, str]


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Desk]:
    """The bookings, made before Chromium starts: Django refuses its database beside Playwright's loop."""
    with django_db_blocker.unblock():
        demo = replace(settings.ENVIRONMENT, demo=True, acquirer_url="")
        with override_settings(ENVIRONMENT=demo), served() as base_url:
            yield _furnished(base_url)


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    """Chromium, started once the bookings are there."""
    with chromium() as running:
        yield running


def _furnished(base_url: str) -> Desk:
    operator = new_operator(extra_methods=("cash", "other"))
    tests = ("mouse", "keyboard", "plain", "phone", "shortcuts", "conflict", "problem")
    refund = with_nothing_planned(operator, payable_minor=80_000, paid_minor=100_000)
    planned = with_nothing_planned(operator)
    row_id = plan(operator, planned, amount_minor=250_000, comment="Second payment, from the aunt")
    paid = with_nothing_planned(operator)
    paid_row = plan(operator, paid, amount_minor=400_000, method="other", method_name="Travel voucher")
    commit(operator, paid, paid_row)
    return Desk(
        base_url=base_url,
        session=signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value,
        fresh={name: with_nothing_planned(operator) for name in tests},
        states={**_states(operator), "refund due": path_of(refund), "paid": path_of(paid)},
        dialogs={
            "kind": path_of(planned, "payments", "add"),
            "no kind": path_of(paid, "payments", "add"),
            "add": path_of(planned, "payments", "add") + "?kind=payment",
            "add refund": path_of(refund, "payments", "add") + "?kind=refund",
            "commit": path_of(planned, "payments", row_id, "commit"),
            "delete": path_of(planned, "payments", row_id, "delete"),
            "reverse": path_of(paid, "payments", paid_row, "reverse"),
            "email": path_of(paid, "payments", paid_row, "email"),
            "conflict": path_of(paid, "payments", paid_row, "commit"),
        },
    )


def _states(operator: Operator) -> dict[str, str]:
    late = sell(operator, a_trip_in(5, payments=()))
    trip = a_trip_in(60, payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    cancelled = sell(operator, replace(cancelling(trip, "flights", "hotel"), payments=()))
    long = with_nothing_planned(operator)
    for place in range(30):
        plan(operator, long, amount_minor=10_000 + place, due_date=long.today + timedelta(days=place))
    reversed_row = with_nothing_planned(operator)
    row_id = plan(operator, reversed_row, amount_minor=250_000)
    commit(operator, reversed_row, row_id, external_reference="BACS 7719 " + "X" * 30)
    reverse_transaction(
        operator,
        booking_id=reversed_row.booking.id,
        transaction_id=row_id,
        reason="It was paid for the booking next to it",
        actor=MARTA,
    )
    scripted(operator)
    paying = sell(operator, a_trip_in(90))
    intend_payment(operator, form=a_form(paying.open_rows[0], booking_id=paying.booking.id))
    return {
        "nothing planned": path_of(with_nothing_planned(operator, paid_minor=0)),
        "overdue": path_of(late),
        "cancelled": path_of(cancelled),
        "long list": path_of(long),
        "reversed": path_of(reversed_row),
        "payment in progress": path_of(paying),
    }


def at(
    browser: Browser, desk: Desk, device: Device = DESKTOP, /, *, javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": desk.session, "url": desk.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's type wants every key
    return context


def open_page(browser: Browser, desk: Desk, name: str, /) -> Page:
    page = at(browser, desk).new_page()
    page.goto(desk.base_url + path_of(desk.fresh[name]))
    return page


def test_a_payment_is_added_in_six_interactions_and_committed_in_two_clicks(
    desk: Desk, browser: Browser
) -> None:
    page = open_page(browser, desk, "mouse")
    page.get_by_role("link", name="PAYMENT", exact=True).click()
    page.get_by_role("button", name="ADD").click()
    expect(page.get_by_role("button", name="Add payment of USD 4,000.00")).to_be_visible()
    page.get_by_role("radio", name="Credit Card").check()
    page.get_by_role("radio", name="Partial").check()
    page.get_by_label("Payment amount, USD").fill("2500")
    expect(page.locator("#after")).to_contain_text("After this: USD 1,500.00 still to be covered")
    page.get_by_role("button", name="Add payment of USD 2,500.00").click()
    expect(page.get_by_text("Payment of USD 2,500.00 is planned.")).to_be_visible()
    expect(page.get_by_text("USD 1,500.00 is not covered by a planned payment.")).to_be_visible()
    row = page.locator("tr[id^=row-]").filter(has_text="2,500.00")
    row.get_by_role("link", name="Commit").click()
    page.get_by_role("button", name="Yes, Payment has been received").click()
    expect(page.get_by_text("The payment of USD 2,500.00 is closed. A confirmation goes to")).to_be_visible()
    expect(row.get_by_role("link", name="Email")).to_be_visible()
    expect(row.get_by_role("link", name="Commit")).to_have_count(0)
    expect(page.locator("#sheet")).not_to_be_visible()


def test_a_problem_is_said_in_the_dialog_and_what_was_entered_stays(desk: Desk, browser: Browser) -> None:
    page = open_page(browser, desk, "problem")
    page.get_by_role("link", name="PAYMENT", exact=True).click()
    page.get_by_role("button", name="ADD").click()
    page.get_by_role("radio", name="Partial").check()
    page.get_by_label("Payment amount, USD").fill("9000")
    page.get_by_role("radio", name="Bank Transfer").check()
    page.get_by_role("button", name="Add payment").click()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.locator("#faults")).to_contain_text("At most USD 4,000.00 can be planned.")
    expect(page.get_by_label("Payment amount, USD")).to_have_value("9000")
    assert_well_made(page)
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()


def test_the_keyboard_alone_adds_commits_and_deletes(desk: Desk, browser: Browser) -> None:
    page = open_page(browser, desk, "keyboard")
    keys, rows = page.keyboard, page.locator("tr[id^=row-]").filter(has_text="1,000.00")
    for planned in (1, 2):
        keys.press("p")
        expect(page.get_by_role("radio", name="Payment", exact=True)).to_be_focused()
        keys.press("Enter")
        expect(page.get_by_role("radio", name="Credit Card")).to_be_visible()
        expect(page.get_by_role("radio", name="Credit Card")).to_be_focused()
        keys.press("Space")
        keys.press("Tab")
        keys.press("ArrowRight")
        keys.press("Tab")
        keys.type("1000")
        keys.press("Enter")
        expect(rows).to_have_count(planned)
    page.get_by_role("link", name="Delete payment of 1,000.00").first.focus()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Yes, delete the payment of USD 1,000.00")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_text("was deleted")).to_be_visible()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="Commit payment of 1,000.00").focus()
    keys.press("Enter")
    expect(page.get_by_role("button", name="Yes, Payment has been received")).to_be_focused()
    keys.press("Enter")
    expect(rows.get_by_text("Closed")).to_be_visible()


def test_keys_move_help_and_can_be_switched_off(desk: Desk, browser: Browser) -> None:
    page = open_page(browser, desk, "shortcuts")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.closest('tr')?.id ?? ''")
    page.keyboard.press("j")
    assert first.startswith("row-")
    assert page.evaluate("document.activeElement.closest('tr')?.id") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('tr')?.id") == first
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search bookings")).to_be_focused()
    page.keyboard.type("p?j")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert_well_made(page)
    page.get_by_label("Use these keys in this browser").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("p")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_without_script_every_form_is_a_page(desk: Desk, browser: Browser) -> None:
    page = at(browser, desk, SMALL_PHONE, javascript=False).new_page()
    page.goto(desk.base_url + path_of(desk.fresh["plain"]))
    page.get_by_role("link", name="PAYMENT", exact=True).click()
    page.get_by_role("button", name="ADD").click()
    page.get_by_role("radio", name="Cash").check()
    page.get_by_role("radio", name="Partial").check()
    page.get_by_label("Payment amount, USD").fill("4,000.01")
    page.get_by_role("button", name="Add payment").click()
    expect(page).to_have_title(
        "Error: Add a payment, " + desk.fresh["plain"].booking.reference + " – fareledger"
    )
    assert_fits(page)
    page.get_by_label("Payment amount, USD").fill("2,500")
    page.get_by_role("button", name="Add payment").click()
    row = page.locator("tr[id^=row-]").filter(has_text="2,500.00")
    row.get_by_role("link", name="Commit").click()
    page.get_by_label("Amount received, USD").fill("2,000")
    page.get_by_role("button", name="Yes, Payment has been received").click()
    rest = page.locator("tr[id^=row-]").filter(has_text="Cash").filter(has_text="Open")
    expect(rest).to_contain_text("500.00")
    rest.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Yes, delete the payment of USD 500.00").click()
    expect(page.get_by_text("USD 2,000.00 is not covered by a planned payment.")).to_be_visible()
    assert_fits(page)


def test_two_tabs_on_one_row_and_the_second_reads_who_was_first(desk: Desk, browser: Browser) -> None:
    context = at(browser, desk)
    first, second = context.new_page(), context.new_page()
    first.goto(desk.base_url + path_of(desk.fresh["conflict"], "payments", "add") + "?kind=payment")
    first.get_by_role("radio", name="Credit Card").check()
    first.get_by_role("button", name="Add payment").click()
    second.goto(desk.base_url + path_of(desk.fresh["conflict"]))
    for page in (first, second):
        page.get_by_role("link", name="Commit payment of 4,000.00").click()
        expect(page.get_by_role("button", name="Yes, Payment has been received")).to_be_visible()
    first.get_by_role("button", name="Yes, Payment has been received").click()
    expect(first.get_by_text("is closed. A confirmation goes to")).to_be_visible()
    second.get_by_role("button", name="Yes, Payment has been received").click()
    expect(second.locator("#faults")).to_contain_text("Marta Lindgren closed this row on")
    expect(second.locator("#faults")).to_be_focused()
    assert_well_made(second)
    second.get_by_role("link", name="Show the booking").click()
    expect(second.get_by_role("link", name="Commit")).to_have_count(0)


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_every_state_and_form_is_well_made(desk: Desk, browser: Browser, device: Device) -> None:
    context = at(browser, desk, device)
    record, page = Record.of(context), context.new_page()
    for path in (*desk.states.values(), *desk.dialogs.values()):
        page.goto(desk.base_url + path)
        assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == {desk.base_url}


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_every_form_is_well_made_as_a_dialog(desk: Desk, browser: Browser, device: Device) -> None:
    page = at(browser, desk, device).new_page()
    for name in ("refund due", "paid"):
        page.goto(desk.base_url + desk.states[name])
        for link in page.locator("a[data-sheet]").all():
            link.click()
            expect(page.locator("#sheet[open]")).to_be_visible()
            assert_well_made(page)
            page.keyboard.press("Escape")
            expect(page.locator("#sheet[open]")).to_have_count(0)
            expect(link).to_be_focused()


def test_a_touch_finds_every_button_of_the_forms(desk: Desk, browser: Browser) -> None:
    page = at(browser, desk, SMALL_PHONE).new_page()
    for path in (*desk.dialogs.values(), desk.states["reversed"], desk.states["long list"]):
        page.goto(desk.base_url + path)
        small = page.locator("main :is(.button, .acts a, .segmented label, .choice)").evaluate_all(
            "all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)"
            ".map(one => one.textContent.trim())"
        )
        assert small == [], path
