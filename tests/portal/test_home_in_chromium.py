"""The booking home on a phone, in each of its states: nothing scrolls sideways, a thumb hits everything, axe finds
nothing in light or dark, and one button says what to do. What the states say is `test_home_states.py`."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from tests.portal.test_home_states import looking
from tests.support.browser import (
    DESKTOP,
    Device,
    Record,
    assert_fits,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.home_states import STATES
from tests.support.operators import new_operator
from tests.support.served import served
from tests.support.touch import too_small

pytestmark = pytest.mark.browser

NARROW = Device("narrow-phone", 360, 740, touch=True)
PAGES = ("history/", "help/", "help/sent/", "nowhere/")


@dataclass(frozen=True)
class Seen:
    """One booking home in a state: where it is, and the cookies of whoever looks at it."""

    address: str
    cookies: dict[str, str]


@pytest.fixture(scope="module")
def homes(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[dict[str, Seen]]:
    """A home in each state, each of an operator of its own."""
    with django_db_blocker.unblock(), served() as base_url:
        yield {name: _home(base_url, name=name) for name in STATES}


def _home(base_url: str, *, name: str) -> Seen:
    operator = new_operator()
    client: Client = looking(operator, state=STATES[name], shown=STATES[name].made(operator))
    cookies = {key: morsel.value for key, morsel in client.cookies.items()}
    return Seen(address=f"{base_url}/p/{operator.slug}/", cookies=cookies)


@pytest.fixture
def browser(homes: dict[str, Seen]) -> Iterator[Browser]:
    """Chromium, started once there is something to see."""
    with chromium() as running:
        yield running


def _enter(context: BrowserContext, seen: Seen, /) -> None:
    context.add_cookies(
        [{"name": key, "value": value, "url": seen.address} for key, value in seen.cookies.items()]
    )


def _open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def _assert_nothing_is_cut(page: Page) -> None:
    """What hides what runs over must not hide words: the band with the name of the trip."""
    for words in page.locator(".band :is(h1, p)").all():
        assert words.evaluate("one => one.getBoundingClientRect().width <= innerWidth - 30")


def test_every_state_is_well_made_on_a_phone(homes: dict[str, Seen], browser: Browser) -> None:
    for name, seen in homes.items():
        context = person_with(browser, device=NARROW)
        _enter(context, seen)
        record, page = Record.of(context), context.new_page()
        page.goto(seen.address)
        buttons = page.locator("main .button.primary")
        assert buttons.count() == bool(STATES[name].primary), name
        _open_everything(page)
        assert_well_made(page)
        _assert_nothing_is_cut(page)
        assert too_small(page) == [], name
        page.goto(f"{seen.address}history/")
        _open_everything(page)
        assert_fits(page)
        assert too_small(page) == [], name
        assert record.complaints == [], name
        context.close()


@pytest.mark.parametrize("device", [NARROW, DESKTOP], ids=lambda device: device.name)
@pytest.mark.parametrize("name", ["a payment is processing", "Arabic", "long words in German"])
def test_pages_around_the_home_are_well_made(
    homes: dict[str, Seen], browser: Browser, device: Device, name: str
) -> None:
    context = person_with(browser, device=device)
    _enter(context, homes[name])
    page = context.new_page()
    for path in PAGES:
        page.goto(homes[name].address + path)
        _open_everything(page)
        assert_well_made(page)
        assert not device.touch or too_small(page) == [], path
        assert page.locator("main .button.primary").count() <= 1
    context.close()


def test_a_message_is_written_without_scripts_and_a_fault_is_focused(
    homes: dict[str, Seen], browser: Browser
) -> None:
    for javascript in (True, False):
        context = person_with(browser, device=NARROW, javascript=javascript)
        _enter(context, homes["part paid"])
        page = context.new_page()
        page.goto(homes["part paid"].address)
        page.get_by_role("link", name="Write to us here").click()
        page.get_by_role("button", name="Send the message").click()
        expect(page.locator("#problem")).to_be_focused()
        page.get_by_label("Your message").fill("Is breakfast included?")
        page.get_by_role("button", name="Send the message").click()
        expect(page.get_by_role("heading", name="Your message is sent")).to_be_visible()
        context.close()


def test_figures_open_without_scripts(homes: dict[str, Seen], browser: Browser) -> None:
    context = person_with(browser, device=NARROW, javascript=False)
    _enter(context, homes["part paid"])
    page = context.new_page()
    page.goto(homes["part paid"].address)
    page.locator("#paid summary").click()
    expect(page.locator("#paid .sum")).to_be_visible()
    expect(page.locator("#total .sum")).to_be_hidden()
    context.close()
