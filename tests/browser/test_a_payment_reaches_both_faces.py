"""Staff send a link, the customer pays by card, and the back office that stayed open shows the money arrive."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.browser.traveller import CHALLENGED, CVC, DECLINED, EXPIRY, Traveller
from tests.support.browser import DESKTOP, PHONE, Device, Record, assert_well_made, origin_of
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

REFERENCE = "TRV-48213"
EMAIL = "eleanor.hartley@example.com"
PERSONAL = ("Eleanor", "Hartley", EMAIL, REFERENCE, "Lisbon", "£")


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
def test_a_customer_pays_and_the_open_back_office_shows_it(
    device: Device, demo: RunningDemo, person: NewPerson
) -> None:
    desk = staff_send_a_link(Desk(person(device), demo=demo))
    rows_closed = desk.page.locator("tr[id^=row-] .status.closed").count()

    browser = person(device)
    record = Record.of(browser)
    eleanor = Traveller(browser, demo=demo)
    eleanor.open_mail(f"open your booking {REFERENCE}")
    assert_well_made(eleanor.page)
    land_without_showing_anything(eleanor)
    eleanor.go_on_to_the_booking()
    assert_well_made(eleanor.page)
    before = eleanor.left_to_pay()
    paid = eleanor.choose_to_pay()
    payment = pay_with_a_second_card(eleanor, demo=demo)
    see_the_outcome(eleanor, paid=paid, left=left_after(before, paid=paid))
    the_acquirer_alone_saw_the_card(record, demo=demo)

    read_the_receipt(demo, paid=paid, left=left_after(before, paid=paid))
    see_it_in_the_open_tab(desk, payment=payment, paid=paid, rows_closed=rows_closed + 1)


def staff_send_a_link(desk: Desk) -> Desk:
    """Sign in, find the booking, send the link; the tab stays open and is marked, so that a reload would show."""
    desk.go("/office/")
    assert_well_made(desk.page)
    desk.sign_in()
    assert_well_made(desk.page)
    desk.open_booking(REFERENCE)
    assert_well_made(desk.page)
    desk.email_pay_link()
    desk.page.evaluate("window.neverReloaded = true")
    return desk


def land_without_showing_anything(eleanor: Traveller) -> None:
    eleanor.follow_the_link()
    assert_well_made(eleanor.page)
    source = eleanor.page.content()
    assert [words for words in PERSONAL if words in source] == []
    assert "TRV-4••••" in source


def pay_with_a_second_card(eleanor: Traveller, *, demo: RunningDemo) -> str:
    """Be declined, be challenged, approve; return the acquirer's reference of the payment."""
    frame = eleanor.page.locator("main iframe").element_handle()
    assert frame is not None
    address = frame.get_attribute("src") or ""
    assert origin_of(address) == demo.acquirer_url != origin_of(eleanor.page.url)
    expect(eleanor.card_form.get_by_label("Card number")).to_be_visible()
    assert_well_made(eleanor.page)

    eleanor.enter_card(DECLINED)
    said = eleanor.card_form.get_by_role("alert")
    expect(said).to_contain_text("No money has been taken.")
    expect(said).to_contain_text("declined")
    expect(eleanor.card_form.get_by_label("Card number")).to_have_value("")
    assert_well_made(eleanor.page)

    eleanor.enter_card(CHALLENGED)
    expect(eleanor.card_form.get_by_role("heading", name="Approve this payment?")).to_be_visible()
    assert_well_made(eleanor.page)
    eleanor.approve_the_challenge()
    eleanor.see_it_received()
    found = re.search(r"pay_\w+", address)
    assert found is not None
    return found[0]


def see_the_outcome(eleanor: Traveller, *, paid: str, left: str) -> None:
    page = eleanor.page
    expect(page.get_by_role("heading", level=1)).to_have_text(paid)
    expect(page.get_by_label("Balance of the booking")).to_contain_text(left)
    assert_well_made(page)
    page.get_by_role("link", name="Back to your booking").click()
    expect(page.locator("section[aria-labelledby=left] .hero")).to_have_text(left)
    page.get_by_role("link", name="All payments and receipts").click()
    expect(page.get_by_role("heading", name="Payments and receipts")).to_be_visible()
    assert_well_made(page)


def the_acquirer_alone_saw_the_card(record: Record, *, demo: RunningDemo) -> None:
    secrets = {CVC, EXPIRY, EXPIRY.replace("/", "")}
    saw_number = {
        one.origin for one in record.sent for number in (DECLINED, CHALLENGED) if number in one.digits
    }
    saw_rest = {one.origin for one in record.sent if one.values & secrets}
    assert saw_number == saw_rest == {demo.acquirer_url}


def read_the_receipt(demo: RunningDemo, *, paid: str, left: str) -> None:
    mail = demo.wait_for_mail(to=EMAIL, subject=f"receipt: {paid} for")
    assert mail["subject"] == f"Acme Travel receipt: {paid} for booking {REFERENCE}"
    assert mail["html"]
    for fact in (paid, REFERENCE, left):
        assert fact in mail["text"]


def see_it_in_the_open_tab(desk: Desk, *, payment: str, paid: str, rows_closed: int) -> None:
    page = desk.page
    row = desk.row_with(payment)
    expect(row).to_contain_text("Closed")
    expect(row).to_contain_text("Portal, sandbox")
    expect(row).to_contain_text(paid.removeprefix("£"))
    expect(page.locator("tr[id^=row-] .status.closed")).to_have_count(rows_closed)
    number = row.get_by_role("link", name=re.compile("^Entry")).get_attribute("href") or ""
    entry = page.locator(f"tbody{number}")
    expect(entry).to_contain_text("Payment received")
    expect(entry).to_contain_text("Acquirer clearing")
    expect(desk.link_of_the_chain("Matched to booking and channel")).to_contain_text("Portal")
    assert page.evaluate("window.neverReloaded") is True
    assert_well_made(page)


def left_after(before: str, *, paid: str) -> str:
    """Return the amount that is left, written as the pages write pounds."""
    one, other = (Decimal(text.removeprefix("£").replace(",", "")) for text in (before, paid))
    return f"£{one - other:,.2f}"
