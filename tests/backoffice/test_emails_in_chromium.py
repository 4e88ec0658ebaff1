"""The pages about emails, and the emails themselves, in Chromium: accessible in light and dark, never wider than the
screen, and nothing is fetched."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.issue_invoice import issue_invoice
from fareledger.usecases.show_booking import billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.browser import (
    DESKTOP,
    SMALL_PHONE,
    Device,
    Record,
    assert_well_made,
    chromium,
    person_with,
)
from tests.support.invoices import with_a_bank
from tests.support.operators import new_operator
from tests.support.people import MARTA
from tests.support.served import served
from tests.support.staff import signed_in

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Mailroom:
    """A back office with an email that came back, and every kind of email drawn."""

    base_url: str
    session: str
    paths: tuple[str, ...]
    letters: dict[str, str]


@pytest.fixture(scope="module")
def mailroom(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Mailroom]:
    """Everything that is looked at, before Chromium starts."""
    with django_db_blocker.unblock(), served() as base_url:
        yield _furnished(base_url)


@pytest.fixture
def browser(mailroom: Mailroom) -> Iterator[Browser]:
    """Chromium, started once the room is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def _furnished(base_url: str) -> Mailroom:
    operator = with_a_bank(new_operator())
    booking_id = sell(operator, a_trip_in(90)).booking.id
    issue_invoice(operator, booking_id=booking_id, actor=MARTA)
    with operator_transaction(operator.id):
        email = EmailMessage.objects.get(operator_id=operator.id, booking_id=booking_id)
        email.status, email.problem = "bounced", "550 no such mailbox"
        email.save()
    here = f"/office/bookings/{billing_by_id(operator, booking_id=booking_id).booking.reference}/"
    return Mailroom(
        base_url=base_url,
        session=signed_in(operator).cookies[settings.SESSION_COOKIE_NAME].value,
        paths=(
            here,
            *(
                f"{here}{page}"
                for page in ("emails/", "invoices/", "invoices/1/again/", f"emails/{email.id}/")
            ),
            f"{here}emails/preview/?kind=reminder_before",
            "/office/settings/emails/?kind=receipt&locale=ar",
        ),
        letters={
            f"{kind} {locale}": _letter(operator, kind=kind, locale=locale)
            for kind in KINDS
            for locale in ("en-GB", "ar")
        },
    )


def _letter(operator: Operator, *, kind: str, locale: str) -> str:
    drawn, facts = sample_facts(operator, kind=kind)
    return preview_email(operator, kind=drawn, about=sample_about(operator, locale=locale), facts=facts).html


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_the_pages_are_well_made(mailroom: Mailroom, browser: Browser, device: Device) -> None:
    context = person_with(browser, device=device)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": mailroom.session, "url": mailroom.base_url}]
    )
    record, page = Record.of(context), context.new_page()
    for path in mailroom.paths:
        page.goto(mailroom.base_url + path)
        assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == {mailroom.base_url}


@pytest.mark.parametrize("device", [DESKTOP, SMALL_PHONE], ids=lambda device: device.name)
def test_every_email_is_well_made_and_fetches_nothing(
    mailroom: Mailroom, browser: Browser, device: Device
) -> None:
    context = person_with(browser, device=device)
    record, page = Record.of(context), context.new_page()
    for letter in mailroom.letters.values():
        page.set_content(letter)
        assert_well_made(page)
    assert record.complaints == []
    assert record.origins() == set()
