"""Changing a booking in Chromium: well made in every state, by keyboard, without JavaScript, and seen by others."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.domain.booking import BookingDetails, Component
from fareledger.persistence.operators import Operator
from fareledger.usecases.cancel_booking import cancel_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id, billing_by_reference
from tests.support.api import Caller, a_body
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.browser import (
    DESKTOP,
    SMALL_PHONE,
    Device,
    Record,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.people import MARTA, person
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser
R = TypeVar("R")


@dataclass(frozen=True)
class Office:
    """A back office at an address, and somebody's session in it."""

    base_url: str
    operator: Operator
    session: str

    def at(self, shown: Billing, *, name: str = "") -> str:
        """The address of a booking's page."""
        return f"{self.base_url}/office/bookings/{shown.booking.reference}/{name}"

    def elsewhere(self, act: Callable[[], R]) -> R:
        """Do something in another thread: Django refuses its database beside Playwright's loop."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_and_hang_up, act).result()

    def sold(self, **differences: Any) -> Billing:
        """Sell a trip of three parts of which GBP 300.00 is paid."""
        return self.elsewhere(partial(sell, self.operator, a_long_trip(**differences)))


def a_long_trip(**differences: Any) -> BookingDetails:
    trip = a_trip_in(150, payments=(paid_at_checkout(30_000),))
    whales = Component(
        id="whales",
        kind="activity",
        title="Whale watching and Furnas springs",
        supplier="Moby Tours",
        price_minor=31_200,
        cancellation_fee_minor=2_000,
    )
    return replace(trip, components=(*trip.components, whales), **differences)


def _and_hang_up(act: Callable[[], R], /) -> R:
    try:
        return act()
    finally:
        connections.close_all()


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    with django_db_blocker.unblock(), served() as base_url:
        operator = new_operator()
        session = signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value
        yield Office(base_url=base_url, operator=operator, session=session)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    with chromium() as running:
        yield running


def _page(
    browser: Browser, *, office: Office, device: Device, javascript: bool = True
) -> tuple[Record, Page]:
    context = person_with(browser, device=device, javascript=javascript)
    cookie: Any = {"name": settings.SESSION_COOKIE_NAME, "value": office.session, "url": office.base_url}
    context.add_cookies([cookie])
    return Record.of(context), context.new_page()


def _looked_at(page: Page) -> None:
    for each in page.locator("main details").all():
        each.evaluate("one => one.open = true")
    assert_well_made(page)


def _drop_whales_and_move(page: Page, *, shown: Billing) -> None:
    later = timedelta(days=7)
    page.get_by_label("First day of travel").fill((shown.booking.start_date + later).isoformat())
    page.get_by_label("Last day of travel").fill((shown.booking.end_date + later).isoformat())
    page.get_by_role("group", name="Whale watching").get_by_label("Cancelled").check()
    page.get_by_role("button", name="Preview the change").first.click()


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_every_page_of_a_change_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    shown = office.sold()
    record, page = _page(browser, office=office, device=device)
    page.goto(office.at(shown, name="change/"))
    _looked_at(page)
    page.get_by_role("button", name="Add a component").click()
    _looked_at(page)
    page.get_by_label("Non-payable amount, GBP").fill("all of it")
    page.get_by_role("button", name="Preview the change").first.click()
    expect(page.get_by_role("alert")).to_be_focused()
    _looked_at(page)
    page.get_by_label("Non-payable amount, GBP").fill("0")
    _drop_whales_and_move(page, shown=shown)
    expect(page.get_by_role("heading", name="Preview of a change")).to_be_visible()
    _looked_at(page)
    office.elsewhere(partial(_commit_first, office.operator, shown))
    page.get_by_role("button", name="Save change").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _looked_at(page)
    page.get_by_role("button", name="Save change").click()
    expect(page.get_by_text("The change is saved.")).to_be_visible()
    assert record.complaints == []


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_cancelling_and_reinstating_are_well_made(office: Office, browser: Browser, device: Device) -> None:
    shown = office.sold(non_payable_minor=5_000)
    record, page = _page(browser, office=office, device=device)
    page.goto(office.at(shown, name="cancel/"))
    _looked_at(page)
    page.get_by_role("button", name="Cancel booking, refund GBP 130.00").click()
    expect(page.get_by_text("The booking is cancelled.")).to_be_visible()
    page.get_by_role("link", name="Reinstate booking").click()
    _looked_at(page)
    page.get_by_role("button", name="Reinstate booking, GBP 962.00 to pay").click()
    expect(page.get_by_text("The booking is reinstated")).to_be_visible()
    assert record.complaints == []


def test_a_change_needs_no_javascript(office: Office, browser: Browser) -> None:
    shown = office.sold()
    _, page = _page(browser, office=office, device=SMALL_PHONE, javascript=False)
    page.goto(office.at(shown))
    page.get_by_role("link", name="Change booking").click()
    _drop_whales_and_move(page, shown=shown)
    page.get_by_label("Email the customer").uncheck()
    page.get_by_role("button", name="Save change").click()
    expect(page.get_by_text("The change is saved.")).to_be_visible()
    after = office.elsewhere(partial(billing_by_id, office.operator, booking_id=shown.booking.id))
    assert (after.figures.sales_price_minor, after.emails) == (102_000, ())


def test_a_change_by_keyboard_alone(office: Office, browser: Browser) -> None:
    shown = office.sold()
    _, page = _page(browser, office=office, device=DESKTOP)
    page.goto(office.at(shown, name="change/"))
    page.get_by_label("Package").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("The Azores")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Preview of a change")).to_be_visible()
    save = page.get_by_role("button", name="Save change")
    for _ in range(40):
        page.keyboard.press("Tab")
        if save.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("The change is saved.")).to_be_visible()


def test_rows_of_a_change_through_the_api_appear_by_themselves(office: Office, browser: Browser) -> None:
    body = a_body(start_date="2027-09-12", end_date="2027-09-22")
    api = office.elsewhere(partial(Caller, office.operator))
    office.elsewhere(partial(api.put, body))
    _, page = _page(browser, office=office, device=DESKTOP)
    page.goto(f"{office.base_url}/office/bookings/{body['reference']}/")
    rows = page.locator("tr[id^=row-]")
    expect(rows).to_have_count(2)
    fee = {"id": "fee", "kind": "fee", "title": "Change fee", "price": 10_000}
    dearer = {**body, "components": [*body["components"], fee]}
    office.elsewhere(partial(api.put, dearer))
    expect(rows).to_have_count(3, timeout=10_000)
    new = rows.filter(has_text="Booking change")
    expect(new).to_contain_text("100.00")
    expect(new).to_contain_text("Open")
    expect(page.locator("#news")).to_contain_text("payable GBP 1,000.00 to GBP 1,100.00")
    booking_id = office.elsewhere(partial(_id_of, office.operator, reference=body["reference"]))
    cancel = partial(
        cancel_booking,
        office.operator,
        booking_id=booking_id,
        actor=MARTA,
        channel="api",
    )
    office.elsewhere(cancel)
    expect(page.get_by_role("heading", level=1).locator("~ .status")).to_contain_text(
        "Cancelled", timeout=10_000
    )


def _id_of(operator: Operator, *, reference: str) -> UUID:
    return billing_by_reference(operator, reference=reference).booking.id


def _commit_first(operator: Operator, shown: Billing, /) -> None:
    commit_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=shown.open_rows[0].id,
        received=Received(send_confirmation=False),
        actor=person("Ines Duarte"),
    )
