"""An administrator drafts a brand, looks at it, publishes it and goes back; customers see what is published only."""

import html
import struct
import zlib
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from fareledger.domain.access import NotPermitted
from fareledger.domain.brand import derive
from fareledger.domain.brand_choices import Choices
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import AccessEvent, BrandVersion, EmailMessage
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.brand_versions import brand_history, choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.publish_brand import publish_brand, roll_back
from fareledger.usecases.send_email import send_email
from fareledger.usecases.send_portal_link import send_portal_link
from tests.support.bookings import a_trip, sell
from tests.support.operators import new_operator
from tests.support.people import person
from tests.support.staff import signed_in

PAGE = "/office/settings/branding/"
FORM: dict[str, Any] = {
    "name": "Acme Voyages", "primary": "#F2B705", "font": "serif", "logo_alt": "Acme, a sail", "host": "",
    "sender_name": "Acme bookings", "reply_to": "answers@acmetravel.example",
    "support_email": "care@acmetravel.example", "support_phone": "0117 496 0199", "support_hours": "Every day",
}  # fmt: skip
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 4"><path d="M0 0h10v4z" fill="#0a5c66"/></svg>"""
IRIS = person("Iris Novak", role="admin")


def png(width: int = 8, height: int = 4, /) -> bytes:
    def chunk(kind: bytes, body: bytes, /) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x0a\x5c\x66" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def a_file(content: bytes, name: str = "logo.svg", /) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def wish(do: str, **differences: Any) -> dict[str, Any]:
    return {**FORM, **differences, "do": do}


def versions(operator: Operator) -> list[tuple[int, str, str]]:
    with operator_transaction(operator.id):
        rows = BrandVersion.objects.filter(operator_id=operator.id).order_by("number")
        return [(row.number, row.status, row.choices["primary"]) for row in rows]


@pytest.fixture
def browser(operator: Operator) -> Client:
    """The browser of an administrator."""
    return signed_in(operator, role="admin")


def test_a_draft_changes_nothing_for_customers(operator: Operator, browser: Client) -> None:
    assert browser.post(PAGE, wish("save")).status_code == 303
    assert by_id(operator.id) == operator
    assert versions(operator) == [(1, "published", "#0a5c66"), (2, "draft", "#f2b705")]
    page = html.unescape(browser.get(PAGE).content.decode())
    assert "Draft, not published" in page
    assert 'value="Acme Voyages"' in page
    assert "Published now: #0a5c66" in page


def test_publishing_is_seen_at_once_and_everywhere(operator: Operator, browser: Client) -> None:
    before = browser.get(f"/p/{operator.slug}/sign-in/").content.decode()
    assert browser.post(PAGE, wish("publish", logo=a_file(SVG))).status_code == 303
    now = by_id(operator.id)
    assert {name: now.brand[name] for name in derive("#f2b705").tokens()} == derive("#f2b705").tokens()
    assert (now.name, now.support_email, now.support_phone, now.support_hours) == (
        "Acme Voyages", "care@acmetravel.example", "0117 496 0199", "Every day",
    )  # fmt: skip
    assert (now.brand["sender_name"], now.brand["reply_to"]) == (
        "Acme bookings",
        "answers@acmetravel.example",
    )
    door = browser.get(f"/p/{operator.slug}/sign-in/").content.decode()
    assert 'alt="Acme, a sail"' in door
    assert "<img" not in before
    sheet = next(line for line in door.split('"') if "/brand-" in line)
    css = browser.get(sheet)
    assert "--brand: #f2b705;" in css.content.decode()
    assert "--font: Charter" in css.content.decode()
    assert css["Cache-Control"].endswith("immutable")


