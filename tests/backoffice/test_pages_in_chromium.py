"""Every page of the back office in Chromium: accessible in light and dark, never wider than the screen, quiet."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_payouts import list_payouts
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
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
from tests.support.people import person
from tests.support.scripted_payouts import PROVIDER, line, paying_out
from tests.support.served import served
from tests.support.staff import StaffMember, a_staff_member, signed_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Office:
    """A back office with something on every page."""

    base_url: str
    operator: Operator
    session: str
    member: StaffMember
    open: Billing
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    """Bookings of several kinds, a payout with a line to explain, and the pages that show them."""
    with django_db_blocker.unblock():
        demo = replace(settings.ENVIRONMENT, demo=True, acquirer_url="")
        with override_settings(ENVIRONMENT=demo), served() as base_url:
            yield _furnished(base_url)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """Chromium, started once the office is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def _furnished(base_url: str) -> Office:
    operator = new_operator()
    provider = paying_out(operator)
    taken = paid_at_checkout(30_000, reference="pay_1", provider=PROVIDER)
    shown = sell(operator, a_trip_in(90, payments=(taken,)))
    full = a_trip_in(60, payments=(paid_at_checkout(100_000),))
    sell(operator, full)
    refund = sell(operator, replace(full, components=full.components[:1], payments=()))
    yen = sell(operator, priced(a_trip_in(20, currency="JPY"), price_minor=68_400_000))
    provider.pays(
        line("pay_1", gross_minor=30_000, fee_minor=445),
        line("pay_unknown", gross_minor=12_300, fee_minor=200),
    )
    pull_payouts(operator)
    payout = list_payouts(operator).payouts[0]
    month = f"{shown.today:%Y-%m}"
    return Office(
        base_url=base_url,
        operator=operator,
        session=signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value,
        member=a_staff_member(operator),
        open=sell(operator, a_trip_in(90)),
        paths=(
            "/office/bookings/",
            "/office/bookings/?q=nothing+like+it",
            "/office/bookings/NO-SUCH/",
            *(f"/office/bookings/{one.booking.reference}/" for one in (shown, refund, yen)),
            "/office/settlements/",
            f"/office/settlements/{payout.id}/",
            "/office/ledger/",
            "/office/ledger/?as_at=never",
            "/office/ledger/?currency=KWD",
            f"/office/ledger/customer_receivable/{month}/",
            f"/office/ledger/customer_receivable/{month}/{shown.booking.reference}/",
        ),
    )


def _at_the_desk(browser: Browser, *, office: Office, device: Device) -> BrowserContext:
    context = person_with(browser, device=device)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": office.session, "url": office.base_url}]
    )
    return context


@pytest.mark.parametrize("device", [DESKTOP, PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_every_page_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    context = _at_the_desk(browser, office=office, device=device)
    record, page = Record.of(context), context.new_page()
    for path in office.paths:
        page.goto(office.base_url + path)
        for each in page.locator("main details").all():
            each.evaluate("one => one.open = true")
        assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == {office.base_url}


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_the_door_and_its_problems_are_well_made(office: Office, browser: Browser, device: Device) -> None:
    page = person_with(browser, device=device).new_page()
    page.goto(f"{office.base_url}/office/")
    assert_well_made(page)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert_well_made(page)


def test_without_javascript_one_signs_in_finds_a_booking_and_makes_a_link(
    office: Office, browser: Browser
) -> None:
    page = person_with(browser, device=PHONE, javascript=False).new_page()
    page.goto(f"{office.base_url}/office/")
    page.get_by_label("Email").fill(office.member.email)
    page.get_by_label("Password").fill(office.member.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("searchbox", name="Search bookings").fill(office.open.booking.reference)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=office.open.booking.reference, exact=True).click()
    page.get_by_role("button", name="Copy pay link").click()
    link = page.get_by_label("Link for Eleanor Hartley").input_value()
    assert f"/p/{office.operator.slug}/link/" in link


def test_a_payment_appears_by_itself_and_takes_nothing_from_the_reader(
    office: Office, browser: Browser
) -> None:
    page = _at_the_desk(browser, office=office, device=DESKTOP).new_page()
    page.goto(f"{office.base_url}/office/bookings/{office.open.booking.reference}/")
    page.get_by_text("Holding and release").click()
    page.get_by_role("link", name="Where the money is").focus()
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(_pay_by_bank, office).result()
    row = page.locator("tr[id^=row-]").filter(has_text="BACS 7719")
    expect(row).to_contain_text("Closed", timeout=10_000)
    expect(page.locator("#news")).to_contain_text("Updated")
    expect(page.get_by_text("in the protected bank account")).to_be_visible()
    expect(page.get_by_role("link", name="Where the money is")).to_be_focused()


def _pay_by_bank(office: Office) -> None:
    try:
        commit_transaction(
            office.operator,
            booking_id=office.open.booking.id,
            transaction_id=office.open.open_rows[0].id,
            received=Received(external_reference="BACS 7719", method="bank_transfer"),
            actor=person("Somebody else"),
        )
    finally:
        connections.close_all()
