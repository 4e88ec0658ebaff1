"""Finance follows one figure of the ledger report down to the bookings and entries it is made of."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.support.browser import DESKTOP, PHONE, Device, assert_well_made
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=lambda device: device.name)
def test_a_figure_leads_to_its_entries(device: Device, demo: RunningDemo, person: NewPerson) -> None:
    desk = Desk(person(device), demo=demo)
    desk.sign_in()
    desk.go("/office/ledger/")
    page = desk.page
    expect(page.locator("dl.figures .result .amount")).to_have_text("0.00")
    assert_well_made(page)

    cell = page.get_by_role("link", name=re.compile("^Acquirer fees, .*: [0-9]")).last
    figure = number(cell.inner_text())
    cell.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Acquirer fees")
    assert foot(page, side="Debit") - foot(page, side="Credit") == figure
    assert_well_made(page)

    row = page.locator("tbody tr").first
    reference, debit = (
        row.locator("th").inner_text().split()[0],
        number(row.locator("[data-label=Debit]").inner_text()),
    )
    row.get_by_role("link", name=re.compile("entr(y|ies) of")).click()
    expect(page.get_by_role("heading", name=reference, level=1)).to_be_visible()
    ours = page.locator("tr", has_text="this account").locator("[data-label=Debit]")
    assert sum(number(text) for text in ours.all_inner_texts()) == debit
    assert_well_made(page)

    page.get_by_role("link", name="Open billing").click()
    expect(page.get_by_role("heading", name=reference, level=1)).to_be_visible()


def foot(page: Page, *, side: str) -> Decimal:
    """Read one side of the sum below the bookings."""
    return number(page.locator(f"tfoot [data-label={side}]").inner_text())


def number(text: str) -> Decimal:
    """Read an amount as it stands in a cell, which on a phone begins with the column's name."""
    found = re.search(r"−?[\d,]+\.\d\d", text)
    return Decimal(found[0].replace(",", "").replace("−", "-")) if found else Decimal(0)
