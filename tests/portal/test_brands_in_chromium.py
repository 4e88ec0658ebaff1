"""Brands in Chromium: hostile colours stay readable on every page and in every email, the branding page is well made
and shows what is typed, and no page of either face asks a third party for anything."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.domain.brand import derive
from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email
from fareledger.persistence.operators import Operator
from fareledger.usecases.brand_versions import choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.publish_brand import publish_brand
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.browser import (
    DESKTOP,
    HOSTILE,
    PHONE,
    SMALL_PHONE,
    Device,
    Record,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.people import person
from tests.support.portal import inside
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser

LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30">'
    b'<circle cx="15" cy="15" r="14" fill="#b3261e"/></svg>'
)
IRIS = person("Iris Novak", role="admin")
PORTAL_PAGES = ("", "history/", "pay/", "statement/", "nowhere/")
BRANDING = "/office/settings/branding/"


@dataclass(frozen=True)
class Shop:
    """One operator as its customers and its staff meet it; cookies by name."""

    slug: str
    cookies: dict[str, str]
    letters: dict[str, str]
    known: dict[str, object]


@dataclass(frozen=True)
class Street:
    """The operators, by the name of their colour, and where they are served."""

    base_url: str
    shops: dict[str, Shop]


@pytest.fixture(scope="module")
def street(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Street]:
    """Furnish an operator for each colour, before Chromium starts."""
    with django_db_blocker.unblock(), served() as base_url:
        yield Street(base_url, {name: furnished(colour) for name, colour in HOSTILE.items()})


@pytest.fixture
def browser(street: Street) -> Iterator[Browser]:
    """Chromium; Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def furnished(colour: str) -> Shop:
    """Publish a brand with a logo, draft the next, and sell a trip that is partly paid."""
    operator = new_operator(brand=derive("#0a5c66").tokens())
    for wanted in (colour, "#123456"):
        choices = replace(choices_in_force(operator), primary=wanted, font="serif", logo_alt="Acme")
        number = edit_brand(operator, wanted=choices, logos=Logos(logo=LOGO), actor=IRIS)
        if wanted == colour:
            operator = publish_brand(operator, number=number, actor=IRIS)
    trip = a_trip_in(90, payments=(paid_at_checkout(30_000),))
    booking = sell(operator, trip).booking
    cookies = {
        **cookies_of(inside(operator, booking_id=booking.id)),
        **cookies_of(signed_in(operator, role="admin")),
    }
    known = {"reference": booking.reference, "slug": operator.slug, "number": 1, "token": "x" * 43}
    return Shop(operator.slug, cookies, letters_of(operator), known)


def cookies_of(client: Client) -> dict[str, str]:
    return {name: morsel.value for name, morsel in client.cookies.items()}


def letters_of(operator: Operator) -> dict[str, str]:
    about = sample_about(operator, locale="en-GB")
    drawn = {kind: sample_facts(operator, kind=kind) for kind in KINDS}
    return {
        kind: preview_email(operator, kind=form, about=about, facts=facts).html
        for kind, (form, facts) in drawn.items()
    }


