"""Every page at 320 pixels, in light and dark: nothing scrolls sideways and axe finds nothing, for all three brands."""

import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.browser.traveller import DECLINED, Traveller
from tests.support.browser import SMALL_PHONE, assert_well_made
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

OFFICE = (
    "/office/bookings/",
    "/office/bookings/?status=refund_due",
    "/office/bookings/?q=nobody+is+called+that",
    "/office/bookings/?currency=GBP&departs_from=soon",
    "/office/pay-links/?all=yes&list=overdue%3Dyes",
    "/office/imports/",
    "/office/bookings/TRV-48213/",
    "/office/settlements/",
    "/office/ledger/",
    "/office/ledger/?currency=USD&as_at=never",
    "/office/nowhere/",
)
PORTAL_DOORS = (
    ("sign-in/", "Email me a link"),
    ("sign-in/sent/", "Check your email"),
    ("link/not-a-link", "This link is not complete"),
)
STAFF = ("marta.lindgren@acmetravel.example", "nuria.ferrer@solmar.example", "dana.whitlock@northway.example")


@pytest.fixture
def sold(demo: RunningDemo) -> str:
    """The reference of a booking of this test's own, a quarter of it due now."""
    reference = f"SML-{secrets.token_hex(3).upper()}"
    today = datetime.now(UTC).date()
    demo.sell(reference=reference, start=today + timedelta(days=90), end=today + timedelta(days=97))
    return reference


def test_the_back_office(demo: RunningDemo, person: NewPerson) -> None:
    desk = Desk(person(SMALL_PHONE), demo=demo)
    desk.go("/office/sign-in/")
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_well_made(desk.page)
    desk.sign_in()
    for path in OFFICE:
        desk.go(path)
        assert_well_made(desk.page)
    desk.go("/office/settlements/")
    desk.page.locator("tbody a").first.click()
    expect(desk.page.get_by_role("heading", name="Lines")).to_be_visible()
    assert_well_made(desk.page)
    desk.page.get_by_role("button", name="Menu").click()
    expect(desk.page.get_by_role("link", name="Ledger report")).to_be_visible()
    assert_well_made(desk.page)


def test_the_doors_of_the_portal(demo: RunningDemo, person: NewPerson, sold: str) -> None:
    ines = Traveller(person(SMALL_PHONE), demo=demo)
    for path, words in PORTAL_DOORS:
        ines.page.goto(f"{demo.base_url}/p/acme/{path}")
        expect(ines.page.get_by_text(words).first).to_be_visible()
        assert_well_made(ines.page)
    ines.page.goto(f"{demo.base_url}/p/acme/sign-in/")
    ines.page.get_by_role("button", name="Email me a link").click()
    expect(ines.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_well_made(ines.page)

    replaced, used = demo.portal_link(sold), demo.portal_link(sold)
    ines.open(used)
    for link, words in ((replaced, "A newer link replaced this one"), (used, "This link was used already")):
        ines.page.goto(link)
        expect(ines.page.get_by_role("heading", level=1)).to_have_text(words)
        assert_well_made(ines.page)
    ines.page.get_by_role("button", name="Email me a new link").click()
    expect(ines.page.get_by_role("heading", name="Check your email")).to_be_visible()


def test_inside_the_portal(demo: RunningDemo, person: NewPerson, sold: str) -> None:
    ines = Traveller(person(SMALL_PHONE), demo=demo)
    ines.open(demo.portal_link(sold))
    page, portal = ines.page, f"{demo.base_url}/p/acme/"
    for path in ("", "history/", "pay/", "nowhere/"):
        page.goto(portal + path)
        assert_well_made(page)
    page.goto(portal)
    ines.choose_to_pay()
    ines.enter_card(DECLINED)
    expect(ines.card_form.get_by_role("alert")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("link", name="See this payment").click()
    expect(page.get_by_role("heading", name="This payment is not finished")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Email me a link")).to_be_visible()
    assert_well_made(page)


@pytest.mark.parametrize("email", STAFF, ids=lambda email: email.partition("@")[2])
def test_staff_look_at_the_portal_as_customers_of_each_brand_do(
    email: str, demo: RunningDemo, person: NewPerson
) -> None:
    desk = Desk(person(SMALL_PHONE), demo=demo)
    desk.sign_in(email)
    desk.go("/office/bookings/?status=partially_paid")
    desk.page.locator("tbody a").first.click()
    expect(desk.page.get_by_role("heading", name="Base information")).to_be_visible()
    desk.page.get_by_role("button", name=re.compile("^Copy pay link")).click()
    expect(desk.page.get_by_role("textbox", name=re.compile("^Link for"))).to_have_value(re.compile("/link/"))
    assert_well_made(desk.page)
    desk.page.get_by_role("link", name="Back to billing").click()
    with desk.page.context.expect_page() as opened:
        desk.page.get_by_role("button", name=re.compile("^View as customer")).click()
    shown = opened.value
    shown.wait_for_url(re.compile("/p/"))
    assert_well_made(shown)
    # The customer reads it in a language of their own.
    shown.goto(f"{shown.url.partition('?')[0]}?lang=en-GB")
    expect(shown.get_by_text("Only the customer can pay here.").first).to_be_visible()


def test_the_acquirer_console_and_the_mailbox(demo: RunningDemo, person: NewPerson) -> None:
    page = person(SMALL_PHONE).new_page()
    for address in (demo.acquirer_url, demo.mail_url):
        page.goto(address)
        assert_well_made(page)
