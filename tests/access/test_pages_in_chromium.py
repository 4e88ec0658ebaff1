"""The pages about people and signing in, in Chromium: well made in every state, and passkeys with a real ceremony."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.persistence.models import StaffInvitation, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.change_staff import deactivate_staff
from fareledger.usecases.invite_staff import invite_staff
from tests.support.access_log import access_events
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
from tests.support.people import person
from tests.support.second_step import Guarded, somebody_with_an_app
from tests.support.served import served
from tests.support.staff import PASSWORD, StaffMember, a_staff_member, signed_in
from tests.support.staff_mail import link_in, mails_to

pytestmark = pytest.mark.browser
ADMIN = person("Priya Nair", role="admin")
R = TypeVar("R")


@dataclass(frozen=True)
class Office:
    """A back office with people in every state."""

    base_url: str
    operator: Operator
    admin: str
    guarded: Guarded
    member: StaffMember
    session_with_app: str
    session_waiting: str
    inside: tuple[str, ...]
    outside: tuple[str, ...]


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[Office]:
    """People with and without access, second steps and open invitations, and the pages that show them."""
    with django_db_blocker.unblock(), served() as base_url:
        yield _furnished(base_url)


@pytest.fixture
def browser(office: Office) -> Iterator[Browser]:
    """Chromium, started once the office is furnished: Django refuses its database beside Playwright's loop."""
    with chromium() as running:
        yield running


