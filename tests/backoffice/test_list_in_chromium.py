"""The list, its views, mailings and imports in Chromium: well made in light and dark and at 320 pixels, and all of it
without JavaScript."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.domain.booking import Customer, Traveller
from fareledger.faces.backoffice.import_examples import EXAMPLES
from fareledger.persistence.operators import Operator
from fareledger.usecases.hand_in_import import ImportFile, hand_in_import
from fareledger.usecases.mail_links import mail_links, send_mailings
from fareledger.usecases.run_import import run_imports
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
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
from tests.support.people import MARTA
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser

LONG = "Bartholomew-Alexander Featherstonehaugh-Cholmondeley"
EVERYTHING = (
    "q=a&status=unpaid&cancelled=no&currency=GBP&departing=366&outstanding_from=0.01&outstanding_to=99999"
)


@dataclass(frozen=True)
class Office:
    """A back office with a long list and something on every page around it."""

    base_url: str
    operator: Operator
    sessions: dict[str, str]
    paths: tuple[str, ...]


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    """Bookings of every kind on more than one page, a kept view, a mailing, and imports in every state."""
    with django_db_blocker.unblock(), served() as base_url:
        yield _furnished(base_url)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """Chromium, started once the office is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def _furnished(base_url: str) -> Office:
    operator = new_operator()
    open_ids = [sell(operator, a_trip_in(40 + days)).booking.id for days in range(48)]
    gone = a_trip_in(50, payments=(paid_at_checkout(100_000),))
    sell(operator, gone)
    sell(operator, cancelling(gone, "flights", "hotel"))
    sell(operator, priced(a_trip_in(20, currency="JPY"), price_minor=68_400_000))
    dina = Customer(name="Dina Aziz", email="dina@example.com", locale="en-GB")
    sell(operator, priced(a_trip_in(20, currency="KWD", customer=dina), price_minor=98_700_500))
    wordy = Customer(name=LONG, email=f"{'x' * 50}@{'y' * 50}.example.com", locale="en-GB")
    slow = "A slow journey along the whole coast of Norway"
    lead = (Traveller(name=LONG.replace(" ", ""), lead=True),)
    sell(operator, a_trip_in(3, package=slow, customer=wordy, travellers=lead))
    mailing = mail_links(operator, booking_ids=open_ids[:5], form_key=uuid4().hex, actor=MARTA)
    send_mailings(operator)
    waiting = mail_links(operator, booking_ids=open_ids[5:7], form_key=uuid4().hex, actor=MARTA)
    imports = [
        _hand_in(operator, content)
        for content in (
            EXAMPLES["csv"]("GBP").replace("268000", "lots").replace("2027-07-02", "soon").encode(),
            b"colour\nred\n",
        )
    ]
    run_imports(operator)
    imports.append(_hand_in(operator, EXAMPLES["csv"]("GBP").encode()))
    staff = signed_in(operator)
    staff.post(
        "/office/views/new/?currency=GBP&sort=departs_up", {"name": "Pounds by departure", "shared": "yes"}
    )
    page = staff.get("/office/bookings/?currency=GBP&sort=departs_up").content.decode()
    start = page.index("/office/views/")
    view = page[start : page.index('"', start)]
    return Office(
        base_url=base_url,
        operator=operator,
        sessions={
            "finance": staff.cookies[settings.SESSION_COOKIE_NAME].value,
            "auditor": signed_in(operator, role="auditor").cookies[settings.SESSION_COOKIE_NAME].value,
        },
        paths=(
            "/office/bookings/",
            "/office/bookings/?page=2",
            "/office/bookings/?page=9",
            "/office/bookings/?currency=GBP&sort=departs_up",
            f"/office/bookings/?{EVERYTHING}",
            "/office/bookings/?refund_due=yes&currency=KWD",
            "/office/bookings/?departs_from=soon&currency=XXX&sort=colour",
            "/office/views/new/?currency=GBP",
            view,
            f"{view}delete/",
            "/office/pay-links/?all=yes&list=",
            f"/office/pay-links/{mailing}/",
            f"/office/pay-links/{waiting}/",
            "/office/imports/",
            *(f"/office/imports/{one}/" for one in imports),
        ),
    )


def _hand_in(operator: Operator, content: bytes, /) -> object:
    file = ImportFile(name="bookings-of-the-old-system-before-the-move-to-this-one.csv", content=content)
    return hand_in_import(operator, file=file, actor=MARTA, channel="back_office")


