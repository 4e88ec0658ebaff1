"""A customer whose browser runs no scripts pays on the acquirer's own page and comes back to the same outcome."""

import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.traveller import APPROVED, CHALLENGED, CVC, DECLINED, EXPIRY, Traveller
from tests.support.browser import PHONE, Record, origin_of
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser


def test_paying_on_the_hosted_page(demo: RunningDemo, person: NewPerson) -> None:
    reference = f"NJS-{secrets.token_hex(3).upper()}"
    today = datetime.now(UTC).date()
    demo.sell(reference=reference, start=today + timedelta(days=90), end=today + timedelta(days=97))
    context = person(PHONE, javascript=False)
    record = Record.of(context)
    ines = Traveller(context, demo=demo)
    ines.open(demo.portal_link(reference))
    assert ines.left_to_pay() == "£800.00"
    assert ines.choose_to_pay() == "£200.00"

    page = ines.page
    page.get_by_role("link", name=re.compile("^Pay on the page of")).click()
    assert origin_of(page.url) == demo.acquirer_url
    for number in (DECLINED, CHALLENGED):
        for label, value in (("Card number", number), ("Expires", EXPIRY), ("Security code", CVC)):
            page.get_by_label(label).fill(value)
        page.get_by_role("button", name="Pay £200.00").click()
    expect(page.get_by_role("heading", name="Approve this payment?")).to_be_visible()
    page.get_by_role("button", name="Approve £200.00").click()

    ines.see_it_received()
    assert origin_of(page.url) == demo.base_url
    expect(page.get_by_role("heading", level=1)).to_have_text("£200.00")
    expect(page.get_by_label("Balance of the booking")).to_contain_text("£600.00")
    assert {one.origin for one in record.sent if CHALLENGED in one.digits} == {demo.acquirer_url}


def test_the_card_form_in_the_frame_without_javascript(demo: RunningDemo, person: NewPerson) -> None:
    reference = f"NJS-{secrets.token_hex(3).upper()}"
    today = datetime.now(UTC).date()
    demo.sell(reference=reference, start=today + timedelta(days=90), end=today + timedelta(days=97))
    ines = Traveller(person(PHONE, javascript=False), demo=demo)
    ines.open(demo.portal_link(reference))
    ines.choose_to_pay()
    ines.enter_card(APPROVED)
    ines.card_form.get_by_role("link", name="Continue to Acme Travel").click()
    ines.see_it_received()
