"""A customer pays from a bank, on a phone with scripts and without, and from a desk with a code that a phone reads; the
taps are counted, and every page on the way is accessible in light and dark."""

import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.traveller import Traveller
from tests.support.browser import DESKTOP, PHONE, assert_well_made, origin_of
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

BANK = "Plover"
MOST_TAPS = 4


def a_link(demo: RunningDemo) -> str:
    """The one-time link of a customer with 200.00 due today, of 800.00."""
    reference = f"BNK-{secrets.token_hex(3).upper()}"
    today = datetime.now(UTC).date()
    demo.sell(reference=reference, start=today + timedelta(days=90), end=today + timedelta(days=97))
    return demo.portal_link(reference)


def answer_at_the_bank(page: Page, *, answer: str, demo: RunningDemo) -> None:
    """Sign in at the bank, which is another site, and press a button there."""
    assert origin_of(page.url) == demo.acquirer_url
    page.get_by_role("button").first.click()
    page.get_by_role("button", name=re.compile(f"^{answer}")).first.click()


@pytest.mark.parametrize("javascript", [True, False])
def test_four_taps_and_nothing_typed(demo: RunningDemo, person: NewPerson, javascript: bool) -> None:
    ines = Traveller(person(PHONE, javascript=javascript), demo=demo)
    page = ines.page
    page.goto(a_link(demo))
    taps = (
        page.get_by_role("button", name="Continue to your booking"),
        page.get_by_role("link", name="Pay by bank"),
        page.get_by_role("button", name=BANK, exact=True),
        page.get_by_role("link", name=f"Continue to {BANK}"),
    )
    assert len(taps) <= MOST_TAPS
    for tap in taps[:-1]:
        tap.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Pay £200.00 from {BANK}")
    expect(page.get_by_text("Acme Travel Ltd").first).to_be_visible()
    expect(page.get_by_label("QR code that opens this payment at your bank")).to_be_hidden()
    taps[-1].click()
    answer_at_the_bank(page, answer="Approve £", demo=demo)
    ines.see_it_received()
    expect(page.get_by_role("heading", level=1)).to_have_text("£200.00")
    expect(page.get_by_text(f"Bank payment from {BANK}")).to_be_visible()


def test_refused_at_the_bank_and_everything_paid_otherwise(demo: RunningDemo, person: NewPerson) -> None:
    ines = Traveller(person(PHONE), demo=demo)
    page = ines.page
    ines.open(a_link(demo))
    page.get_by_role("link", name="Other amount or method").click()
    page.get_by_label("Everything that is left").check()
    page.get_by_label("Bank payment").check()
    expect(page.locator("[data-rest]")).to_have_text("£0.00")
    page.get_by_role("button", name="Pay £800.00").click()
    page.get_by_label("Search for a bank").fill("plov")
    expect(page.get_by_role("button", name="Wherry")).to_be_hidden()
    page.get_by_role("button", name=BANK, exact=True).click()
    page.get_by_role("link", name=f"Continue to {BANK}").click()
    answer_at_the_bank(page, answer="Refuse", demo=demo)
    expect(page.get_by_role("heading", name="Payment failed")).to_be_visible()
    expect(page.get_by_text("No money has been taken.")).to_be_visible()
    page.get_by_role("link", name="Pay another way").click()
    expect(page.get_by_label("Everything that is left")).to_be_checked()
    page.get_by_role("button", name="Pay £800.00").click()
    expect(page.get_by_role("heading", name="Pay £800.00 by card")).to_be_visible()


def test_a_phone_reads_the_code_and_the_desk_notices(demo: RunningDemo, person: NewPerson) -> None:
    ines = Traveller(person(DESKTOP), demo=demo)
    page = ines.page
    ines.open(a_link(demo))
    page.get_by_role("link", name="Pay by bank").click()
    page.get_by_role("button", name=BANK, exact=True).click()
    expect(page.get_by_label("QR code that opens this payment at your bank")).to_be_visible()
    phone = person(PHONE).new_page()
    phone.goto(page.get_by_role("link", name=f"Continue to {BANK}").get_attribute("href") or "")
    phone.get_by_role("button").first.click()
    phone.get_by_role("button", name=re.compile("^Approve £")).first.click()
    expect(page.get_by_text("Payment received")).to_be_visible(timeout=30_000)


def test_every_page_on_the_way_is_accessible(demo: RunningDemo, person: NewPerson) -> None:
    ines = Traveller(person(PHONE), demo=demo)
    page = ines.page
    ines.open(a_link(demo))
    page.get_by_role("link", name="Other amount or method").click()
    assert_well_made(page)
    page.get_by_label("Bank payment").check()
    page.get_by_role("button", name="Pay £200.00").click()
    assert_well_made(page)
    page.get_by_role("button", name=BANK, exact=True).click()
    assert_well_made(page)
    page.get_by_role("link", name="See this payment").click()
    assert_well_made(page)
    page.get_by_role("link", name="Continue paying").click()
    page.get_by_role("link", name=f"Continue to {BANK}").click()
    answer_at_the_bank(page, answer="Refuse", demo=demo)
    assert_well_made(page)
