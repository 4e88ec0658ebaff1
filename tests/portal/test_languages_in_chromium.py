"""The portal in other languages in Chromium: Arabic from the right, Japanese, and the long words of German on the
smallest phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker as Blocker

from tests.papers.test_receipts import lived
from tests.support.bookings import a_trip_in, sell
from tests.support.browser import PHONE, SMALL_PHONE, Device, assert_well_made, chromium, person_with
from tests.support.operators import new_operator
from tests.support.portal import PortalCustomer, inside, outcome_address
from tests.support.scripted_provider import ScriptedGateway, scripted
from tests.support.served import served

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Shop:
    """One operator, a cookie that sees a booking with a failed payment and one that sees a long history."""

    base_url: str
    slug: str
    paying: str
    lived: str
    outcome: str


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Shop]:
    """Made before Chromium starts: Django refuses its database beside Playwright's loop."""
    with django_db_blocker.unblock():
        plain = replace(settings.ENVIRONMENT, demo=True, acquirer_url="")
        with override_settings(ENVIRONMENT=plain), served() as base_url:
            operator = new_operator()
            gateway: ScriptedGateway = scripted(operator)
            customer = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
            outcome = outcome_address(customer.press())
            gateway.tell(list(gateway.payments)[-1], state="failed", failure_code="insufficient_funds")
            old = inside(operator, booking_id=lived(operator).booking.id)
            name = f"fl_portal_{operator.slug}"
            yield Shop(
                base_url,
                operator.slug,
                customer.client.cookies[name].value,
                old.cookies[name].value,
                f"{base_url}{outcome}",
            )


@pytest.fixture(scope="module")
def browser(shop: Shop) -> Iterator[Browser]:
    """Chromium."""
    with chromium() as running:
        yield running


@pytest.mark.parametrize(
    ("locale", "towards", "device"),
    [
        ("ar", "rtl", PHONE),
        ("de-DE", "ltr", SMALL_PHONE),
        ("ja-JP", "ltr", PHONE),
        ("fr-FR", "ltr", SMALL_PHONE),
    ],
)
def test_every_page_is_well_made(
    shop: Shop, browser: Browser, locale: str, towards: str, device: Device
) -> None:
    for token, addresses in (
        (shop.paying, ("", "pay/", shop.outcome)),
        (shop.lived, ("", "history/", "statement/")),
    ):
        context = person_with(browser, device=device)
        context.add_cookies([{"name": f"fl_portal_{shop.slug}", "value": token, "url": shop.base_url}])
        page = context.new_page()
        for address in addresses:
            here = address if address.startswith("http") else f"{shop.base_url}/p/{shop.slug}/{address}"
            page.goto(f"{here}?lang={locale}")
            assert page.evaluate(
                "[document.documentElement.lang, getComputedStyle(document.body).direction]"
            ) == [
                locale,
                towards,
            ]
            assert_well_made(page)
        context.close()


def test_arabic_is_mirrored_and_its_figures_keep_their_order(shop: Shop, browser: Browser) -> None:
    context = person_with(browser, device=PHONE)
    context.add_cookies([{"name": f"fl_portal_{shop.slug}", "value": shop.paying, "url": shop.base_url}])
    page = context.new_page()
    page.goto(f"{shop.base_url}/p/{shop.slug}/pay/?lang=ar")
    back = page.locator("a.back").bounding_box()
    assert back is not None
    assert back["x"] + back["width"] > PHONE.width / 2
    assert page.locator("a.back svg").evaluate("it => getComputedStyle(it).transform").startswith("matrix(-1")
    assert page.locator(".amount").first.evaluate("it => getComputedStyle(it).unicodeBidi") == "isolate"
    context.close()


def test_the_language_is_changed_with_a_link_and_no_script(shop: Shop, browser: Browser) -> None:
    context = person_with(browser, device=PHONE, javascript=False)
    page = context.new_page()
    page.goto(f"{shop.base_url}/p/{shop.slug}/sign-in/")
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("heading", name="Ihre Buchung und Zahlungen").wait_for()
    page.goto(f"{shop.base_url}/p/{shop.slug}/link/unknown")
    page.get_by_role("heading", name="Dieser Link ist nicht vollständig").wait_for()
    context.close()
