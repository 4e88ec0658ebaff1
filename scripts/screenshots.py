"""Photograph every page and state of the demo on phone and desktop, in light and dark, and the README's picture.

It starts a demo of its own (or uses the one whose information file `--info` names), brings it into all the states worth
seeing, and writes `screenshots/<device>-<scheme>/<name>.png`. With `--picture` only `docs/pictures/both-faces.png` is
made. It judges nothing; that is what tests/browser is for.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.browser.desk import Desk  # noqa: E402  # after the path is set
from tests.browser.traveller import APPROVED, CHALLENGED, DECLINED, Traveller  # noqa: E402
from tests.support.browser import DESKTOP, PHONE, Device, chromium, person_with  # noqa: E402
from tests.support.running_demo import RunningDemo, running_demo  # noqa: E402

PROCESSING = "4000000000009235"
HERO = "TRV-48213"
BY_HAND = "TRV-48402"
TALLEST_PX = 5000
PICTURE = ROOT / "docs" / "pictures" / "both-faces.png"
VIEWS = ("", "overdue", "refund_due", "departing", "unpaid", "partially_paid", "paid", "cancelled")
OTHERS = {"solmar": "nuria.ferrer@solmar.example", "northway": "dana.whitlock@northway.example"}

ADMINISTRATOR = "priya.nair@acmetravel.example"
# Pages of the back office under /office/, and links that lead to more of them: where, and what the link says.
DESK_PAGES = {
    "today": "",
    "today-mine": "?view=mine",
    "today-snoozed": "?view=snoozed",
    "today-queue": "?queue=overdue",
    "keep-view": "views/new/?list=status%3Doverdue",
    "mail-links": "pay-links/?list=overdue%3Dyes",
    "imports": "imports/",
    "plan": "bookings/TRV-48213/plan/",
    "plan-by-hand": "bookings/TRV-48420/plan/",
    "billing-on-invoice": "bookings/TRV-48415/",
    "billing-unplanned": "bookings/TRV-48431/",
    "billing-refund-waits": "bookings/TRV-48366/",
    "billing-reinstated": "bookings/TRV-48355/",
    "billing-email-bounced": "bookings/TRV-48448/",
    "emails": "bookings/TRV-48448/emails/",
    "emails-failed": "bookings/TRV-48440/emails/",
    "email-preview": "bookings/TRV-48213/emails/preview/",
    "invoices": "bookings/TRV-48415/invoices/",
    "invoices-none": "bookings/TRV-48213/invoices/",
    "invoice-again": "bookings/TRV-48415/invoices/1/again/",
    "account": "account/",
    "account-password": "account/password/",
    "account-app": "account/app/",
    "settings-of-finance": "settings/",
    "not-permitted": "settings/users/",
}
DESK_LINKS = (
    ("email", "bookings/TRV-48448/emails/", "receipt"),
    ("import", "imports/", "brochure-desk"),
    ("work-assign", "", "^Assign"),
    ("work-snooze", "", "^Snooze "),
)
SETTINGS = {
    "": "",
    "users": "users/",
    "invite": "users/invite/",
    "second-step": "second-step/",
    "access-log": "access-log/",
    "payments": "payments/",
    "emails": "emails/",
    "keys": "api-keys/",
    "key-make": "api-keys/make/",
    "webhooks": "webhooks/",
    "webhook-add": "webhooks/add/",
}
SETTINGS_LINKS = (
    ("user", "users/", "Joel Adeyemi"),
    ("key-revoke", "api-keys/", "^Revoke"),
    ("webhook", "webhooks/", "^Accounting"),
    ("delivery", "webhooks/", "^Accounting"),
)


@dataclass(frozen=True)
class Scene:
    """One thing to photograph: an address, who looks at it, and what they press once there."""

    name: str
    url: str
    person: StorageState | None = None
    then: Callable[[Page], None] | None = None


class Stage:
    """Brings the demo into the states worth seeing and collects their scenes."""

    def __init__(self, browser: Browser, *, demo: RunningDemo, folder: Path) -> None:
        """Take the demo as it is; what does not last is photographed into the folder at once."""
        self._browser = browser
        self._demo = demo
        self._folder = folder
        self.scenes: list[Scene] = []

    def add(self, name: str, *, path: str, **how: object) -> None:
        """Collect a scene; a path is of fareledger's own pages unless it is a whole address."""
        url = path if path.startswith("http") else self._demo.base_url + path
        self.scenes.append(Scene(name, url, **how))  # type: ignore[arg-type]  # handed through

    def office(self) -> None:
        """The back office, signed in and not."""
        self.add("office-sign-in", path="/office/sign-in/")
        self.add("office-sign-in-refused", path="/office/sign-in/", then=press("Sign in"))
        desk = self._desk()
        marta = desk.page.context.storage_state()
        for view in VIEWS:
            self.add(
                f"office-bookings-{view or 'all'}", path=f"/office/bookings/?status={view}", person=marta
            )
            desk.go(f"/office/bookings/?status={view}")
            reference = (
                HERO
                if view in ("", "partially_paid")
                else desk.page.locator("tbody a.ref").first.inner_text()
            )
            self.add(f"office-billing-{view or 'hero'}", path=f"/office/bookings/{reference}/", person=marta)
        self.add("office-bookings-none", path="/office/bookings/?q=nobody", person=marta)
        self.add(
            "office-pay-link", path=f"/office/bookings/{HERO}/", person=marta, then=press("Copy pay link")
        )
        self.add("office-evidence", path=f"/office/bookings/{HERO}/", person=marta, then=open_everything)
        self.add("office-settlements", path="/office/settlements/", person=marta)
        desk.go("/office/settlements/")
        for name, words in (("matched", "Matched"), ("to-explain", "to explain")):
            row = desk.page.locator("tbody tr", has_text=words).first
            self.add(
                f"office-settlement-{name}", path=row.locator("a").get_attribute("href") or "", person=marta
            )
        self.add("office-ledger", path="/office/ledger/", person=marta)
        desk.go("/office/ledger/")
        desk.page.get_by_role("link", name=re.compile("^Acquirer fees")).last.click()
        self.add("office-ledger-bookings", path=desk.page.url, person=marta)
        desk.page.get_by_role("link", name=re.compile("entr(y|ies) of")).first.click()
        self.add("office-ledger-entries", path=desk.page.url, person=marta)
        self.add("office-not-found", path="/office/nowhere/", person=marta)
        desk.page.context.close()

    def payments(self) -> None:
        """Every form of the Billing page as a dialog, and a problem; nothing of it is sent."""
        desk = self._desk()
        marta = desk.page.context.storage_state()
        page = f"/office/bookings/{BY_HAND}/"
        self.add("office-billing-by-hand", path=page, person=marta)
        for name, link in (
            ("kind", "PAYMENT"), ("commit", "Commit payment"), ("delete", "Delete payment"),
            ("reverse", "Reverse payment"), ("email", "Email confirmation"),
        ):  # fmt: skip
            self.add(f"office-billing-{name}", path=page, person=marta, then=follow(link))
        add = f"{page}payments/add/?kind=payment"
        self.add("office-billing-add", path=add, person=marta)
        self.add("office-billing-problem", path=add, person=marta, then=press("Add payment"))
        desk.page.context.close()

    def desk_pages(self) -> None:
        """What else finance works with: today's work, files, plans, emails, invoices; and a door that stays shut."""
        desk = self._desk()
        marta = desk.page.context.storage_state()
        for name, path in DESK_PAGES.items():
            self.add(f"office-{name}", path=f"/office/{path}", person=marta)
        self.add("office-filters", path="/office/bookings/", person=marta, then=open_everything)
        for name, path, link in DESK_LINKS:
            desk.go(f"/office/{path}")
            found = desk.page.get_by_role("link", name=re.compile(link)).first
            self.add(f"office-{name}", path=found.get_attribute("href") or "", person=marta)
        snooze = self.scenes[-1].url
        self.add("office-work-snooze-problem", path=snooze, person=marta, then=press("Snooze it"))
        desk.page.context.close()

    def settings(self) -> None:
        """Everything only an administrator may open, and forms with a problem."""
        desk = self._desk(ADMINISTRATOR)
        priya = desk.page.context.storage_state()
        for name, path in SETTINGS.items():
            self.add(f"settings-{name or 'all'}", path=f"/office/settings/{path}", person=priya)
        for name, path, link in SETTINGS_LINKS:
            desk.go(f"/office/settings/{path}")
            found = desk.page.get_by_role("link", name=re.compile(link)).first
            address = found.get_attribute("href") or ""
            if name == "delivery":
                desk.go(address)
                found = desk.page.locator("tbody a:not(.ref)").first
                address = found.get_attribute("href") or ""
            self.add(f"settings-{name}", path=address, person=priya)
        for name, path, button in (
            ("invite-problem", "users/invite/", "^Email the invitation"),
            ("key-problem", "api-keys/make/", "^Make this key"),
            ("webhook-problem", "webhooks/add/", "^Add this webhook"),
        ):
            there = f"/office/settings/{path}"
            self.add(f"settings-{name}", path=there, person=priya, then=press(re.compile(button)))
        self.add("api-docs", path="/api/v1/docs", then=documented)
        self.add("office-forgotten", path="/office/new-password/")
        self.add("office-invitation-unknown", path="/office/invitation/acme/nothing/")
        desk.page.context.close()

    def changes(self) -> None:
        """A booking being changed, cancelled and taken back; nothing of it is saved."""
        desk = self._desk()
        marta = desk.page.context.storage_state()
        change = f"/office/bookings/{HERO}/change/"
        self.add("office-change", path=change, person=marta)
        self.add("office-change-component", path=change, person=marta, then=press("Add a component"))
        self.add("office-change-refused", path=change, person=marta, then=refused_change)
        self.add("office-change-preview", path=change, person=marta, then=previewed_change)
        self.add("office-cancel", path=f"/office/bookings/{HERO}/cancel/", person=marta)
        desk.go("/office/bookings/?status=cancelled")
        cancelled = desk.page.locator("tbody a.ref").first.inner_text()
        self.add("office-reinstate", path=f"/office/bookings/{cancelled}/cancel/", person=marta)
        desk.page.context.close()

    def doors(self) -> None:
        """The portal before one is in, and what a link says in each state."""
        self.add("portal-sign-in", path="/p/acme/sign-in/")
        self.add("portal-sign-in-refused", path="/p/acme/sign-in/", then=press("Email me a link"))
        self.add("portal-link-sent", path="/p/acme/sign-in/sent/")
        self.add("portal-link-unknown", path="/p/acme/link/nothing")
        reference = self._sold()
        replaced, used = self._demo.portal_link(reference), self._demo.portal_link(reference)
        self._visit(used).page.context.close()
        self.add("portal-link-replaced", path=replaced)
        self.add("portal-link-used", path=used)
        self.add("portal-link-ready", path=self._demo.portal_link(reference))
        self.add("portal-not-found", path="/p/acme/nowhere/")

    def inside(self) -> None:
        """The portal in every state of a booking that the demo has."""
        for view, reference in self._one_of_each_view():
            with self._inside(reference) as (ines, who):
                self.add(f"portal-home-{view}", path=ines.page.url, person=who)
                self.add(f"portal-why-{view}", path=ines.page.url, person=who, then=open_everything)
                self.add(f"portal-history-{view}", path="/p/acme/history/", person=who)
        for slug, email in OTHERS.items():
            for position in (0, 3):
                # A desk each: one browser has one visit to a portal at a time.
                desk = self._desk(email)
                desk.go("/office/bookings/?status=partially_paid")
                desk.page.locator("tbody a.ref").nth(position).click()
                with desk.page.context.expect_page() as opened:
                    desk.page.get_by_role("button", name=re.compile("^View as customer")).click()
                opened.value.wait_for_load_state()
                state = desk.page.context.storage_state()
                self.add(f"portal-{slug}-{position}", path=opened.value.url, person=state)
                desk.page.context.close()

    def paying(self) -> None:
        """The way of a payment, each state with a booking of its own."""
        with self._inside(self._sold()) as (ines, who):
            self.add("portal-pay", path="/p/acme/pay/", person=who)
            ines.choose_to_pay()
            self.add("portal-card", path=ines.page.url, person=who)
        with self._inside(self._sold()) as (ines, who):
            ines.choose_to_pay()
            address = ines.page.url
            ines.enter_card(DECLINED)
            ines.card_form.get_by_role("alert").wait_for()
            self.add("portal-card-declined", path=address, person=who)
            hosted = ines.page.get_by_role("link", name=re.compile("^Pay on the page of")).get_attribute(
                "href"
            )
            self.add("acquirer-hosted-page", path=hosted or "")
            self.add("portal-outcome-unfinished", path=address.replace("/pay/", "/payments/"), person=who)
        with self._inside(self._sold()) as (ines, who):
            ines.choose_to_pay()
            ines.enter_card(CHALLENGED)
            ines.card_form.get_by_role("button", name=re.compile("^Approve ")).wait_for()
            self.add("portal-challenge", path=ines.page.url, person=who)
        with self._inside(self._sold()) as (ines, who):
            ines.choose_to_pay()
            ines.enter_card(APPROVED)
            ines.see_it_received()
            self.add("portal-outcome-received", path=ines.page.url, person=who)
        with self._inside(self._sold()) as (ines, who):
            ines.choose_to_pay()
            ines.enter_card(PROCESSING)
            ines.page.wait_for_url("**/payments/**")
            # Half a minute later it has gone through, so these are photographed at once.
            here = [
                Scene("portal-outcome-pending", ines.page.url, who),
                Scene("portal-home-confirming", f"{self._demo.base_url}/p/acme/", who),
            ]
            photograph(self._browser, scenes=here, folder=self._folder)

    def strangers(self) -> None:
        """The mail viewer with the two kinds of mail, alone and in the viewer, and the acquirer's console."""
        self.add("mail-inbox", path=self._demo.mail_url)
        for name, subject in (("receipt", "receipt:"), ("link", "open your booking")):
            for mail in self._demo.mails(to="", subject=subject)[:1]:
                self.add(f"mail-{name}", path=f"{self._demo.mail_url}/messages/{mail['id']}")
                self.add(f"mail-{name}-as-sent", path=f"{self._demo.mail_url}/messages/{mail['id']}/html")
        self.add("acquirer-console", path=self._demo.acquirer_url)

    def _desk(self, email: str = "") -> Desk:
        desk = Desk(person_with(self._browser, device=DESKTOP), demo=self._demo)
        desk.sign_in(email)
        return desk

    def _sold(self) -> str:
        reference = f"PIC-{secrets.token_hex(3).upper()}"
        start = datetime.now(UTC).date() + timedelta(days=80)
        self._demo.sell(reference=reference, start=start, end=start + timedelta(days=9), price_minor=248_000)
        return reference

    def _visit(self, link: str) -> Traveller:
        ines = Traveller(person_with(self._browser, device=DESKTOP), demo=self._demo)
        ines.page.goto(link)
        ines.page.get_by_role("button", name="Continue to your booking").click()
        ines.page.get_by_role("heading", name="Paid so far").wait_for()
        return ines

    @contextmanager
    def _inside(self, reference: str) -> Iterator[tuple[Traveller, StorageState]]:
        ines = self._visit(self._demo.portal_link(reference))
        yield ines, ines.page.context.storage_state()
        ines.page.context.close()

    def _one_of_each_view(self) -> list[tuple[str, str]]:
        desk, found = self._desk(), [("hero", HERO)]
        for view in VIEWS[1:]:
            desk.go(f"/office/bookings/?status={view}")
            found.append((view, desk.page.locator("tbody a.ref").first.inner_text()))
        desk.page.context.close()
        return found


