"""What a customer does in the mail viewer, the portal and the acquirer's card form, in the words of the pages."""

import re

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.support.running_demo import RunningDemo

APPROVED = "4242424242424242"
CHALLENGED = "4000002760003184"
DECLINED = "4000000000000002"
EXPIRY = "11/39"
CVC = "737"


class Traveller:
    """One tab in which a customer reads mail, opens the booking and pays."""

    def __init__(self, context: BrowserContext, *, demo: RunningDemo) -> None:
        """Open a tab, signed out."""
        self.page: Page = context.new_page()
        self._demo = demo

    def open_mail(self, subject: str) -> None:
        """Open the newest mail with this subject in the mail viewer."""
        self.page.goto(self._demo.mail_url)
        self.page.get_by_role("link", name=subject).first.click()
        expect(self.page.get_by_role("heading", name=subject, level=1)).to_be_visible()

    def follow_the_link(self) -> None:
        """Press the link in the mail that is open, as it was sent."""
        mail = self.page.frame_locator("iframe[title='The mail as sent']")
        mail.get_by_role("link", name="Open your booking").click()
        expect(self.page.get_by_role("heading", name="Open your booking")).to_be_visible()

    def go_on_to_the_booking(self) -> None:
        """Press the button of the landing page."""
        self.page.get_by_role("button", name="Continue to your booking").click()
        expect(self.page.get_by_role("heading", name="Left to pay")).to_be_visible()

    def open(self, link: str) -> None:
        """Follow a one-time link all the way to the booking."""
        self.page.goto(link)
        self.go_on_to_the_booking()

    def left_to_pay(self) -> str:
        """Read the amount that is left, on the booking home."""
        return self.page.locator("section[aria-labelledby=left] .hero").inner_text()

    def choose_to_pay(self) -> str:
        """Press the button with the next amount, which leads to the card form; return the amount."""
        button = self.page.get_by_role("button", name=re.compile("^Pay "))
        amount = button.locator(".amount").inner_text()
        button.click()
        expect(self.page.get_by_role("heading", name=f"Pay {amount} by card")).to_be_visible()
        return amount

    @property
    def card_form(self) -> FrameLocator:
        """The acquirer's frame in the page."""
        return self.page.frame_locator("main iframe")

    def enter_card(self, number: str, *, expiry: str = EXPIRY, button: str = "^Pay ") -> None:
        """Type a card into the acquirer's frame, key by key, and press its button."""
        form = self.card_form
        for label, typed in (
            ("Card number", number),
            ("Expires", expiry.replace("/", "")),
            ("Security code", CVC),
        ):
            form.get_by_label(label).clear()
            form.get_by_label(label).press_sequentially(typed)
        form.get_by_role("button", name=re.compile(button)).click()

    def prove_who_one_is(self, *, email: str) -> None:
        """Ask for a code on the page that wants one, read it in the mail, and go on."""
        self.page.get_by_role("button", name="Send me a 6-digit code").click()
        field = self.page.get_by_label("6-digit code")
        expect(field).to_be_visible()
        mail = self._demo.wait_for_mail(to=email, subject="your code for booking")
        code = re.search(r"^\s*(\d{6})\s*$", str(mail["text"]), re.MULTILINE)
        assert code is not None
        field.fill(code[1])
        self.page.get_by_role("button", name="Continue").click()
        expect(self.page.get_by_role("checkbox")).to_be_visible()

    def approve_from_a_card(self, number: str, *, expiry: str = EXPIRY) -> None:
        """Tick the box, press the button with the amount, and enter the card that is stored."""
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name=re.compile("^Approve ")).click()
        expect(
            self.page.get_by_role("heading", name="Enter the card for your approved payments")
        ).to_be_visible()
        self.enter_card(number, expiry=expiry, button="^Save")
        if number == CHALLENGED:
            self.card_form.get_by_role("button", name=re.compile("^Approve")).click()
        self.page.wait_for_url("**/approve/done/**")
        expect(self.page.get_by_role("heading", name=re.compile("approved"))).to_be_visible()

    def approve_the_challenge(self) -> None:
        """Say yes on the bank's 3-D Secure page, inside the frame."""
        self.card_form.get_by_role("button", name=re.compile("^Approve ")).click()

    def see_it_received(self) -> None:
        """Wait for the outcome page to say so."""
        self.page.wait_for_url("**/payments/**")
        expect(self.page.get_by_text("Payment received")).to_be_visible()
