"""The ways a customer and somebody of the staff go most often, gone with a finger on a phone and counted.

A customer's way begins at the landing page of a link. Each is gone once more without JavaScript, where cards are
entered on the provider's own page; that has to lead to the same end, and is not counted. What the bank asks for on
its own pages is not ours.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from playwright.sync_api import Browser, Error

from benchmarks.pages import targets
from benchmarks.pages.figures import Line, Measured
from benchmarks.pages.fingers import Fingers, Place
from tests.browser.traveller import APPROVED
from tests.support.browser import PHONE, person_with
from tests.support.running_demo import RunningDemo

LATER = timedelta(days=30)
BANK = "Beacon Direct"


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


def lines_of_journeys(browser: Browser, *, demo: RunningDemo) -> list[Line]:
    """Go every way with JavaScript and count; go it without, and say which do not reach their end."""
    lines = []
    for name, target in targets.TAPS.items():
        gone = JOURNEYS[name](Country(browser, demo))
        lines.append(Line(target, (Measured(name, gone.interactions),)))
        gone.page.context.close()
    unscripted = [_reached(name, country=Country(browser, demo, javascript=False)) for name in JOURNEYS]
    return [*lines, Line(targets.UNSCRIPTED, tuple(unscripted))]


def _reached(name: str, *, country: Country) -> Measured:
    try:
        JOURNEYS[name](country).page.context.close()
    except (Error, AssertionError) as lost:
        return Measured(name, 1, (f"{name}: {str(lost).splitlines()[0]}",))
    return Measured(name, 0)


def received(one: Fingers) -> Fingers:
    """Wait until the outcome says that the money has arrived."""
    one.page.wait_for_url("**/payments/**")
    one.page.get_by_text("Payment received").wait_for()
    return one


def approve_all(country: Country, /) -> Fingers:
    """Land where a link leads that asks for approval, with a card stored before: tick the box, press the button."""
    reference = country.booking()
    with _approving(country, reference=reference) as before:
        before.page.goto(f"{country.demo.base_url}/p/acme/approve/")
        before.follow("Withdraw the approval")
        before.press("Withdraw")
        before.page.get_by_text("Your approval is withdrawn").wait_for()
    one = country.fingers()
    one.page.goto(country.asked_link(reference, wanted="approve/"))
    one.press("Continue to your booking")
    one.tap(one.page.get_by_role("checkbox"))
    one.press("Approve")
    return approved(one)


def approve_all_with_a_new_card(country: Country, /) -> Fingers:
    """The same without a card: it is entered last, and its bank asks nothing."""
    with _approving(country, reference=country.booking()) as one:
        return one


def pay_with_a_saved_card(country: Country, /) -> Fingers:
    """Land, ask for the ways to pay, of which the card stored before comes first, and press the button."""
    reference = country.booking()
    with _approving(country, reference=reference):
        pass
    one = country.fingers()
    one.page.goto(country.asked_link(reference))
    one.press("Continue to your booking")
    one.follow("Other amount or method")
    one.press("Pay £")
    return received(one)


@contextmanager
def _approving(country: Country, *, reference: str) -> Iterator[Fingers]:
    """Approve everything from a card that is entered for it; the browser closes with the block."""
    one = country.fingers()
    one.page.goto(country.asked_link(reference, wanted="approve/"))
    one.press("Continue to your booking")
    one.tap(one.page.get_by_role("checkbox"))
    one.press("Approve")
    place = _card_form(one, country=country, link="Enter the card on the page of")
    one.enter_card(APPROVED, place=place)
    one.press("Save this card", place=place)
    yield approved(one)
    one.page.context.close()


def approved(one: Fingers) -> Fingers:
    """Wait until the page says that payments are approved."""
    one.page.get_by_role("heading", name=re.compile("approved", re.IGNORECASE), level=1).wait_for()
    one.page.get_by_text("Nothing was taken today").wait_for()
    return one


def add_a_payment(country: Country, /) -> Fingers:
    """From a Billing page: all that is not planned yet, due on a day."""
    return _add(_at_billing(country, reference=_unplanned(country)))


def commit_a_payment(country: Country, /) -> Fingers:
    """From a Billing page: say that a payment somebody planned has arrived."""
    one = _add(_at_billing(country, reference=_unplanned(country)))
    one.taps = one.fields = 0
    one.tap(one.page.get_by_role("link", name=re.compile("^Commit payment")).last)
    one.press("Yes, Payment has been received")
    one.page.locator("tr[id^=row-] .status.closed").first.wait_for()
    return one


def _add(one: Fingers) -> Fingers:
    one.follow("PAYMENT")
    one.press("ADD")
    one.tap(one.page.get_by_role("radio", name="Bank Transfer"))
    one.tap(one.page.get_by_role("radio", name="Total"))
    if not one.page.get_by_label(re.compile("^Payment due date")).input_value():
        one.fill(re.compile("^Payment due date"), text=(datetime.now(UTC).date() + LATER).isoformat())
    one.press("Add payment")
    one.page.get_by_role("link", name=re.compile("^Commit payment")).last.wait_for()
    return one


def _unplanned(country: Country) -> str:
    """Sell a booking and delete the last of its planned payments, so that there is something to plan."""
    reference = country.booking()
    before = _at_billing(country, reference=reference)
    before.page.get_by_role("link", name=re.compile("^Delete payment")).last.click()
    before.page.get_by_role("button", name=re.compile("^Yes, delete")).click()
    before.page.get_by_role("link", name=re.compile("PAYMENT$")).wait_for()
    before.page.context.close()
    return reference


def _enter_and_pay(one: Fingers, *, country: Country) -> None:
    place = _card_form(one, country=country, link="Pay on the page of")
    one.enter_card(APPROVED, place=place)
    one.press("Pay £", place=place)


def _card_form(one: Fingers, *, country: Country, link: str) -> Place:
    """Return where a card is entered: the frame, or without JavaScript the provider's own page."""
    if country.javascript:
        return one.page.frame_locator("main iframe")
    one.follow(link)
    return one.page


def _at_billing(country: Country, *, reference: str) -> Fingers:
    one = country.fingers()
    page = one.page
    page.goto(f"{country.demo.base_url}/office/bookings/{reference}/")
    page.get_by_label("Email").fill(country.demo.staff_email)
    page.get_by_label("Password").fill(country.demo.staff_password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name=reference, level=1).wait_for()
    return one


JOURNEYS: Final[dict[str, Callable[[Country], Fingers]]] = {
    "pay_with_a_saved_card": pay_with_a_saved_card,
    "pay_with_a_new_card": pay_with_a_new_card,
    "pay_by_bank": pay_by_bank,
    "approve_all": approve_all,
    "approve_all_with_a_new_card": approve_all_with_a_new_card,
    "add_a_payment": add_a_payment,
    "commit_a_payment": commit_a_payment,
}