def visitor(
    browser: Browser, *, street: Street, shop: Shop, device: Device = DESKTOP, javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    context.add_cookies(
        [{"name": name, "value": value, "url": street.base_url} for name, value in shop.cookies.items()]
    )
    return context


@pytest.mark.parametrize("colour", HOSTILE)
def test_a_hostile_colour_stays_readable_on_the_portal(street: Street, browser: Browser, colour: str) -> None:
    shop = street.shops[colour]
    context = visitor(browser, street=street, shop=shop, device=PHONE)
    record, page = Record.of(context), context.new_page()
    for path in PORTAL_PAGES:
        page.goto(f"{street.base_url}/p/{shop.slug}/{path}")
        assert_well_made(page)
    logo = page.goto(f"{street.base_url}/p/{shop.slug}/")
    assert logo is not None
    assert page.locator(".logo img").evaluate("img => img.complete && img.naturalWidth > 0")
    assert page.locator("body").evaluate("body => getComputedStyle(body).fontFamily").startswith("Charter")
    page.get_by_role("button", name="Sign out").click()
    assert_well_made(page)
    assert record.origins() == {street.base_url}
    assert record.complaints == []


@pytest.mark.parametrize("colour", HOSTILE)
def test_a_hostile_colour_stays_readable_in_emails(street: Street, browser: Browser, colour: str) -> None:
    context = person_with(browser, device=SMALL_PHONE)
    record, page = Record.of(context), context.new_page()
    for letter in street.shops[colour].letters.values():
        page.set_content(letter)
        assert_well_made(page)
    assert record.origins() == set()


@pytest.mark.parametrize("device", [DESKTOP, PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_the_branding_page_is_well_made(street: Street, browser: Browser, device: Device) -> None:
    shop = street.shops["pale-yellow"]
    context = visitor(browser, street=street, shop=shop, device=device)
    record, page = Record.of(context), context.new_page()
    for path in (BRANDING, f"{BRANDING}1/back/"):
        page.goto(street.base_url + path)
        assert_well_made(page)
    assert record.complaints == []


def test_what_is_typed_is_shown_at_once(street: Street, browser: Browser) -> None:
    context = visitor(browser, street=street, shop=street.shops["mid-grey"])
    record, page = Record.of(context), context.new_page()
    page.goto(street.base_url + BRANDING)
    page.get_by_label("Primary colour", exact=True).fill("#f2b705")
    page.get_by_label("Name shown to customers").fill("Sail & Rail")
    expect(page.get_by_text("#f2b705 becomes #8e6a00")).to_be_visible()
    expect(page.get_by_label("Portal, light")).to_be_visible()
    button = page.get_by_label("Portal, light").locator(".button.primary")
    expect(button).to_have_css("background-color", "rgb(242, 183, 5)")
    expect(button).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.get_by_label("Pick the primary colour")).to_have_value("#f2b705")
    assert_well_made(page)
    page.get_by_label("Primary colour", exact=True).fill("teal")
    page.get_by_role("button", name="Publish brand").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_well_made(page)
    assert record.complaints == []


def test_a_preview_and_a_way_back_without_javascript(street: Street, browser: Browser) -> None:
    context = visitor(browser, street=street, shop=street.shops["near-black"], javascript=False)
    page = context.new_page()
    page.goto(street.base_url + BRANDING)
    page.get_by_label("Primary colour", exact=True).fill("#f2b705")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("#f2b705 becomes #8e6a00")).to_be_visible()
    page.get_by_role("button", name="Publish brand").click()
    expect(page.get_by_text("Published. Customers see it from now on.")).to_be_visible()
    page.get_by_role("link", name="Roll back to version 2").click()
    page.get_by_role("button", name="Publish it again").click()
    expect(page.get_by_text("Version 2 is published again, as a new version.")).to_be_visible()


def every_address(shop: Shop) -> list[str]:
    """Every address of both faces that can be filled in from what exists, or from a stranger's name."""

    def below(patterns: list[Any], *, prefix: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            path = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from below(one.url_patterns, prefix=path)
            elif isinstance(one, URLPattern) and one.name and path.startswith(("office/", "p/")):
                yield one.name, path

    def filled(name: str, path: str, /) -> str:
        parts = re.findall(r"<(?:(\w+):)?(\w+)>", path)
        stranger = "00000000-0000-7000-8000-000000000000"
        return reverse(
            name,
            kwargs={
                part: shop.known.get(part, stranger if kind == "uuid" else "receipt") for kind, part in parts
            },
        )

    found = below(get_resolver().url_patterns, prefix="")
    # What ends the visit comes last.
    return sorted((filled(*one) for one in found), key=lambda address: ("sign-out" in address, address))


def is_shown(page: Page, *, address: str) -> bool:
    """Open an address, again where the page before breaks in; a file, or an answer without a page, is not shown."""
    for _ in range(3):
        with suppress(Error):
            page.goto(address)
            return True
    return False


def test_no_page_asks_a_third_party_for_anything(street: Street, browser: Browser) -> None:
    """Only the acquirer's frame may be asked, by the card page: see the journeys in tests/browser."""
    shop = street.shops["mid-grey"]
    context = visitor(browser, street=street, shop=shop)
    record, page = Record.of(context), context.new_page()
    addresses = every_address(shop)
    assert len(addresses) > 80
    shown = sum(is_shown(page, address=street.base_url + address) for address in addresses)
    assert shown > 70
    assert record.origins() == {street.base_url}
    assert not [line for line in record.complaints if "Content Security Policy" in line]
