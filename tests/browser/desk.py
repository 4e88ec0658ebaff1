"""What somebody of the staff does in the back office, in the words that are on its pages."""

import re
from datetime import date, datetime

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.running_demo import RunningDemo


class Desk:
    """One tab of the back office."""

    def __init__(self, context: BrowserContext, *, demo: RunningDemo) -> None:
        """Open a tab, signed out."""
        self.page: Page = context.new_page()
        self._demo = demo

    def go(self, path: str) -> None:
        """Open an address of the back office."""
        self.page.goto(self._demo.base_url + path)

    def sign_in(self, email: str = "") -> None:
        """Sign in, as Acme Travel's staff unless said otherwise; what needs them today is next."""
        self.go("/office/")
        self.page.get_by_label("Email").fill(email or self._demo.staff_email)
        self.page.get_by_label("Password").fill(self._demo.staff_password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="What needs me today", level=1)).to_be_visible()

    def search(self, text: str) -> None:
        """Open the list and search it."""
        self.go("/office/bookings/")
        self.page.get_by_role("searchbox", name="Reference, name, email").fill(text)
        self.page.get_by_role("button", name="Search").click()

    def open_booking(self, reference: str) -> None:
        """Find a booking in the list and open its Billing page."""
        self.search(reference)
        self.page.get_by_role("link", name=reference, exact=True).click()
        expect(self.page.get_by_role("heading", name=reference, level=1)).to_be_visible()

    def email_pay_link(self) -> None:
        """Press the button that sends the customer a link."""
        self.page.get_by_role("button", name="Email pay link").click()
        expect(self.page.get_by_text("A pay link is on its way to")).to_be_visible()

    def today(self) -> date:
        """Read the demo's date from the bar at the foot of the page."""
        shown = self.page.get_by_label("Demo clock").locator("time").first.get_attribute("datetime")
        assert shown is not None
        return datetime.fromisoformat(shown).date()

    def row_with(self, text: str) -> Locator:
        """Return the payment row that contains a text."""
        return self.page.locator("tr[id^=row-]").filter(has_text=text)

    def link_of_the_chain(self, heading: str) -> Locator:
        """Return one of the four links from the payment to the report."""
        return self.page.locator("ol.chain > li").filter(has=self.page.get_by_role("heading", name=heading))

    def move_clock(self, *, days: int) -> None:
        """Press the demo clock's button."""
        self.page.get_by_role("button", name=re.compile(rf"^\+{days} day")).click()
        expect(self.page.get_by_text("It is now")).to_be_visible()

    def move_clock_to(self, day: date) -> None:
        """Write a date into the demo clock and press its button."""
        self.page.get_by_label("Move the demo clock to").fill(day.isoformat())
        self.page.get_by_role("button", name="Move to this date").click()
        expect(self.page.get_by_text("It is now")).to_be_visible()
