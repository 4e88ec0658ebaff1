"""Receipts, statement and history in Chromium: at 360 and 320 pixels and on a desk, light and dark, with no script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from tests.papers.test_receipts import lived
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
PHONE = Device("phone", 360, 780, touch=True)
SMALLEST_TOUCH = 44


@dataclass(frozen=True)
class Portal:
    """A portal with one booking to which everything happened."""

    base_url: str
    links: list[str]


@pytest.fixture(scope="module")
def portal(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Portal]:
    """Made before Chromium starts: Django refuses its database beside Playwright's loop."""
    with django_db_blocker.unblock():
        plain = replace(settings.ENVIRONMENT, demo=True, acquirer_url="")
        with override_settings(ENVIRONMENT=plain), served() as base_url:
            operator = new_operator()
            links = [a_link(operator, booking_id=lived(operator).booking.id) for _ in range(4)]
            yield Portal(f"{base_url}/p/{operator.slug}", [f"{base_url}{link}" for link in links])


@pytest.fixture(scope="module")
def browser(portal: Portal) -> Iterator[Browser]:
    """Chromium."""
    with chromium() as running:
        yield running


def assert_easy_to_touch(page: Page, selector: str, /) -> None:
    """Check that a thumb hits every one of these."""
    found = page.locator(selector).all()
    assert found
    for control in found:
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= SMALLEST_TOUCH, control


@pytest.mark.parametrize(("device", "place"), [(PHONE, 0), (SMALL_PHONE, 1), (DESKTOP, 2)])
def test_every_page_is_well_made(portal: Portal, browser: Browser, device: Device, place: int) -> None:
    context = person_with(browser, device=device)
    record = Record.of(context)
    page = context.new_page()
    page.goto(portal.links[place])
    page.get_by_role("button", name="Continue to your booking").click()
    for figure in page.locator("details.figure > summary").all():
        figure.click()
    assert_well_made(page)
    page.goto(f"{portal.base_url}/history/")
    assert_well_made(page)
    receipts = page.locator("td.doc a")
    expect(receipts).to_have_count(4)
    if device.touch:
        assert_easy_to_touch(page, "td.doc a")
    for address in [receipts.nth(at).get_attribute("href") for at in (0, 1, 3)]:
        page.goto(f"{portal.base_url.partition('/p/')[0]}{address}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt R-")
        assert_well_made(page)
    for query in ("", "?as_at=2020-01-01", "?as_at=2999-01-01"):
        page.goto(f"{portal.base_url}/statement/{query}")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Statement as at")
        assert_well_made(page)
    expect(page.locator("#problem")).to_be_focused()
    if device.touch:
        assert_easy_to_touch(page, "main :is(.button, input)")
    assert record.complaints == []
    context.close()


def test_it_all_works_without_a_script(portal: Portal, browser: Browser) -> None:
    context = person_with(browser, device=PHONE, javascript=False)
    page = context.new_page()
    page.goto(portal.links[3])
    page.get_by_role("button", name="Continue to your booking").click()
    page.get_by_role("link", name="All payments and receipts").click()
    page.get_by_role("link", name="Statement", exact=True).click()
    page.get_by_label("Show it as at").fill("2020-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statement as at 1 January 2020")
    expect(page.get_by_text("Nothing was recorded up to this date.")).to_be_visible()
    page.get_by_role("link", name="Payments and receipts").click()
    page.locator("td.doc a").first.click()
    expect(page.get_by_role("link", name="Download as PDF")).to_be_visible()
    file = context.request.get(f"{portal.base_url}/statement/pdf/")
    assert file.headers["content-type"] == "application/pdf"
    context.close()
