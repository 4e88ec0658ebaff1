"""The doors of the portal in Chromium: at 320 pixels, light and dark, with the keyboard alone, without scripts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.portal_tokens import code_of
from tests.support.bookings import a_trip_in, sell
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
from tests.support.portal import a_link
from tests.support.served import served

pytestmark = pytest.mark.browser

EMAIL = "eleanor.hartley@example.com"
LOCALES = ("en-GB", "de-DE", "ja-JP", "ar")


@dataclass(frozen=True)
class Doors:
    """One operator's portal: its address, a booking's reference, and a link that nobody has used."""

    operator: Operator
    base: str
    reference: str
    link: str


@pytest.fixture
def doors(db: None) -> Iterator[dict[str, Doors]]:
    """Portals in several languages, each with one unpaid booking."""
    with served() as base_url:
        yield {locale: _a_portal(base_url, locale=locale) for locale in LOCALES}


def _a_portal(base_url: str, *, locale: str) -> Doors:
    operator = new_operator(locale=locale)
    booking = sell(operator, a_trip_in(200)).booking
    return Doors(
        operator=operator,
        base=f"{base_url}/p/{operator.slug}/",
        reference=booking.reference,
        link=base_url + a_link(operator, booking_id=booking.id),
    )


@pytest.fixture
def browser(doors: dict[str, Doors]) -> Iterator[Browser]:
    """Chromium, started once there is something to see: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def newest_code(operator: Operator) -> str:
    """The code that was emailed last."""

    def look() -> str:
        try:
            with operator_transaction(operator.id):
                newest = EmailMessage.objects.filter(kind="portal_code").latest("queued_at")
                return code_of(newest.payload["code_seed"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(look).result()


def heading(page: Page) -> str:
    """The page's main heading."""
    return page.get_by_role("heading", level=1).inner_text()


@pytest.mark.parametrize("device", [SMALL_PHONE, DESKTOP], ids=lambda device: device.name)
def test_every_door_is_well_made(doors: dict[str, Doors], browser: Browser, device: Device) -> None:
    door, context = doors["en-GB"], person_with(browser, device=device)
    record, page, base = Record.of(context), context.new_page(), door.base
    for address in (
        f"{base}sign-in/",
        door.link,
        f"{base}link/nothing",
        f"{base}sign-in/sent/",
        f"{base}nowhere/",
    ):
        page.goto(address)
        assert_well_made(page)
    page.goto(f"{base}history/")
    page.get_by_label("Booking reference").fill("NONE-1")
    page.get_by_label("Email used when booking").fill(EMAIL)
    page.get_by_role("button", name="View my booking").click()
    expect(page.get_by_text("We could not find a booking with those details.")).to_be_visible()
    expect(page.locator("#problem")).to_be_focused()
    assert_well_made(page)
    page.get_by_label("Booking reference").fill(door.reference.lower().replace("-", " "))
    page.get_by_role("button", name="View my booking").click()
    expect(page).to_have_url(f"{base}history/")
    page.goto(f"{base}prove/?next=history/")
    assert_well_made(page)
    page.get_by_role("button", name="Send me a 6-digit code").click()
    expect(page.get_by_label("6-digit code")).to_be_focused()
    assert_well_made(page)
    page.get_by_label("6-digit code").fill("12")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#problem")).to_be_focused()
    assert_well_made(page)
    code = newest_code(door.operator)
    page.get_by_label("6-digit code").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(f"{base}history/")
    assert record.complaints == []
    assert record.origins() == {base.partition("/p/")[0]}
    context.close()


def test_with_the_keyboard_alone_and_without_scripts(doors: dict[str, Doors], browser: Browser) -> None:
    door, context = doors["en-GB"], person_with(browser, device=SMALL_PHONE, javascript=False)
    page, base = context.new_page(), door.base
    page.goto(f"{base}sign-in/")
    page.get_by_label("Booking reference").focus()
    page.keyboard.type(door.reference)
    page.keyboard.press("Tab")
    page.keyboard.type(EMAIL)
    page.keyboard.press("Enter")
    expect(page).to_have_url(base)
    page.goto(f"{base}prove/")
    page.get_by_role("button", name="Send me a 6-digit code").focus()
    page.keyboard.press("Enter")
    page.get_by_label("6-digit code").focus()
    page.keyboard.type(newest_code(door.operator))
    page.keyboard.press("Enter")
    expect(page).to_have_url(base)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_label("Booking reference").fill(door.reference)
    page.get_by_label("Email used when booking").fill(EMAIL)
    page.get_by_role("button", name="Email me a link instead").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    context.close()


def test_buttons_and_fields_are_large_enough_for_thumbs(doors: dict[str, Doors], browser: Browser) -> None:
    context = person_with(browser, device=SMALL_PHONE)
    page = context.new_page()
    page.goto(f"{doors['en-GB'].base}sign-in/")
    for control in page.locator("main :is(button, input:not([type=hidden]))").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    context.close()


def test_doors_fit_in_other_languages(doors: dict[str, Doors], browser: Browser) -> None:
    context = person_with(browser, device=SMALL_PHONE)
    page = context.new_page()
    for locale in LOCALES[1:]:
        door = doors[locale]
        for address in (
            f"{door.base}sign-in/?ended=1&lang={locale}",
            door.link,
            f"{door.base}sign-in/sent/",
            f"{door.base}nowhere/",
        ):
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == locale
            assert heading(page)
            assert_well_made(page)
    context.close()
