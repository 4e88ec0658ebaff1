"""Approved payments in Chromium, for customers and for staff: every state on a small phone and a desktop, light
and dark, and the press that asks the bank without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from fareledger.persistence.models import Collection
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from tests.support.approved import Approver, Stored, approve, due_in_days
from tests.support.browser import DESKTOP, SMALL_PHONE, Device, assert_well_made, chromium, person_with
from tests.support.operators import new_operator
from tests.support.portal import a_link
from tests.support.scripted_provider import scripted
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser

STATES = {
    "waiting": "We’ll collect",
    "retry": "We try",
    "needs_customer": "Your bank wants you to approve",
    "needs_method": "Please pay",
    "with_staff": "could not be charged",
}


@dataclass(frozen=True)
class Places:
    """A portal with a booking in each state, by the link that lets its customer in and its page; and the office."""

    base: str
    links: dict[str, tuple[str, str]]
    billing: list[str]
    session: str


@pytest.fixture
def places(db: None) -> Iterator[Places]:
    """The bookings, made before Chromium starts."""
    operator = new_operator()
    scripted(operator)
    with served() as base_url:
        found = {state: _stand(operator, state=state) for state in STATES}
        links = {
            state: (
                base_url + a_link(operator, booking_id=one.booking_id),
                f"{base_url}/p/{operator.slug}/collect/{one.row.id}/",
            )
            for state, one in found.items()
        }
        billing = [f"{base_url}/office/bookings/{one.billing.booking.reference}/" for one in found.values()]
        yield Places(
            base_url, links, billing, signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value
        )


def _stand(operator: Operator, *, state: str) -> Approver:
    booking_id = due_in_days(operator, days=5)
    approve(operator, booking_id=booking_id, stored=Stored("pm_x", provider=f"scripted-{operator.slug}"))
    one = Approver(operator, booking_id)
    row = one.row
    with operator_transaction(operator.id):
        Collection.objects.create(
            operator_id=operator.id,
            booking_id=booking_id,
            transaction_id=row.id,
            state=state,
            next_on=row.due_date if state in ("waiting", "retry") else None,
            noticed_at=row.opened_at,
            tries=3 if state == "with_staff" else 0,
            failure_code="" if state == "waiting" else "insufficient_funds",
            failure_message="" if state == "waiting" else "The card has insufficient funds.",
            changed_at=row.opened_at,
        )
    return one


@pytest.fixture
def browser(places: Places) -> Iterator[Browser]:
    """Chromium, started once there is something to see."""
    with chromium() as running:
        yield running


@pytest.mark.parametrize("device", [SMALL_PHONE, DESKTOP], ids=lambda device: device.name)
def test_every_state_is_well_made_for_its_customer(places: Places, browser: Browser, device: Device) -> None:
    for state, (link, page_address) in places.links.items():
        context = person_with(browser, device=device)
        page = context.new_page()
        page.goto(link)
        page.get_by_role("button").first.click()
        page.goto(page_address)
        expect(page.get_by_role("heading", level=1)).to_contain_text(STATES[state])
        assert_well_made(page)
        context.close()


@pytest.mark.parametrize("device", [SMALL_PHONE, DESKTOP], ids=lambda device: device.name)
def test_every_state_is_well_made_for_staff(places: Places, browser: Browser, device: Device) -> None:
    context = person_with(browser, device=device)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": places.session, "url": places.base}])
    page = context.new_page()
    for address in (*places.billing, f"{places.base}/office/"):
        page.goto(address)
        assert_well_made(page)
    expect(page.get_by_text("Approved payments that failed").first).to_be_visible()
    context.close()


def test_the_bank_is_asked_without_scripts(places: Places, browser: Browser) -> None:
    link, page_address = places.links["needs_customer"]
    context = person_with(browser, device=SMALL_PHONE, javascript=False)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button").first.click()
    page.goto(page_address)
    page.get_by_role("button", name="Approve and pay").click()
    # This visit proved nothing, and its link was for no charge: first it shows whose it is.
    expect(page).to_have_url(
        f"{page_address.partition('collect/')[0]}prove/?next=collect%2F{page_address.split('/')[-2]}%2F"
    )
    context.close()
