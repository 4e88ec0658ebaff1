"""The demo's own control is moved, and what customers approved happens: told, charged, tried again, left to its owner.

Four travellers pay what is due, agree to the balance and store cards that behave in four ways. It moves the time of the
whole demo, so this module's name sorts it last.
"""

import re
import secrets
import string
import time
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from fareledger.domain.collecting import last_good_day, warning_day
from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.browser.traveller import APPROVED, CHALLENGED, EXPIRY, Traveller
from tests.support.browser import PHONE, assert_well_made
from tests.support.running_demo import RunningDemo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Saved without complaint; charged with its owner away it has no money twice, and then it has.
SHORT_TWICE = "4000000000000358"
# What Acme's customers are told three days before, and pay thirty days before they leave.
BALANCE_DAYS, DUE_IN = 30, 4
WORKED_OFF_S = 90.0


@dataclass(frozen=True)
class Shop:
    """Where trips are sold from today on, and browsers for whoever buys one."""

    demo: RunningDemo
    person: NewPerson
    today: date


@dataclass(frozen=True)
class Sold:
    """One traveller's booking, and the browser that is inside it."""

    reference: str
    traveller: Traveller

    @property
    def email(self) -> str:
        """Where its mail goes."""
        return f"{self.reference.lower()}@example.com"


def test_what_was_approved_happens_on_its_day(demo: RunningDemo, person: NewPerson) -> None:
    desk = Desk(person(), demo=demo)
    desk.sign_in()
    shop = Shop(demo, person, desk.today())
    good, short, asked = (
        _approve(shop, due_in=DUE_IN, card=card) for card in (APPROVED, SHORT_TWICE, CHALLENGED)
    )
    ending, last_good = _approve_with_a_card_that_ends(shop)

    desk.move_clock(days=1)
    for one in (good, short, asked):
        demo.wait_for_mail(to=one.email, subject="£600.00 will be charged on", timeout_s=WORKED_OFF_S)
    for _ in range(DUE_IN - 1):
        desk.move_clock(days=1)
    demo.wait_for_mail(to=good.email, subject="receipt: £600.00", timeout_s=WORKED_OFF_S)
    demo.wait_for_mail(
        to=short.email, subject="could not be charged; we try again on", timeout_s=WORKED_OFF_S
    )
    demo.wait_for_mail(
        to=asked.email, subject="your bank wants you to approve £600.00", timeout_s=WORKED_OFF_S
    )
    _good_is_paid_in_full(good)
    _staff_are_told(desk, asked=asked)
    _its_owner_approves_it(asked, demo=demo)

    desk.move_clock_to(desk.today() + timedelta(days=2))
    _wait_for_two(demo, to=short.email, subject="could not be charged; we try again on")
    desk.move_clock_to(desk.today() + timedelta(days=3))
    demo.wait_for_mail(to=short.email, subject="receipt: £600.00", timeout_s=WORKED_OFF_S)

    if desk.today() < warning_day(last_good):
        desk.move_clock_to(warning_day(last_good))
    demo.wait_for_mail(to=ending.email, subject="your card for booking", timeout_s=WORKED_OFF_S)


def _approve(shop: Shop, *, due_in: int, card: str, expiry: str = EXPIRY) -> Sold:
    """Sell a trip, let its customer pay what is due today, and agree to the balance from a card."""
    reference = f"CLK-{''.join(secrets.choice(string.ascii_uppercase) for _ in range(6))}"
    demo = shop.demo
    start = shop.today + timedelta(days=BALANCE_DAYS + due_in)
    demo.sell(reference=reference, start=start, end=start + timedelta(days=7))
    sold = Sold(reference, Traveller(shop.person(PHONE), demo=demo))
    ines = sold.traveller
    ines.open(demo.portal_link(reference))
    assert ines.choose_to_pay() == "£200.00"
    ines.enter_card(APPROVED)
    ines.see_it_received()
    ines.page.goto(f"{demo.base_url}/p/acme/approve/")
    ines.prove_who_one_is(email=sold.email)
    assert_well_made(ines.page)
    ines.approve_from_a_card(card, expiry=expiry)
    assert_well_made(ines.page)
    demo.wait_for_mail(to=sold.email, subject="you approved a payment")
    return sold


def _approve_with_a_card_that_ends(shop: Shop) -> tuple[Sold, date]:
    """Agree to a payment months ahead, from a card whose last month is the one after this."""
    month = (shop.today.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
    expiry = f"{month[5:]}/{month[2:4]}"
    return _approve(shop, due_in=120, card=APPROVED, expiry=expiry), last_good_day(month)


def _good_is_paid_in_full(sold: Sold) -> None:
    page = sold.traveller.page
    page.goto(page.url.partition("/approve/")[0] + "/")
    expect(page.get_by_text("paid in full").first).to_be_visible()
    assert_well_made(page)


def _staff_are_told(desk: Desk, *, asked: Sold) -> None:
    """The charge that waits for its owner stands in what needs somebody today, and on its booking."""
    desk.go("/office/?queue=collections")
    expect(desk.page.locator("tr", has_text=asked.reference)).to_be_visible()
    assert_well_made(desk.page)
    desk.page.get_by_role("link", name=asked.reference).first.click()
    expect(desk.page.get_by_role("heading", name=asked.reference, level=1)).to_be_visible()


def _its_owner_approves_it(sold: Sold, *, demo: RunningDemo) -> None:
    """Follow the link in the email, and say yes to the bank: this one charge is made."""
    ines = sold.traveller
    ines.open_mail(f"your bank wants you to approve £600.00 for booking {sold.reference}")
    mail = ines.page.frame_locator("iframe[title='The mail as sent']")
    mail.get_by_role("link", name=re.compile("^Approve")).click()
    ines.page.get_by_role("button", name="Continue to your booking").click()
    ines.page.get_by_role("button", name="Approve and pay £600.00").click()
    ines.approve_the_challenge()
    ines.see_it_received()
    demo.wait_for_mail(to=sold.email, subject="receipt: £600.00", timeout_s=WORKED_OFF_S)


def _wait_for_two(demo: RunningDemo, *, to: str, subject: str) -> None:
    deadline = time.monotonic() + WORKED_OFF_S
    while len(demo.mails(to=to, subject=subject)) < 2:
        assert time.monotonic() < deadline, f"no second mail “{subject}” to {to}"
        time.sleep(0.2)