def press(name: str | re.Pattern[str]) -> Callable[[Page], None]:
    """Return what presses a button."""
    return lambda page: page.get_by_role("button", name=name).click()


def follow(name: str) -> Callable[[Page], None]:
    """Make a step that opens the first form whose link begins with a name."""

    def step(page: Page) -> None:
        page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
        page.locator("#sheet[open]").wait_for()

    return step


def refused_change(page: Page) -> None:
    """Type what is no amount into the form of a change, and try to see what it does."""
    page.get_by_label(re.compile("^Non-payable amount")).fill("all of it")
    page.get_by_role("button", name="Preview the change").first.click()


def previewed_change(page: Page) -> None:
    """Cancel the last component of a booking, let it begin a week later, and look at what that does."""
    page.get_by_role("checkbox", name="Cancelled").last.check()
    for label in ("First day of travel", "Last day of travel"):
        field = page.get_by_label(label)
        field.fill((date.fromisoformat(field.input_value()) + timedelta(days=7)).isoformat())
    page.get_by_role("button", name="Preview the change").first.click()
    page.get_by_role("heading", name="Preview of a change").wait_for()


def documented(page: Page) -> None:
    """Wait until the API's documentation has drawn itself."""
    page.locator(".opblock").first.wait_for()


def open_everything(page: Page) -> None:
    """Open whatever can be unfolded."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")


def photograph(browser: Browser, *, scenes: list[Scene], folder: Path) -> int:
    """Photograph every scene on both devices in both schemes; return how many pictures were made."""
    for device in (PHONE, DESKTOP):
        for scheme in ("light", "dark"):
            here = folder / f"{device.name}-{scheme}"
            here.mkdir(parents=True, exist_ok=True)
            for scene in scenes:
                _one(browser, scene=scene, device=device, here=here)
            print(f"{here.relative_to(folder.parent)}: {len(scenes)}", flush=True)
    return 4 * len(scenes)


def _one(browser: Browser, *, scene: Scene, device: Device, here: Path) -> None:
    context = person_with(browser, device=device, dark=here.name.endswith("dark"), state=scene.person)
    page = context.new_page()
    page.goto(scene.url)
    if scene.then:
        scene.then(page)
        page.wait_for_load_state()
    for frame in page.frames:
        frame.wait_for_load_state()
    # What sticks to an edge of the screen belongs at the page's edge in a picture of all of it.
    tall = min(TALLEST_PX, max(device.height, page.evaluate("document.documentElement.scrollHeight")))
    page.set_viewport_size({"width": device.width, "height": tall})
    page.screenshot(path=here / f"{scene.name}.png")
    context.close()


def both_faces(browser: Browser, *, demo: RunningDemo) -> None:
    """Make the README's picture: the Billing page and the customer's portal of one booking, side by side."""
    desk = Desk(person_with(browser, device=DESKTOP), demo=demo)
    desk.sign_in()
    desk.go(f"/office/bookings/{HERO}/")
    eleanor = Traveller(person_with(browser, device=PHONE), demo=demo)
    eleanor.open(demo.portal_link(HERO))
    desk.page.wait_for_load_state("networkidle")
    shown = [base64.b64encode(one.page.screenshot()).decode() for one in (desk, eleanor)]
    images = "".join(f'<img src="data:image/png;base64,{one}">' for one in shown)
    style = "body{margin:0;padding:28px;display:flex;gap:28px;align-items:center;background:#e4e8ec;width:max-content}"
    style += "img{border-radius:8px;border:1px solid #c3cad1}"
    page = person_with(browser, device=Device("wall", 1800, 1000)).new_page()
    page.set_content(f"<style>{style}</style><body>{images}</body>")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.locator("body").screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} KB")


@contextmanager
def _demo(info: Path | None) -> Iterator[RunningDemo]:
    if info:
        yield RunningDemo.of(json.loads(info.read_text(encoding="utf-8")))
        return
    print("starting a demo …", flush=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        yield demo


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--info", type=Path, help="information file of a demo that runs already")
    parser.add_argument("--picture", action="store_true", help="make only the README's picture")
    parser.add_argument("--to", type=Path, default=ROOT / "screenshots", help="where the pictures go")
    chosen = parser.parse_args()
    with _demo(chosen.info) as demo, chromium() as browser:
        if chosen.picture:
            both_faces(browser, demo=demo)
            return
        stage = Stage(browser, demo=demo, folder=chosen.to)
        for part in (
            stage.inside,
            stage.office,
            stage.payments,
            stage.changes,
            stage.desk_pages,
            stage.settings,
            stage.doors,
            stage.paying,
            stage.strangers,
        ):
            part()
        print(f"{photograph(browser, scenes=stage.scenes, folder=chosen.to)} pictures in {chosen.to}")


if __name__ == "__main__":
    main()
