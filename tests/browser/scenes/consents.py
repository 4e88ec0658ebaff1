"""Scenes of what customers choose in the portal, and what came of it: amounts, banks, approvals, charges, refunds."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.scenes.pressing import press
from tests.browser.scenes.stage import Stage, address_of
from tests.browser.traveller import APPROVED

# Bookings of the demo, each with an approved payment that went another way, and what became of money that goes back.
CHARGES = {
    "announced": "TRV-48490",
    "charged": "TRV-48492",
    "retry": "TRV-48494",
    "needs-owner": "TRV-48498",
    "needs-card": "TRV-48501",
    "with-staff": "TRV-48503",
    "card-ends": "TRV-48506",
    "part-approved": "TRV-48511",
}
REFUNDS = {
    "two-cards": "TRV-48463",
    "second-person": "TRV-48468",
    "failed": "TRV-48475",
    "to-bank": "TRV-48457",
    "paid-twice": "TRV-48483",
}
STUCK = ("retry", "needs-owner", "needs-card", "with-staff")


def ways(stage: Stage) -> None:
    """Another amount, the banks, the page before the bank, the bank itself, and help."""
    with stage.inside(stage.sold()) as (ines, who):
        stage.add("portal-pay-other", path="/p/acme/pay/", person=who, then=another_amount("250.00"))
        stage.add("portal-pay-problem", path="/p/acme/pay/", person=who, then=another_amount("a little"))
        stage.add("portal-banks", path="/p/acme/pay/bank/", person=who)
        stage.add("portal-help", path="/p/acme/help/", person=who)
        stage.add("portal-help-problem", path="/p/acme/help/", person=who, then=press(re.compile("^Send")))
        ines.page.goto(f"{stage.demo.base_url}/p/acme/pay/bank/")
        ines.page.get_by_role("button", name="Harbour & County").click()
        at_bank = ines.page.get_by_role("link", name=re.compile("^Continue to"))
        stage.add("portal-bank", path=ines.page.url, person=who)
        stage.add("acquirer-bank", path=address_of(at_bank))


def approving(stage: Stage) -> None:
    """The way of a consent: what is asked, the card, done, and taken back."""
    reference = stage.sold()
    with stage.inside(reference) as (ines, _):
        ines.page.goto(f"{stage.demo.base_url}/p/acme/approve/")
        ines.prove_who_one_is(email=f"{reference.lower()}@example.com")
        proven = ines.page.context.storage_state()
        stage.add("portal-approve", path="/p/acme/approve/", person=proven)
        stage.add(
            "portal-approve-problem",
            path="/p/acme/approve/",
            person=proven,
            then=press(re.compile("^Approve ")),
        )
        ines.page.get_by_role("checkbox").check()
        ines.page.get_by_role("button", name=re.compile("^Approve ")).click()
        ines.card_form.get_by_label("Card number").wait_for()
        stage.add("portal-approve-card", path=ines.page.url, person=proven)
    reference = stage.sold()
    with stage.inside(reference) as (ines, _):
        ines.page.goto(f"{stage.demo.base_url}/p/acme/approve/")
        ines.prove_who_one_is(email=f"{reference.lower()}@example.com")
        ines.approve_from_a_card(APPROVED)
        proven = ines.page.context.storage_state()
        stage.add("portal-approved", path=ines.page.url, person=proven)
        stage.add("portal-home-approved", path="/p/acme/", person=proven)
        stage.add("portal-approve-approved", path="/p/acme/approve/", person=proven)
        stage.add("portal-pay-saved-card", path="/p/acme/pay/", person=proven)
        ines.page.goto(f"{stage.demo.base_url}/p/acme/approve/")
        back = ines.page.get_by_role("link", name=re.compile("^Withdraw the approval"))
        stage.add("portal-withdraw", path=address_of(back.first), person=proven)


def happened(stage: Stage) -> None:
    """What a customer finds after a charge or a refund went one way or another."""
    for name, reference in {**CHARGES, **REFUNDS}.items():
        with stage.inside(reference) as (ines, who):
            kind = "charge" if name in CHARGES else "refund"
            stage.add(f"portal-{kind}-{name}", path=ines.page.url, person=who)
            if name in STUCK:
                stuck = ines.page.locator("a[href*='/collect/']")
                if stuck.count():
                    stage.add(f"portal-collection-{name}", path=address_of(stuck.first), person=who)


def another_amount(typed: str) -> Callable[[Page], None]:
    """Return what chooses another amount, types it and presses the button; a good one is only typed."""

    def step(page: Page) -> None:
        page.get_by_role("radio", name=re.compile("^Another amount")).check()
        page.locator("#amount").fill(typed)
        if not typed[0].isdigit():
            page.get_by_role("button", name=re.compile("^Pay ")).click()

    return step
