"""Sending money back in Chromium: the dialog with the mouse, without script and on a small phone, every state
accessible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from tests.support.acquirer import APPROVED, APPROVED_DEBIT, running_acquirer
from tests.support.browser import (
    DESKTOP,
    SMALL_PHONE,
    Device,
    assert_fits,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.planning import path_of
from tests.support.refunding import another_overpaid, overpaid, press, with_threshold
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser

CARDS = ((50_000, APPROVED), (30_000, APPROVED_DEBIT))


@dataclass(frozen=True)
class Desk:
    """A back office with bookings to refund."""

    base_url: str
    session: str
    billing: dict[str, str]
    pages: dict[str, str]


@pytest.fixture(scope="module")
def desk(
    django_db_setup: None, django_db_blocker: Blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """The bookings, made before Chromium starts."""
    with django_db_blocker.unblock(), running_acquirer(tmp_path_factory.mktemp("acquirer")) as acquirer:
        demo = replace(settings.ENVIRONMENT, demo=True, acquirer_url="")
        with override_settings(ENVIRONMENT=demo), served() as base_url:
            operator = new_operator()
            first = overpaid(operator, acquirer=acquirer, cards=CARDS, refund_minor=60_000)
            plain = another_overpaid(operator, merchant=first.merchant)
            failed = another_overpaid(operator, merchant=first.merchant)
            waiting = with_threshold(another_overpaid(operator, merchant=first.merchant), threshold_minor=100)
            order = press(waiting)
            with_threshold(waiting, threshold_minor=50_000)
            yield Desk(
                base_url=base_url,
                session=signed_in(operator, role="approver").cookies[settings.SESSION_COOKIE_NAME].value,
                billing={"mouse": path_of(first.billing), "plain": path_of(plain.billing)},
                pages={
                    "two cards": path_of(first.billing, "payments", first.row_id, "refund"),
                    "one card": path_of(failed.billing, "payments", failed.row_id, "refund"),
                    "decide": path_of(waiting.billing, "refunds", order.id),
                    "waiting": path_of(waiting.billing),
                    "in progress": path_of(waiting.billing, "payments", waiting.row_id, "refund"),
                    "today": "/office/",
                },
            )


@pytest.fixture
def browser(desk: Desk) -> Iterator[Browser]:
    """Chromium, started once the bookings are there."""
    with chromium() as running:
        yield running


def at(
    browser: Browser, desk: Desk, device: Device = DESKTOP, /, *, javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": desk.session, "url": desk.base_url}
    context.add_cookies([cookie])  # type: ignore[list-item]  # Playwright's type wants every key
    return context


def test_every_state_is_well_made_on_a_desk_and_fits_a_small_phone(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    for device in (DESKTOP, SMALL_PHONE):
        page = at(browser, desk, device).new_page()
        for path in desk.pages.values():
            page.goto(desk.base_url + path)
            assert_well_made(page)
            assert_fits(page)


def test_two_clicks_ask_for_it_and_the_dialog_says_where_it_goes(desk: Desk, browser: Browser) -> None:
    page = at(browser, desk).new_page()
    page.goto(desk.base_url + desk.billing["mouse"])
    page.get_by_role("link", name="Refund online").click()
    expect(page.locator("#sheet")).to_contain_text("Visa ending 4242")
    expect(page.locator("#sheet")).to_contain_text("A second person is asked to agree first")
    assert_well_made(page)
    page.get_by_role("button", name="Ask a second person for").click()
    expect(page.get_by_text("waits for a second person to agree to it.")).to_be_visible()


def test_it_is_sent_without_script(desk: Desk, browser: Browser) -> None:
    page = at(browser, desk, SMALL_PHONE, javascript=False).new_page()
    page.goto(desk.base_url + desk.billing["plain"])
    page.get_by_role("link", name="Refund online").click()
    page.get_by_role("button", name="Send back GBP 200.00").click()
    expect(page.get_by_text("has gone back to the customer.")).to_be_visible()
