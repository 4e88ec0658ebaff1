"""The ways a customer and somebody of the staff go most often, gone with a finger on a phone and counted.

A customer's way begins at the landing page of a link. Each is gone once more without JavaScript, where cards are
entered on the provider's own page; that has to lead to the same end, and is not counted. What the bank asks for on
its own pages is not ours.
"""

from __future__ import annotations

import re
import secrets
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser

from benchmarks.pages.fingers import Fingers
from tests.browser.desk import Desk
from tests.browser.traveller import APPROVED
from tests.support.browser import PHONE, person_with
from tests.support.running_demo import RunningDemo

BANK = "Monzo"


@dataclass(frozen=True)
class Country:
    """Where journeys are gone: a demo, a browser, with or without JavaScript."""

    browser: Browser
    demo: RunningDemo
    javascript: bool = True

    def fingers(self) -> Fingers:
        """Somebody with a phone of their own."""
        context = person_with(self.browser, device=PHONE, javascript=self.javascript)
        return Fingers(context.new_page())

    def booking(self) -> str:
        """Sell a trip of which a part is due now; return its reference."""
        reference = f"TAP-{secrets.token_hex(3).upper()}"
        start = datetime.now(UTC).date() + timedelta(days=90)
        self.demo.sell(reference=reference, start=start, end=start + timedelta(days=7))
        return reference

    def asked_link(self, reference: str, *, wanted: str = "") -> str:
        """Ask for a link as a customer does, which proves who they are; return its address."""
        context = person_with(self.browser, device=PHONE)
        with closing(context):
            page, email = context.new_page(), f"{reference.lower()}@example.com"
            page.goto(f"{self.demo.base_url}/p/acme/sign-in/")
            page.get_by_label("Booking reference").fill(reference)
            page.get_by_label("Email used when booking").fill(email)
            page.get_by_role("button", name="Email me a link instead").click()
            mail = self.demo.wait_for_mail(to=email, subject="open your booking")
        found = re.search(r"https?://\S+/link/[\w-]+", mail["text"])
        assert found is not None, mail["text"]
        return found[0] + (f"?next={wanted}" if wanted else "")


def pay_with_a_new_card(country: Country, /) -> Fingers:
    """Land, press the button with the amount, enter a card."""
    one = country.fingers()
    one.page.goto(country.demo.portal_link(country.booking()))
    one.press("Continue to your booking")
    one.press("Pay £")
    _enter_and_pay(one, country=country)
    return received(one)


def pay_by_bank(country: Country, /) -> Fingers:
    """Land, choose to pay by bank, choose the bank, go there; then approve on its pages."""
    one = country.fingers()
    one.page.goto(country.demo.portal_link(country.booking()))
    one.press("Continue to your booking")
    one.follow("Pay by bank")
    one.press(BANK)
    one.follow(f"Continue to {BANK}")
    ours = Fingers(one.page, taps=one.taps, fields=one.fields)
    one.press("Sign in")
    one.press("Approve £")
    received(one)
    return ours


def received(one: Fingers) -> Fingers:
    """Wait until the outcome says that the money has arrived."""
    one.page.wait_for_url("**/payments/**")
    one.page.get_by_text("Payment received").wait_for()
    return one


def add_a_payment(country: Country, /) -> Fingers:
    """From a Billing page: the whole rest, due on a day."""
    one = _at_billing(country)
    one.follow("PAYMENT")
    one.follow("Payment")
    one.fill("Payment due date", text=(datetime.now(UTC).date() + timedelta(days=30)).isoformat())
    one.press("Add payment")
    one.page.get_by_text("Added").first.wait_for()
    return one


def commit_a_payment(country: Country, /) -> Fingers:
    """From a Billing page: say that a planned payment has arrived."""
    one = _at_billing(country)
    one.follow("Commit payment")
    one.press("Commit")
    one.page.get_by_text("Committed").first.wait_for()
    return one


def _enter_and_pay(one: Fingers, *, country: Country) -> None:
    if country.javascript:
        frame = one.page.frame_locator("main iframe")
        one.enter_card(APPROVED, place=frame)
        one.press("Pay £", place=frame)
        return
    one.follow("Pay on the page of")
    one.enter_card(APPROVED)
    one.press("Pay £")


def _at_billing(country: Country) -> Fingers:
    one = country.fingers()
    desk = Desk(one.page.context, demo=country.demo)
    desk.sign_in()
    one.page.goto(f"{country.demo.base_url}/office/bookings/{country.booking()}/")
    return one