def _at_the_desk(
    browser: Browser, *, office: Office, device: Device, role: str = "finance", javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    cookie = {
        "name": settings.SESSION_COOKIE_NAME,
        "value": office.sessions[role],
        "url": office.base_url,
    }
    context.add_cookies([cookie])  # type: ignore[list-item]  # a plain dictionary is what it takes
    return context


@pytest.mark.parametrize("device", [DESKTOP, PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_every_page_around_the_list_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    context = _at_the_desk(browser, office=office, device=device)
    record, page = Record.of(context), context.new_page()
    for path in office.paths:
        page.goto(office.base_url + path)
        for each in page.locator("main details.filters, main details:not([class])").all():
            each.evaluate("one => one.open = true")
        more = page.locator("main details.more")
        if more.count():
            more.first.evaluate("one => one.open = true")
        assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == {office.base_url}


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_what_an_auditor_sees_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    page = _at_the_desk(browser, office=office, device=device, role="auditor").new_page()
    for path in ("/office/bookings/", "/office/imports/"):
        page.goto(office.base_url + path)
        expect(page.get_by_text("Your role reads")).to_be_visible()
        assert_well_made(page)


def test_what_is_touched_on_a_phone_is_large_enough(office: Office, browser: Browser) -> None:
    page = _at_the_desk(browser, office=office, device=PHONE).new_page()
    page.goto(f"{office.base_url}/office/bookings/?currency=GBP")
    page.locator("details.filters > summary").click()
    for selector in (
        ".filters > summary", ".filters .choice", ".filter", ".tabs a", ".tick", ".more > summary", ".pages .button",
    ):  # fmt: skip
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9, selector


def test_without_javascript_one_filters_keeps_the_view_and_mails_links(
    office: Office, browser: Browser
) -> None:
    page = _at_the_desk(browser, office=office, device=PHONE, javascript=False).new_page()
    page.goto(f"{office.base_url}/office/bookings/")
    page.locator("details.filters > summary").click()
    page.get_by_label("Currency", exact=True).select_option("KWD")
    page.get_by_role("button", name="Show bookings").click()
    expect(page).to_have_url(f"{office.base_url}/office/bookings/?currency=KWD")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Save this view").click()
    page.get_by_label("Name of the view").fill("Dinars")
    page.get_by_role("button", name="Save this view").click()
    expect(page.get_by_role("link", name="Dinars")).to_have_attribute("aria-current", "page")
    page.get_by_role("checkbox", name="Choose").check()
    page.get_by_role("button", name="Email pay links to ticked").click()
    expect(page.get_by_role("heading", name="1 customer gets a link")).to_be_visible()
    page.get_by_role("button", name="Email 1 pay link").click()
    expect(page.get_by_text("0 of 1 done")).to_be_visible()
    page.goto(f"{office.base_url}/office/bookings/?currency=KWD")
    page.get_by_role("link", name="KWD (remove this filter)").click()
    expect(page).to_have_url(f"{office.base_url}/office/bookings/")


def test_without_javascript_a_rows_actions_are_there(office: Office, browser: Browser) -> None:
    page = _at_the_desk(browser, office=office, device=DESKTOP, javascript=False).new_page()
    page.goto(f"{office.base_url}/office/bookings/?currency=JPY")
    page.locator("details.more > summary").click()
    page.get_by_role("button", name="Copy pay link").click()
    expect(page.get_by_label("Link for Eleanor Hartley")).to_be_visible()


def test_without_javascript_a_file_is_handed_in_and_followed(office: Office, browser: Browser) -> None:
    page = _at_the_desk(browser, office=office, device=SMALL_PHONE, javascript=False).new_page()
    page.goto(f"{office.base_url}/office/imports/")
    content = EXAMPLES["jsonl"]("GBP").replace("EXAMPLE", "PHONE").encode()
    file = {"name": "two.jsonl", "mimeType": "application/jsonl", "buffer": content}
    page.get_by_label("File of bookings").set_input_files(file)  # type: ignore[arg-type]  # its own dictionary
    page.get_by_role("button", name="Import bookings").click()
    expect(page.get_by_role("heading", name="two.jsonl")).to_be_visible()
    expect(page.get_by_role("progressbar", name="File read")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()


def test_an_import_finishes_before_the_readers_eyes(office: Office, browser: Browser) -> None:
    page = _at_the_desk(browser, office=office, device=DESKTOP).new_page()
    page.goto(f"{office.base_url}/office/imports/")
    content = EXAMPLES["jsonl"]("GBP").replace("EXAMPLE", "DESK").encode()
    file = {"name": "desk.jsonl", "mimeType": "application/jsonl", "buffer": content}
    page.get_by_label("File of bookings").set_input_files(file)  # type: ignore[arg-type]  # its own dictionary
    page.get_by_role("button", name="Import bookings").click()
    expect(page.get_by_role("link", name="Look again")).to_be_visible()
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(_work, office).result()
    expect(page.get_by_text("Done: 2 bookings looked at.")).to_be_visible()
    expect(page.get_by_role("link", name="Look again")).to_have_count(0)


def _work(office: Office) -> None:
    try:
        run_imports(office.operator)
    finally:
        connections.close_all()
