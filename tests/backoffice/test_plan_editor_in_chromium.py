"""The plan editor in Chromium: well made in every state, with the live line, the keyboard, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.domain.plan import Share, Terms
from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.browser import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Device,
    Record,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Office:
    """A back office with bookings whose plans are to be edited; each test has one of its own."""

    base_url: str
    session: str
    editors: tuple[str, ...]


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    with django_db_blocker.unblock(), served() as base_url:
        operator = new_operator()
        session = signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value
        yield Office(base_url, session, tuple(_an_editor(operator) for _ in range(6)))


def _an_editor(operator: Operator) -> str:
    terms = Terms(
        down_payment_percent=Decimal(30),
        balance_due_days=30,
        schedule=(Share(percent=Decimal(30), days_before_start=90),),
    )
    trip = a_trip_in(200, terms=terms, payments=(paid_at_checkout(30_000),))
    return f"/office/bookings/{sell(operator, trip).booking.reference}/plan/"


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """Chromium, started once the office is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def at_the_desk(
    browser: Browser, *, office: Office, device: Device, javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": office.session, "url": office.base_url}]
    )
    return context


@pytest.mark.parametrize(
    ("device", "place"), [(DESKTOP, 0), (PHONE, 1), (SMALL_PHONE, 2)], ids=["desktop", "phone", "small-phone"]
)
def test_every_state_is_well_made(office: Office, browser: Browser, device: Device, place: int) -> None:
    context = at_the_desk(browser, office=office, device=device)
    record, page = Record.of(context), context.new_page()
    page.goto(office.base_url + office.editors[place])
    assert_well_made(page)
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("button", name="Preview the plan").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_well_made(page)
    page.goto(office.base_url + office.editors[place])
    page.get_by_label("Other terms").check()
    assert_well_made(page)
    page.get_by_label("In equal parts, spread evenly").check()
    page.get_by_label("Number of parts").fill("3")
    page.get_by_role("button", name="Preview the plan").click()
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()
    assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == {office.base_url}


def test_the_live_line_follows_what_is_typed(office: Office, browser: Browser) -> None:
    page = at_the_desk(browser, office=office, device=DESKTOP).new_page()
    page.goto(office.base_url + office.editors[3])
    expect(page.locator("#after")).to_contain_text("Everything is planned")
    page.get_by_label("Row 1, amount in GBP").fill("100.00")
    expect(page.locator("#after")).to_contain_text("GBP 200.00 still to be covered")
    page.get_by_label("Row 1, amount in GBP").fill("10,000.00")
    expect(page.locator("#after")).to_contain_text("Not a plan yet")
    page.get_by_label("Row 1, amount in GBP").fill("300.00")
    expect(page.locator("#after")).to_contain_text("Everything is planned")


def edit_by_terms(page: Page) -> None:
    """Choose two equal parts, look at the preview, and save."""
    page.get_by_label("Other terms").check()
    page.get_by_label("In equal parts, spread evenly").check()
    page.get_by_label("Number of parts").fill("2")
    page.get_by_role("button", name="Preview the plan").click()
    expect(page.get_by_text("Everything is planned.")).to_be_visible()
    page.get_by_role("button", name="Save this plan").click()
    expect(page.get_by_text("The plan was saved.")).to_be_visible()
    expect(page.get_by_text("the rest in 2 equal parts")).to_be_visible()


@pytest.mark.parametrize(
    ("javascript", "place"), [(True, 4), (False, 5)], ids=["javascript", "no-javascript"]
)
def test_a_plan_is_edited_with_and_without_javascript(
    office: Office, browser: Browser, javascript: bool, place: int
) -> None:
    context = at_the_desk(browser, office=office, device=PHONE, javascript=javascript)
    page = context.new_page()
    page.goto(office.base_url + office.editors[place])
    edit_by_terms(page)
