"""The demo's clock is moved until a payment is paid out and, after the trip, no longer held; Billing shows each step.

It moves the time of the whole demo, so this module's name sorts it last.
"""

import secrets
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.browser.traveller import APPROVED, Traveller
from tests.support.browser import assert_well_made
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

WORKED_OFF_MS = 45_000


def test_a_payment_is_settled_and_released_after_the_trip(demo: RunningDemo, person: NewPerson) -> None:
    reference = f"END-{secrets.token_hex(3).upper()}"
    desk = Desk(person(), demo=demo)
    desk.sign_in()
    today = desk.today()
    demo.sell(reference=reference, start=today + timedelta(days=1), end=today + timedelta(days=4))
    ines = Traveller(person(), demo=demo)
    ines.open(demo.portal_link(reference))
    assert ines.choose_to_pay() == "£800.00"
    ines.enter_card(APPROVED)
    ines.see_it_received()

    desk.open_booking(reference)
    matched, settled, protected, reported = (
        desk.link_of_the_chain(heading)
        for heading in (
            "Matched to booking and channel",
            "Settled by the acquirers",
            "Protected",
            "Report line",
        )
    )
    expect(matched).to_contain_text("Portal 800.00")
    expect(settled).to_contain_text("800.00 on its way")
    expect(protected).to_contain_text("Held until")
    expect(reported).to_contain_text("800.00")

    desk.move_clock(days=1)
    desk.move_clock(days=1)
    expect(settled).to_contain_text("788.55", timeout=WORKED_OFF_MS)
    expect(settled).to_contain_text("800.00 less fees 11.45")
    expect(protected).to_contain_text("fees topped up 11.45")
    expect(protected.locator(".amount").first).to_have_text("800.00")
    assert_well_made(desk.page)
    the_payout_names_the_booking(desk, reference=reference)

    desk.move_clock(days=7)
    expect(protected).to_contain_text("Released 800.00 at the end of travel", timeout=WORKED_OFF_MS)
    protected.get_by_text("Holding and release").click()
    expect(protected.locator(".evidence")).to_contain_text("released")
    expect(protected.get_by_role("link", name="Entry")).to_be_visible()
    assert_well_made(desk.page)
    the_report_has_the_line(desk, reference=reference)


def the_payout_names_the_booking(desk: Desk, *, reference: str) -> None:
    settled = desk.link_of_the_chain("Settled by the acquirers")
    settled.get_by_text("1 payout").click()
    settled.get_by_role("link", name="Sandbox payout").click()
    line = desk.page.locator("tr", has_text=reference)
    expect(line).to_contain_text("By reference")
    expect(line).to_contain_text("11.45")
    assert_well_made(desk.page)
    line.get_by_role("link", name=reference).click()


def the_report_has_the_line(desk: Desk, *, reference: str) -> None:
    reported = desk.link_of_the_chain("Report line")
    reported.get_by_text("of the report").click()
    reported.get_by_role("link", name="Protected bank").last.click()
    expect(desk.page.get_by_role("heading", name=reference, level=1)).to_be_visible()
    expect(desk.page.locator("tr", has_text="Protection released")).to_be_visible()
