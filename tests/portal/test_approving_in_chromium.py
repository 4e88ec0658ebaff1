"""Approving on a phone in Chromium: counted taps, the provider's frame, no scripts, light and dark, right to left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from fareledger.persistence.operators import Operator
from fareledger.usecases.send_portal_link import create_portal_link
from tests.portal.test_customer_approves_payments import in_three_parts
from tests.support.acquirer import Acquirer, join
from tests.support.bookings import sell
from tests.support.browser import DESKTOP, PHONE, SMALL_PHONE, Device, assert_well_made, chromium, person_with
from tests.support.operators import new_operator
from tests.support.people import person
from tests.support.portal import path_of
from tests.support.served import served

pytestmark = pytest.mark.browser

CARD = "4242424242424242"
AUTHENTICATED = "4000002500003155"


@dataclass(frozen=True)
class Portal:
    """One operator's portal with a booking in three parts, and a link its customer asked for."""

    operator: Operator
    base: str
    link: str


@pytest.fixture
def portals(db: None, acquirer: Acquirer) -> Iterator[dict[str, Portal]]:
    """Portals in two languages."""
    with served() as base_url:
        yield {name: _a_portal(base_url, locale=name, acquirer=acquirer) for name in ("en-GB", "ar")}


def _a_portal(base_url: str, *, locale: str, acquirer: Acquirer) -> Portal:
    operator = new_operator(locale=locale)
    join(operator, acquirer=acquirer)
    trip = in_three_parts()
    booking = sell(operator, replace(trip, customer=replace(trip.customer, locale=locale))).booking
    made = create_portal_link(operator, booking_id=booking.id, asked_by="customer", actor=person("Marta"))
    return Portal(operator, f"{base_url}/p/{operator.slug}/", base_url + path_of(made.url))


@pytest.fixture
def browser(portals: dict[str, Portal]) -> Iterator[Browser]:
    """Chromium, started once there is something to see: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def come_in(page: Page, portal: Portal, /) -> None:
    page.goto(portal.link)
    page.locator("main form button").first.click()
    page.wait_for_url(portal.base)


def type_card(form: FrameLocator | Page, *, number: str) -> None:
    for label, typed in (("Card number", number), ("Expires", "11/39"), ("Security code", "737")):
        form.get_by_label(label).fill(typed)
    form.get_by_role("button", name="Save this card").click()


def test_everything_is_approved_in_three_taps_and_taken_back_in_two(
    portals: dict[str, Portal], browser: Browser
) -> None:
    portal = portals["en-GB"]
    page = person_with(browser, device=PHONE).new_page()
    come_in(page, portal)
    page.get_by_role("link", name="Approve all 2 (£700.00)").click()  # the first tap
    box = page.get_by_role("checkbox")
    expect(box).not_to_be_checked()
    box.check()  # the second
    page.get_by_role("button", name="Approve all 2 (£700.00)").click()  # the third
    frame = page.frame_locator("main iframe")
    type_card(frame, number=AUTHENTICATED)
    frame.get_by_role("button", name=re.compile("^Approve|^Confirm|^Yes")).first.click()
    expect(page.get_by_role("heading", name="2 payments are approved (£700.00)")).to_be_visible()
    page.get_by_role("link", name="Back to your booking").click()
    expect(page.get_by_text("Approved: taken from Visa ending 3155")).to_have_count(2)
    page.get_by_role("link", name=re.compile("^Withdraw the approval of £350.00")).first.click()
    page.get_by_role("button", name="Withdraw the approval of £350.00").click()
    expect(page.get_by_role("status")).to_contain_text("Your approval is withdrawn")


def test_without_scripts_the_card_is_entered_on_the_providers_page(
    portals: dict[str, Portal], browser: Browser, acquirer: Acquirer
) -> None:
    portal = portals["en-GB"]
    page = person_with(browser, device=PHONE, javascript=False).new_page()
    come_in(page, portal)
    page.get_by_role("link", name="Approve all 2 (£700.00)").click()
    page.get_by_role("button", name="Approve all 2 (£700.00)").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the box if you agree to these payments")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve all 2 (£700.00)").click()
    page.get_by_role("link", name=re.compile("^Enter the card on the page of")).click()
    assert page.url.startswith(acquirer.base_url)
    type_card(page, number=CARD)
    page.wait_for_url(f"{portal.base}approve/done/**")
    expect(page.get_by_role("heading", name="2 payments are approved (£700.00)")).to_be_visible()


@pytest.mark.parametrize("device", [SMALL_PHONE, DESKTOP], ids=lambda device: device.name)
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_the_pages_are_well_made(
    portals: dict[str, Portal], browser: Browser, device: Device, locale: str
) -> None:
    portal = portals[locale]
    page = person_with(browser, device=device).new_page()
    come_in(page, portal)
    page.goto(f"{portal.base}approve/")
    assert page.locator("html").get_attribute("dir") == ("rtl" if locale == "ar" else "ltr")
    assert_well_made(page)
    page.locator("main form button.primary").click()
    page.wait_for_selector("#problem")
    page.wait_for_load_state()
    assert_well_made(page)
    page.get_by_role("checkbox").check()
    page.locator("main form button.primary").click()
    page.wait_for_url("**/approve/card/**")
    assert_well_made(page)
    type_card(page.frame_locator("main iframe"), number=CARD)
    page.wait_for_url(f"{portal.base}approve/done/**")
    assert_well_made(page)
    page.goto(f"{portal.base}approve/")
    assert_well_made(page)
    page.locator("a[href*='/withdraw/']").first.click()
    page.wait_for_url("**/withdraw/**")
    assert_well_made(page)