def test_the_logo_is_served_as_a_picture_and_nothing_else(operator: Operator, browser: Client) -> None:
    browser.post(PAGE, wish("publish", logo=a_file(SVG), logo_dark=a_file(png(), "dark.png")))
    brand = by_id(operator.id).brand
    drawn = Client().get(f"/p/{operator.slug}/logo-{brand['logo']}")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert "default-src 'none'" in drawn["Content-Security-Policy"]
    assert "sandbox" in drawn["Content-Security-Policy"]
    assert "script" not in drawn["Content-Security-Policy"]
    assert drawn["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in drawn["Cache-Control"]
    dark = Client().get(f"/p/{operator.slug}/logo-{brand['logo_dark']}")
    assert (dark["Content-Type"], dark.content) == ("image/png", png())
    other = new_operator()
    assert Client().get(f"/p/{other.slug}/logo-{brand['logo']}").status_code == 404
    browser.post(PAGE, wish("publish", logo_gone="1", logo_dark_gone="1"))
    assert Client().get(f"/p/{operator.slug}/logo-{brand['logo']}").status_code == 404
    assert "logo" not in by_id(operator.id).brand


def test_a_draft_s_logo_is_for_staff_only(operator: Operator, browser: Client) -> None:
    browser.post(PAGE, wish("save", logo=a_file(SVG)))
    page = browser.get(PAGE).content.decode()
    address = next(line for line in page.split('"') if "/logo-" in line)
    assert browser.get(address).status_code == 200
    assert Client().get(address).status_code == 303
    assert signed_in(operator, role="agent").get(address).status_code == 403
    assert Client().get(f"/p/{operator.slug}/{address.rsplit('/', 1)[1]}").status_code == 404


def test_an_earlier_version_is_published_again_as_a_new_one(operator: Operator, browser: Client) -> None:
    browser.post(PAGE, wish("publish", logo=a_file(SVG)))
    browser.post(PAGE, wish("save", primary="#123456"))
    asked = html.unescape(browser.get(f"{PAGE}1/back/").content.decode())
    assert "Roll back to version 1" in asked
    assert browser.post(f"{PAGE}1/back/").status_code == 303
    now = by_id(operator.id)
    assert (now.name, now.support_email) == (operator.name, operator.support_email)
    assert now.brand["--brand"] == "#0a5c66"
    assert "logo" not in now.brand
    assert versions(operator) == [
        (1, "retired", "#0a5c66"), (2, "retired", "#f2b705"), (3, "draft", "#123456"), (4, "published", "#0a5c66"),
    ]  # fmt: skip
    browser.post(f"{PAGE}2/back/")
    assert by_id(operator.id).brand["logo"]
    # A draft that is published later stands after what was published meanwhile.
    browser.post(PAGE, wish("publish", primary="#123456"))
    assert versions(operator)[-1] == (6, "published", "#123456")
    page = html.unescape(browser.get(PAGE).content.decode())
    assert "Roll back" in page
    assert "Marta Lindgren" in page


def test_a_preview_keeps_nothing_and_shows_what_was_typed(operator: Operator, browser: Client) -> None:
    page = html.unescape(browser.post(PAGE, wish("preview", name="Hm & Co")).content.decode())
    assert "Hm & Co" in page
    assert "#f2b705 becomes #8e6a00" in page
    assert "Pass after adjusting" in page
    fragment = browser.post(f"{PAGE}preview/", wish("", primary="#f2b7")).content.decode()
    assert "<html" not in fragment
    # What is no colour yet is shown in the published one.
    assert "Contrast of #0a5c66" in fragment
    assert versions(operator) == []
    assert by_id(operator.id) == operator
    css = browser.get(f"{PAGE}draft.css?primary=%23f2b705&font=serif").content.decode()
    assert ".draft {" in css
    assert "--brand-link: light-dark(#8e6a00, #f2b705);" in css
    assert "--brand: #0a5c66;" in browser.get(f"{PAGE}draft.css?primary=%7D*%7B&font=%7D").content.decode()


@pytest.mark.parametrize(
    ("differs", "field", "words"),
    [
        ({"primary": "teal"}, "primary", "is not a colour"),
        ({"name": " "}, "name", "Give one line"),
        ({"font": "comic"}, "font", "Choose one of the fonts."),
        ({"reply_to": "nobody"}, "reply_to", "Give an email address"),
        ({"support_email": ""}, "support_email", "Give an email address"),
        ({"sender_name": "Acme <a@b.example>"}, "sender_name", "without @"),
        ({"host": "localhost"}, "host", "Give a host name of your own"),
        ({"host": "10.0.0.1"}, "host", "Give a host name of your own"),
        ({"host": "pay.acme.internal"}, "host", "Give a host name of your own"),
        ({"host": "pay.acme.example:8000/x"}, "host", "Give a host name of your own"),
        ({"logo": a_file(b"GIF89a")}, "logo", "no PNG, WebP or SVG"),
        ({"logo_dark": a_file(b"\x89PNG\r\n\x1a\n" + b"0" * 210_000)}, "logo_dark", "more than 200 KB"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(
    operator: Operator, browser: Client, differs: dict[str, Any], field: str, words: str
) -> None:
    answer = browser.post(PAGE, wish("publish", **differs))
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "<title>Error: Branding" in page
    assert f'href="#{field}"' in page
    assert f'id="{field}-error"' in page
    assert words in page
    assert by_id(operator.id) == operator
    assert versions(operator) == []


def test_two_operators_cannot_have_one_host(operator: Operator, browser: Client) -> None:
    host = f"pay.{operator.slug}.example"
    other = new_operator()
    theirs = signed_in(other, role="admin")
    assert theirs.post(PAGE, wish("save", host=host)).status_code == 303
    assert browser.post(PAGE, wish("publish", host=host.upper())).status_code == 303
    assert by_id(operator.id).host == host
    answer = theirs.post(PAGE, wish("publish", host=host))
    assert answer.status_code == 422
    assert "Somebody else here uses this host name." in answer.content.decode()
    # Not only the form: a draft that was there before is refused when it is published.
    with pytest.raises(Exception, match="Somebody else"):
        publish_brand(other, number=2, actor=IRIS)


def test_every_change_names_who_made_it(operator: Operator) -> None:
    number = edit_brand(operator, wanted=choices_in_force(operator), logos=Logos(), actor=IRIS)
    publish_brand(operator, number=number, actor=IRIS)
    roll_back(operator, number=1, actor=IRIS)
    assert [one.changed_by for one in brand_history(operator, actor=IRIS).versions] == [
        "Iris Novak", "Iris Novak", "Set up with the account",
    ]  # fmt: skip
    with operator_transaction(operator.id):
        lines = AccessEvent.objects.filter(operator_id=operator.id, kind="settings_changed").order_by("id")
        told = [(line.actor, line.subject, line.payload) for line in lines]
    assert told == [
        ("Iris Novak", "Branding, draft", {"version": 2}),
        ("Iris Novak", "Branding, published", {"version": 2}),
        ("Iris Novak", "Branding, published", {"version": 3, "back_to": 1}),
    ]


def test_emails_come_from_the_published_sender(operator: Operator, browser: Client) -> None:
    booking = sell(operator, a_trip()).booking
    browser.post(PAGE, wish("publish"))
    link = send_portal_link(operator, booking_id=booking.id, asked_by="operator", actor=IRIS)
    with operator_transaction(operator.id):
        queued = EmailMessage.objects.get(operator_id=operator.id, kind="portal_link", to_email=link.to_email)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        assert send_email(operator.id, email_id=queued.id, render=render_email, deliver=deliver_email)
        (message,) = mail.outbox
    assert message.from_email == "Acme bookings <payments@fareledger.example>"
    assert message.reply_to == ["answers@acmetravel.example"]
    assert isinstance(message, mail.EmailMultiAlternatives)
    letter = str(message.alternatives[0][0])
    assert "#f2b705" in letter
    assert "Acme Voyages" in letter
    # Nobody chose a logo: the name stands in its place.
    assert "<img" not in letter


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_only_who_manages_settings_may(operator: Operator, role: str) -> None:
    somebody = signed_in(operator, role=role)
    assert somebody.get(PAGE).status_code == 403
    assert somebody.post(PAGE, wish("publish")).status_code == 403
    assert somebody.post(f"{PAGE}preview/", wish("")).status_code == 403
    actor, choices = person("Nobody", role=role), Choices.from_json({**FORM})
    with pytest.raises(NotPermitted):
        edit_brand(operator, wanted=choices, logos=Logos(), actor=actor)
    with pytest.raises(NotPermitted):
        publish_brand(operator, number=1, actor=actor)
    with pytest.raises(NotPermitted):
        roll_back(operator, number=1, actor=actor)
    with pytest.raises(NotPermitted):
        brand_history(operator, actor=actor)
    assert versions(operator) == []
