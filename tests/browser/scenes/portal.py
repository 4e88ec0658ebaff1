"""Scenes of the customer portal: its doors, every state of a booking, and the way of a payment."""

from __future__ import annotations

import re

from playwright.sync_api import StorageState

from tests.browser.scenes.office import VIEWS
from tests.browser.scenes.pressing import open_everything, press
from tests.browser.scenes.stage import HERO, Stage, address_of
from tests.browser.traveller import APPROVED, CHALLENGED, DECLINED, Traveller

PROCESSING = "4000000000009235"
OTHERS = {"solmar": "nuria.ferrer@solmar.example", "northway": "dana.whitlock@northway.example"}


def doors(stage: Stage) -> None:
    """The portal before one is in, and what a link says in each state."""
    stage.add("portal-sign-in", path="/p/acme/sign-in/")
    stage.add("portal-sign-in-refused", path="/p/acme/sign-in/", then=press("Email me a link"))
    stage.add("portal-link-sent", path="/p/acme/sign-in/sent/")
    stage.add("portal-link-unknown", path="/p/acme/link/nothing")
    reference = stage.sold()
    replaced, used = stage.demo.portal_link(reference), stage.demo.portal_link(reference)
    stage.visit(used).page.context.close()
    stage.add("portal-link-replaced", path=replaced)
    stage.add("portal-link-used", path=used)
    stage.add("portal-link-ready", path=stage.demo.portal_link(reference))
    stage.add("portal-not-found", path="/p/acme/nowhere/")


def inside(stage: Stage) -> None:
    """The portal in every state of a booking that the demo has."""
    for view, reference in one_of_each_view(stage):
        with stage.inside(reference) as (ines, who):
            stage.add(f"portal-home-{view}", path=ines.page.url, person=who)
            stage.add(f"portal-why-{view}", path=ines.page.url, person=who, then=open_everything)
            stage.add(f"portal-history-{view}", path="/p/acme/history/", person=who)
            if view == "hero":
                papers(stage, ines=ines, who=who)
    for slug, email in OTHERS.items():
        for position in (0, 3):
            # A desk each: one browser has one visit to a portal at a time.
            desk = stage.desk(email)
            desk.go("/office/bookings/?status=partially_paid")
            desk.page.locator("tbody a.ref").nth(position).click()
            with desk.page.context.expect_page() as opened:
                desk.page.get_by_role("button", name=re.compile("^View as customer")).click()
            opened.value.wait_for_load_state()
            state = desk.page.context.storage_state()
            stage.add(f"portal-{slug}-{position}", path=opened.value.url, person=state)
            desk.page.context.close()


def papers(stage: Stage, *, ines: Traveller, who: StorageState) -> None:
    """A receipt, the statement, and what asks who one is."""
    ines.page.goto(f"{stage.demo.base_url}/p/acme/history/")
    receipt = ines.page.locator("main a[href*='/receipts/']").first
    stage.add("portal-receipt", path=address_of(receipt), person=who)
    stage.add("portal-statement", path="/p/acme/statement/", person=who)
    stage.add("portal-statement-problem", path="/p/acme/statement/?as_at=never", person=who)
    stage.add("portal-prove", path="/p/acme/prove/", person=who)


def paying(stage: Stage) -> None:
    """The way of a payment, each state with a booking of its own."""
    with stage.inside(stage.sold()) as (ines, who):
        stage.add("portal-pay", path="/p/acme/pay/", person=who)
        stage.add("portal-banks", path="/p/acme/pay/bank/", person=who)
        ines.choose_to_pay()
        stage.add("portal-card", path=ines.page.url, person=who)
    with stage.inside(stage.sold()) as (ines, who):
        ines.choose_to_pay()
        address = ines.page.url
        ines.enter_card(DECLINED)
        ines.card_form.get_by_role("alert").wait_for()
        stage.add("portal-card-declined", path=address, person=who)
        hosted = ines.page.get_by_role("link", name=re.compile("^Pay on the page of"))
        stage.add("acquirer-hosted-page", path=address_of(hosted))
        stage.add("portal-outcome-unfinished", path=address.replace("/pay/", "/payments/"), person=who)
    with stage.inside(stage.sold()) as (ines, who):
        ines.choose_to_pay()
        ines.enter_card(CHALLENGED)
        ines.card_form.get_by_role("button", name=re.compile("^Approve ")).wait_for()
        stage.add("portal-challenge", path=ines.page.url, person=who)
    with stage.inside(stage.sold()) as (ines, who):
        ines.choose_to_pay()
        ines.enter_card(APPROVED)
        ines.see_it_received()
        stage.add("portal-outcome-received", path=ines.page.url, person=who)
    with stage.inside(stage.sold()) as (ines, who):
        ines.choose_to_pay()
        ines.enter_card(PROCESSING)
        ines.page.wait_for_url("**/payments/**")
        # Half a minute later it has gone through, so these are looked at at once.
        here = [
            stage.scene("portal-outcome-pending", path=ines.page.url, person=who),
            stage.scene("portal-home-confirming", path="/p/acme/", person=who),
        ]
        stage.at_once(here)


def one_of_each_view(stage: Stage) -> list[tuple[str, str]]:
    """Return a booking of each view of the list: the view's name and the reference."""
    desk, found = stage.desk(), [("hero", HERO)]
    for view in VIEWS[1:]:
        desk.go(f"/office/bookings/?status={view}")
        found.append((view, desk.page.locator("tbody a.ref").first.inner_text()))
    desk.page.context.close()
    return found
