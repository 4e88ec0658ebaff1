"""Scenes of the back office: every page, the forms as dialogs, forms with a problem, and doors that stay shut."""

from __future__ import annotations

import re

from tests.browser.scenes.pressing import (
    documented,
    follow,
    open_everything,
    press,
    previewed_change,
    refused_change,
)
from tests.browser.scenes.stage import HERO, Stage, address_of

BY_HAND = "TRV-48402"
VIEWS = ("", "overdue", "refund_due", "departing", "unpaid", "partially_paid", "paid", "cancelled")
ADMINISTRATOR = "priya.nair@acmetravel.example"
# Pages of the back office under /office/, and links that lead to more of them: where, and what the link says.
DESK_PAGES = {
    "today": "",
    "today-mine": "?view=mine",
    "today-snoozed": "?view=snoozed",
    "today-queue": "?queue=overdue",
    "today-charges": "?queue=collections",
    "billing-charge-announced": "bookings/TRV-48490/",
    "billing-charge-retry": "bookings/TRV-48494/",
    "billing-charge-needs-owner": "bookings/TRV-48498/",
    "billing-charge-needs-card": "bookings/TRV-48501/",
    "billing-charge-with-staff": "bookings/TRV-48503/",
    "billing-card-ends": "bookings/TRV-48506/",
    "billing-approval-ended": "bookings/TRV-48522/",
    "billing-refund-second-person": "bookings/TRV-48468/",
    "billing-refund-failed": "bookings/TRV-48475/",
    "billing-refund-two-cards": "bookings/TRV-48463/",
    "billing-paid-twice": "bookings/TRV-48483/",
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
    "branding": "branding/",
    "portal": "portal/",
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


def office(stage: Stage) -> None:
    """The back office, signed in and not."""
    stage.add("office-sign-in", path="/office/sign-in/")
    stage.add("office-sign-in-refused", path="/office/sign-in/", then=press("Sign in"))
    desk = stage.desk()
    marta = desk.page.context.storage_state()
    for view in VIEWS:
        stage.add(f"office-bookings-{view or 'all'}", path=f"/office/bookings/?status={view}", person=marta)
        desk.go(f"/office/bookings/?status={view}")
        reference = (
            HERO if view in ("", "partially_paid") else desk.page.locator("tbody a.ref").first.inner_text()
        )
        stage.add(f"office-billing-{view or 'hero'}", path=f"/office/bookings/{reference}/", person=marta)
    stage.add("office-bookings-none", path="/office/bookings/?q=nobody", person=marta)
    stage.add("office-pay-link", path=f"/office/bookings/{HERO}/", person=marta, then=press("Copy pay link"))
    stage.add("office-evidence", path=f"/office/bookings/{HERO}/", person=marta, then=open_everything)
    stage.add("office-settlements", path="/office/settlements/", person=marta)
    desk.go("/office/settlements/")
    for name, words in (("matched", "Matched"), ("to-explain", "to explain")):
        row = desk.page.locator("tbody tr", has_text=words).first
        stage.add(f"office-settlement-{name}", path=address_of(row.locator("a")), person=marta)
    stage.add("office-ledger", path="/office/ledger/", person=marta)
    desk.go("/office/ledger/")
    desk.page.get_by_role("link", name=re.compile("^Acquirer fees")).last.click()
    stage.add("office-ledger-bookings", path=desk.page.url, person=marta)
    desk.page.get_by_role("link", name=re.compile("entr(y|ies) of")).first.click()
    stage.add("office-ledger-entries", path=desk.page.url, person=marta)
    stage.add("office-not-found", path="/office/nowhere/", person=marta)
    desk.page.context.close()


def payments(stage: Stage) -> None:
    """Every form of the Billing page as a dialog, and a problem; nothing of it is sent."""
    desk = stage.desk()
    marta = desk.page.context.storage_state()
    page = f"/office/bookings/{BY_HAND}/"
    stage.add("office-billing-by-hand", path=page, person=marta)
    for name, link in (
        ("kind", "PAYMENT"), ("commit", "Commit payment"), ("delete", "Delete payment"),
        ("reverse", "Reverse payment"), ("email", "Email confirmation"),
    ):  # fmt: skip
        stage.add(f"office-billing-{name}", path=page, person=marta, then=follow(link), scripted=True)
    add = f"{page}payments/add/?kind=payment"
    stage.add("office-billing-add", path=add, person=marta)
    stage.add("office-billing-problem", path=add, person=marta, then=press("Add payment"))
    desk.page.context.close()


def desk_pages(stage: Stage) -> None:
    """What else finance works with: today's work, files, plans, emails, invoices; and a door that stays shut."""
    desk = stage.desk()
    marta = desk.page.context.storage_state()
    for name, path in DESK_PAGES.items():
        stage.add(f"office-{name}", path=f"/office/{path}", person=marta)
    stage.add("office-filters", path="/office/bookings/", person=marta, then=open_everything)
    for name, path, link in DESK_LINKS:
        desk.go(f"/office/{path}")
        found = desk.page.get_by_role("link", name=re.compile(link)).first
        stage.add(f"office-{name}", path=address_of(found), person=marta)
    snooze = stage.scenes[-1].url
    stage.add("office-work-snooze-problem", path=snooze, person=marta, then=press("Snooze it"))
    desk.page.context.close()


def settings(stage: Stage) -> None:
    """Everything only an administrator may open, and forms with a problem."""
    desk = stage.desk(ADMINISTRATOR)
    priya = desk.page.context.storage_state()
    for name, path in SETTINGS.items():
        stage.add(f"settings-{name or 'all'}", path=f"/office/settings/{path}", person=priya)
    for name, path, link in SETTINGS_LINKS:
        desk.go(f"/office/settings/{path}")
        found = desk.page.get_by_role("link", name=re.compile(link)).first
        address = address_of(found)
        if name == "delivery":
            desk.go(address)
            found = desk.page.locator("tbody a:not(.ref)").first
            address = address_of(found)
        stage.add(f"settings-{name}", path=address, person=priya)
    for name, path, button in (
        ("invite-problem", "users/invite/", "^Email the invitation"),
        ("key-problem", "api-keys/make/", "^Make this key"),
        ("webhook-problem", "webhooks/add/", "^Add this webhook"),
    ):
        there = f"/office/settings/{path}"
        stage.add(f"settings-{name}", path=there, person=priya, then=press(re.compile(button)))
    stage.add("api-docs", path="/api/v1/docs", then=documented, scripted=True)
    stage.add("office-forgotten", path="/office/new-password/")
    stage.add("office-invitation-unknown", path="/office/invitation/acme/nothing/")
    desk.page.context.close()


def changes(stage: Stage) -> None:
    """A booking being changed, cancelled and taken back; nothing of it is saved."""
    desk = stage.desk()
    marta = desk.page.context.storage_state()
    change = f"/office/bookings/{HERO}/change/"
    stage.add("office-change", path=change, person=marta)
    stage.add("office-change-component", path=change, person=marta, then=press("Add a component"))
    stage.add("office-change-refused", path=change, person=marta, then=refused_change)
    stage.add("office-change-preview", path=change, person=marta, then=previewed_change)
    stage.add("office-cancel", path=f"/office/bookings/{HERO}/cancel/", person=marta)
    desk.go("/office/bookings/?status=cancelled")
    cancelled = desk.page.locator("tbody a.ref").first.inner_text()
    stage.add("office-reinstate", path=f"/office/bookings/{cancelled}/cancel/", person=marta)
    desk.page.context.close()
