"""A customer types an amount of their own and presses the button, which changes its words in that very moment."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.traveller import Traveller
from tests.support.browser import PHONE, assert_well_made
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser


def test_the_first_press_after_typing_counts(demo: RunningDemo, person: NewPerson) -> None:
    reference = f"AMT-{secrets.token_hex(3).upper()}"
    start = datetime.now(UTC).date() + timedelta(days=90)
    demo.sell(reference=reference, start=start, end=start + timedelta(days=5))
    ines = Traveller(person(PHONE), demo=demo)
    ines.open(demo.portal_link(reference))
    page = ines.page
    page.get_by_role("link", name="Other amount or method").click()
    page.get_by_role("radio", name="Another amount").check()
    page.locator("#amount").fill("a little")
    page.get_by_role("button", name="Pay another amount").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    assert_well_made(page)
    page.locator("#amount").fill("250.00")
    page.get_by_role("button", name="Pay £250.00").click()
    expect(page.get_by_role("heading", name="Pay £250.00 by card")).to_be_visible()
