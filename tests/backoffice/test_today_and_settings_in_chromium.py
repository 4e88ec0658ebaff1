"""The work list and the settings for other systems in Chromium: every state well made at every size, with the keyboard
alone, and without JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.domain.identity import new_id
from fareledger.persistence.models import Attempt, EmailMessage, Transaction, WebhookDelivery
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.manage_api_keys import list_api_keys, make_api_key
from fareledger.usecases.manage_webhooks import MadeSecret, disable_webhook
from fareledger.usecases.note_work import snooze_work
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.webhook_log import send_test
from fareledger.usecases.work_queues import work_list
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.browser import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Device,
    Record,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.operators import new_operator
from tests.support.outgoing import ADMIN, Answering, a_webhook, deliver, deliveries
from tests.support.scripted_payouts import line, paying_out
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Office:
    """A back office with work in every queue, and one with none; `paths` are the pages of the first."""

    base_url: str
    session: str
    idle_session: str
    paths: tuple[str, ...]
    subject: str
    webhook: MadeSecret


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    """Furnish both, and serve them."""
    with django_db_blocker.unblock(), served() as base_url:
        plain = replace(settings.ENVIRONMENT, webhooks_to_loopback=False)
        with override_settings(ENVIRONMENT=plain):
            yield _furnished(base_url)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """Chromium, started once the office is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def _furnished(base_url: str) -> Office:
    operator = new_operator()
    webhook = _told(operator)
    _work(operator)
    make_api_key(operator, name="Reservations", scopes=("bookings:write", "links:write"), actor=ADMIN)
    found = work_list(operator, actor=ADMIN)
    resting, subject = found.queues[1].items[0], found.queues[2].items[0].subject
    until = found.today + timedelta(days=4)
    snooze_work(
        operator, item=(resting.queue, resting.subject), until=until, reason="The bank is asked", actor=ADMIN
    )
    (key,) = list_api_keys(operator, actor=ADMIN)
    hooks = f"/office/settings/webhooks/{webhook.endpoint_id}/"
    logged = deliveries(operator)
    return Office(
        base_url=base_url,
        session=_session(operator),
        idle_session=_session(new_operator()),
        subject=subject,
        webhook=webhook,
        paths=(
            "/office/",
            "/office/?view=mine",
            "/office/?view=snoozed",
            "/office/?queue=overdue",
            f"/office/items/refunds/{subject}/assign/",
            f"/office/items/refunds/{subject}/snooze/",
            "/office/settings/",
            "/office/settings/webhooks/",
            "/office/settings/webhooks/add/",
            hooks,
            f"{hooks}?status=waiting",
            *(f"{hooks}{act}/" for act in ("edit", "disable", "new-secret", "end-old-secret")),
            f"{hooks}deliveries/{logged[0].id}/",
            f"{hooks}deliveries/{logged[-1].id}/",
            "/office/settings/api-keys/",
            "/office/settings/api-keys/make/",
            f"/office/settings/api-keys/{key.id}/revoke/",
            "/office/settings/payments/",
        ),
    )


def _session(operator: Operator) -> str:
    return signed_in(operator, role="admin").cookies[settings.SESSION_COOKIE_NAME].value


def _told(operator: Operator) -> MadeSecret:
    """Two addresses: one that answers now and then, and one that was disabled."""
    url = "https://hooks.example.com/fareledger/production/bookings"
    made = a_webhook(operator, url=url, events=("booking.created",))
    for status in (500, 200):
        sell(operator, a_trip_in(200))
        deliver(operator, made, post=Answering(status))
    with operator_transaction(operator.id):
        WebhookDelivery.objects.filter(operator_id=operator.id, status="waiting").update(
            status="failed", finished_at=datetime.now(UTC)
        )
    send_test(operator, endpoint_id=made.endpoint_id, actor=ADMIN)
    other = a_webhook(operator, url="https://old.example.com/")
    disable_webhook(operator, endpoint_id=other.endpoint_id, actor=ADMIN)
    return made


def _work(operator: Operator) -> None:
    """Something in every queue."""
    trips = [sell(operator, a_trip_in(80 + day)) for day in range(3)]
    yen = sell(operator, priced(a_trip_in(20, currency="JPY"), price_minor=68_400_000))
    paid = a_trip_in(60, payments=(paid_at_checkout(100_000),))
    sell(operator, paid)
    sell(operator, cancelling(paid, "flights"))
    provider = paying_out(operator)
    provider.pays(line("pay_unknown", gross_minor=12_300, fee_minor=200))
    pull_payouts(operator)
    moment, booking_id = datetime.now(UTC), trips[0].booking.id
    with operator_transaction(operator.id):
        rows = Transaction.objects.filter(operator_id=operator.id, status="open")
        rows.filter(id__in=[trips[0].rows[0].id, yen.rows[0].id]).update(
            due_date=moment.date() - timedelta(days=19)
        )
        rows.filter(id=trips[1].rows[1].id).update(status="deleted", deleted_at=moment)
        EmailMessage.objects.create(
            operator_id=operator.id, id=new_id(), booking_id=booking_id, kind="receipt", source_key=uuid4().hex,
            to_email="x@example.com", payload={}, status="bounced", problem="Mailbox is full", queued_at=moment,
        )  # fmt: skip
        Attempt.objects.create(
            operator_id=operator.id, id=new_id(), booking_id=booking_id, provider="sandbox", state="unknown",
            amount_minor=5_000, currency="GBP", channel="portal", form_key=uuid4().hex, provider_key=uuid4().hex,
            problem="Asked for GBP 50.00, but the provider tells 4999 minor units of GBP for payment pay_77.",
            created_at=moment, changed_at=moment,
        )  # fmt: skip