def _cookie(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _furnished(base_url: str) -> Office:
    operator = new_operator()
    guarded = somebody_with_an_app(operator, role="approver")
    waiting, inside = Client(), Client()
    for client in (waiting, inside):
        client.post("/office/sign-in/", {"email": guarded.member.email, "password": PASSWORD})
    inside.post("/office/sign-in/code/", {"code": guarded.app.code()})
    gone = a_staff_member(operator, name="Joel Adeyemi-Featherstonehaugh", role="agent")
    gone_id = StaffUser.objects.get(email=gone.email).id
    deactivate_staff(operator, staff_id=gone_id, actor=ADMIN)
    email = f"ana-{operator.slug}@somewhere-with-a-long-name.example"
    invite_staff(operator, email=email, name="Ana Sousa", role="agent", actor=ADMIN)
    with operator_transaction(operator.id):
        invitation = StaffInvitation.objects.get(operator_id=operator.id)
    for _ in range(3):
        Client().post("/office/sign-in/", {"email": gone.email, "password": "wrong"})
    users, somebody = "/office/settings/users/", f"/office/settings/users/{guarded.actor.id}/"
    return Office(
        base_url=base_url,
        operator=operator,
        admin=_cookie(signed_in(operator, role="admin")),
        guarded=guarded,
        member=a_staff_member(operator),
        session_with_app=_cookie(inside),
        session_waiting=_cookie(waiting),
        inside=(
            "/office/settings/",
            users,
            f"{users}invite/",
            f"{users}invitations/{invitation.id}/withdraw/",
            somebody,
            f"{somebody}deactivate/",
            f"{somebody}reset-second-step/",
            f"{users}{gone_id}/",
            f"{users}{gone_id}/reactivate/",
            "/office/settings/second-step/",
            "/office/settings/access-log/",
            "/office/settings/access-log/?kind=deactivated&first=never",
            "/office/settings/access-log/?about=nobody",
            "/office/account/",
            "/office/account/password/",
            "/office/account/app/",
            "/office/account/passkey/",
        ),
        outside=(
            "/office/sign-in/",
            "/office/new-password/",
            link_in(mails_to(operator, email=email)[0]),
            f"/office/invitation/{operator.slug}/{'x' * 43}/",
            f"/office/new-password/{operator.slug}/{'x' * 43}/",
        ),
    )


def _at_the_desk(browser: Browser, *, office: Office, device: Device, session: str) -> BrowserContext:
    context = person_with(browser, device=device)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": office.base_url}])
    return context


def _well_made(page: Page, *, office: Office, paths: tuple[str, ...]) -> None:
    for path in paths:
        page.goto(office.base_url + path)
        for dark in (False, True):
            page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
            assert_well_made(page)


@pytest.mark.parametrize("device", [DESKTOP, PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_every_page_is_well_made(office: Office, browser: Browser, device: Device) -> None:
    context = _at_the_desk(browser, office=office, device=device, session=office.admin)
    record = Record.of(context)
    _well_made(context.new_page(), office=office, paths=office.inside)
    assert record.origins() == {office.base_url}
    assert record.complaints == []
    with_app = _at_the_desk(browser, office=office, device=device, session=office.session_with_app)
    _well_made(
        with_app.new_page(), office=office, paths=("/office/account/", "/office/account/recovery-codes/")
    )
    waiting = _at_the_desk(browser, office=office, device=device, session=office.session_waiting)
    _well_made(waiting.new_page(), office=office, paths=("/office/sign-in/code/",))
    _well_made(person_with(browser, device=device).new_page(), office=office, paths=office.outside)


def test_a_refused_invitation_is_well_made_and_takes_the_focus(office: Office, browser: Browser) -> None:
    context = _at_the_desk(browser, office=office, device=SMALL_PHONE, session=office.admin)
    page = context.new_page()
    page.goto(f"{office.base_url}/office/settings/users/invite/")
    page.get_by_label("Email").fill("nobody")
    page.get_by_role("button", name="Email the invitation").click()
    expect(page.locator("#faults")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("nobody")
    assert_well_made(page)


def test_without_javascript_an_app_is_set_up_and_the_way_to_it_is_shown(
    office: Office, browser: Browser
) -> None:
    context = person_with(browser, device=PHONE, javascript=False)
    page = context.new_page()
    _sign_in(page, base_url=office.base_url, member=office.member)
    page.goto(f"{office.base_url}/office/account/passkey/")
    expect(page.get_by_text("An authenticator app works without it")).to_be_visible()
    expect(page.get_by_role("button", name="Add passkey")).to_be_hidden()
    page.goto(f"{office.base_url}/office/account/app/")
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Set up app").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()


@pytest.fixture
def dana(office: Office) -> StaffMember:
    """Somebody who has no second step yet."""
    return a_staff_member(office.operator, name="Dana Whitlock", role="admin")


def test_a_passkey_is_added_and_signs_in(office: Office, dana: StaffMember, browser: Browser) -> None:
    named = office.base_url.replace(
        "127.0.0.1", "localhost"
    )  # a passkey belongs to a name, never to a number
    context = person_with(browser, device=DESKTOP)
    page = context.new_page()
    _give_authenticator(page)
    _sign_in(page, base_url=named, member=dana)
    page.goto(f"{named}/office/account/passkey/")
    page.get_by_label("Name of this passkey").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Keep these now")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("link", name="Remove Work laptop")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, base_url=named, member=dana)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert_well_made(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    lines = _elsewhere(lambda: access_events(office.operator))
    kinds = [(line.kind, line.payload.get("second_step")) for line in lines if line.subject == dana.email]
    assert kinds[-4:] == [
        ("signed_in", "none"),
        ("mfa_added", None),
        ("signed_out", None),
        ("signed_in", "passkey"),
    ]


def test_anothers_passkey_and_an_old_answer_are_not_taken(
    office: Office, dana: StaffMember, browser: Browser
) -> None:
    named = office.base_url.replace("127.0.0.1", "localhost")
    context = person_with(browser, device=DESKTOP)
    page = context.new_page()
    _give_authenticator(page)
    _sign_in(page, base_url=named, member=dana)
    page.goto(f"{named}/office/account/passkey/")
    page.get_by_label("Name of this passkey").fill("Work laptop")
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    answers: list[str] = []
    page.on(
        "request", lambda one: answers.append(one.post_data or "") if "sign-in/passkey" in one.url else None
    )
    _sign_in(page, base_url=named, member=dana)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, base_url=named, member=dana)
    old = parse_qs(answers[0])["answer"][0]
    form = page.locator("form[data-passkey]")
    form.locator("[name=answer]").evaluate("(field, old) => { field.value = old; field.form.submit(); }", old)
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.locator("#passkey-error")).to_be_visible()
    assert_well_made(page)


def _sign_in(page: Page, *, base_url: str, member: StaffMember) -> None:
    page.goto(f"{base_url}/office/sign-in/")
    page.get_by_label("Email").fill(member.email)
    page.get_by_label("Password").fill(member.password)
    page.get_by_role("button", name="Sign in").click()


def _give_authenticator(page: Page) -> None:
    """Give the browser a device that makes passkeys, with a finger always on it."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _elsewhere(ask: Callable[[], R]) -> R:
    """Ask the database in a thread of its own: Playwright's loop runs in this one."""

    def asked() -> R:
        try:
            return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asked).result()