def _at_the_desk(
    browser: Browser, *, session: str, device: Device, url: str, javascript: bool = True
) -> BrowserContext:
    context = person_with(browser, device=device, javascript=javascript)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}])
    return context


def _page(browser: Browser, *, office: Office, device: Device = DESKTOP, javascript: bool = True) -> Page:
    return _at_the_desk(
        browser, session=office.session, device=device, url=office.base_url, javascript=javascript
    ).new_page()


@pytest.mark.parametrize("device", [DESKTOP, PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_every_page_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    context = _at_the_desk(browser, session=office.session, device=device, url=office.base_url)
    record, page = Record.of(context), context.new_page()
    for path in office.paths:
        page.goto(office.base_url + path)
        assert_well_made(page)
        if device.touch:
            _assert_wide_enough_to_touch(page)
    assert record.complaints == []
    assert record.origins() == {office.base_url}


def _assert_wide_enough_to_touch(page: Page) -> None:
    """Check that what is pressed is at least 44 pixels high; links inside a sentence are text."""
    fields = "input:not([type=hidden], [type=checkbox], [type=radio]), select"
    pressed = f"main :is(.button, button, .choice, .acts .link, {fields})"
    small = page.locator(pressed).evaluate_all(
        """all => all.filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
        .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert small == [], page.url


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_refused_forms_are_well_made(office: Office, browser: Browser, device: Device) -> None:
    page = _page(browser, office=office, device=device)
    forms = {
        f"/office/items/refunds/{office.subject}/snooze/": "Snooze it",
        "/office/settings/webhooks/add/": "Add this webhook",
        "/office/settings/api-keys/make/": "Make this key",
    }
    for path, button in forms.items():
        page.goto(office.base_url + path)
        page.get_by_role("button", name=button).click()
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.locator("#faults")).to_be_focused()
        assert_well_made(page)
    page.goto(f"{office.base_url}/office/settings/payments/")
    page.get_by_label("A percentage").check()
    page.get_by_label("Percentage, %").fill("a third")
    page.get_by_label("Balance due, days before the start").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_title(re.compile("^Error: "))
    assert page.get_by_label("Percentage, %").input_value() == "a third"
    assert_well_made(page)


def test_a_day_on_which_nothing_needs_anybody(office: Office, browser: Browser) -> None:
    for device in (DESKTOP, SMALL_PHONE):
        context = _at_the_desk(browser, session=office.idle_session, device=device, url=office.base_url)
        page = context.new_page()
        for path in ("/office/", "/office/?view=mine", "/office/?view=snoozed", "/office/settings/webhooks/"):
            page.goto(office.base_url + path)
            expect(page.locator(".empty h2")).to_be_visible()
            assert_well_made(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with", "without"])
def test_a_webhook_is_added_by_keyboard_alone(office: Office, browser: Browser, javascript: bool) -> None:
    page = _page(browser, office=office, javascript=javascript)
    page.goto(f"{office.base_url}/office/settings/webhooks/add/")
    page.get_by_label("Address").focus()
    page.keyboard.type(f"https://crm.example/{uuid4()}")
    page.get_by_label("A booking came in.").focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("A booking came in.")).not_to_be_checked()
    page.keyboard.press("Enter")
    secret = page.get_by_label("Signing secret")
    expect(secret).to_have_value(re.compile(r"whsec_[\w-]{43}"))
    expect(page.get_by_text("It is shown this once")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with", "without"])
def test_an_item_is_snoozed_and_woken(office: Office, browser: Browser, javascript: bool) -> None:
    page = _page(browser, office=office, javascript=javascript)
    page.goto(f"{office.base_url}/office/")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=re.compile("^Refund GBP 400.00")))
    row.get_by_role("link", name=re.compile("^Snooze")).click()
    page.get_by_label("Back on").fill(f"{datetime.now(UTC).date() + timedelta(days=5):%Y-%m-%d}")
    page.get_by_label("Why").fill("The customer is away")
    page.get_by_role("button", name="Snooze it").click()
    expect(page.get_by_text("comes back on that day")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Refund GBP 400.00"))).to_have_count(0)
    page.get_by_role("link", name=re.compile(r"^Snoozed \(")).click()
    expect(page.get_by_text("The customer is away")).to_be_visible()
    page.get_by_role("row").filter(has_text="The customer is away").get_by_role("button").click()
    page.goto(f"{office.base_url}/office/")
    expect(page.get_by_role("link", name=re.compile("^Refund GBP 400.00"))).to_be_visible()


def test_a_delivery_that_waits_looks_again_by_itself(office: Office, browser: Browser) -> None:
    page = _page(browser, office=office)
    page.goto(f"{office.base_url}/office/settings/webhooks/{office.webhook.endpoint_id}/")
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("Being sent.")).to_be_visible()
    with page.expect_response(lambda answer: "/deliveries/" in answer.url and answer.status == 200):
        expect(page.get_by_role("heading", name="webhook.test")).to_be_visible()
