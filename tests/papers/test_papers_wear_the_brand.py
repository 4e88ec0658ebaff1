"""Letters and papers carry the operator's logo, colour and font, readable in whatever colour was chosen, and ask
nobody for anything."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import replace
from email.message import Message
from pathlib import Path

import pytest
from django.core import mail
from django.test import override_settings

from fareledger.domain.colour import contrast
from fareledger.faces.shared.brand_css import on_paper
from fareledger.faces.shared.email_logo import kept_by_itself
from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email, render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.faces.shared.pdf.invoice import invoice_logo, invoice_pdf
from fareledger.faces.shared.pdf.papers import receipt_pdf, statement_pdf
from fareledger.faces.shared.pdf.typesetting import picture_png
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.brand_versions import choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.publish_brand import publish_brand
from fareledger.usecases.send_email import send_email
from fareledger.usecases.show_receipt import show_receipt
from fareledger.usecases.show_statement import show_statement
from tests.papers.test_receipts import lived
from tests.support.invoices import pdf_text, with_a_bank
from tests.support.papers import heard, pictures_heard, read
from tests.support.people import person
from tests.support.portal import inside

HOSTILE = {"bright yellow": "#fff200", "near black": "#050505", "near white": "#fdfdfd"}
LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 40"><rect width="40" height="40" fill="#0a5c66"/>'
    b'<text x="50" y="28" font-family="Noto Sans" font-size="24" fill="#0a5c66">Solmar</text></svg>'
)
LOGO_DARK = LOGO.replace(b"#0a5c66", b"#9fe3ec")
ADMIN = person("Iris", role="admin")


def branded(
    operator: Operator, *, primary: str = "#0a5c66", font: str = "system", logos: Logos | None = None
) -> Operator:
    """Publish a brand and return the operator as it is then."""
    wanted = replace(choices_in_force(by_id(operator.id)), primary=primary, font=font)
    number = edit_brand(
        operator, wanted=wanted, logos=logos or Logos(logo=LOGO, logo_dark=LOGO_DARK), actor=ADMIN
    )
    publish_brand(operator, number=number, actor=ADMIN)
    return by_id(operator.id)


def papers(operator: Operator, *, locale: str) -> dict[str, bytes]:
    """A receipt, a statement and an invoice."""
    booking_id = lived(operator).booking.id
    statement = show_statement(operator, booking_id=booking_id)
    name = next(line.receipt for line in statement.lines if line.receipt)
    receipt = show_receipt(operator, booking_id=booking_id, name=name)
    _, facts = sample_facts(operator, kind="invoice")
    full = {**sample_about(operator, locale=locale), **facts}
    return {
        "receipt": receipt_pdf(operator, receipt=receipt, locale=locale),
        "statement": statement_pdf(operator, statement=statement, locale=locale),
        "invoice": invoice_pdf(full, logo=invoice_logo(operator, facts=full)),
    }


def letter(operator: Operator, *, kind: str = "receipt") -> str:
    drawn, facts = sample_facts(operator, kind=kind)
    return preview_email(operator, kind=drawn, about=sample_about(operator, locale="en-GB"), facts=facts).html


def fonts_of(pdf: bytes) -> str:
    """The names of all fonts a PDF embeds."""
    names = set()
    for each in read(pdf).pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]  # pypdf's objects
        names.add(str(each.get_object()["/BaseFont"]))
    return " ".join(sorted(names))


def png(*, width: int = 8, height: int = 4) -> bytes:
    """A small grey picture."""

    def chunk(kind: bytes, *, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    lines = zlib.compress((b"\0" + b"\x80" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", body=head)
        + chunk(b"IDAT", body=lines)
        + chunk(b"IEND", body=b"")
    )


@pytest.mark.parametrize("locale", ["en-GB", "ja-JP", "ar"])
@pytest.mark.parametrize("font", ["geometric", "old_style"])
def test_papers_with_a_logo_and_a_font_are_still_for_everybody(
    operator: Operator, tmp_path: Path, font: str, locale: str
) -> None:
    operator = branded(with_a_bank(operator), font=font)
    for name, pdf in papers(operator, locale=locale).items():
        assert heard(pdf, folder=tmp_path) == [], name


@pytest.mark.parametrize(
    ("font", "family"),
    [
        ("system", "NotoSans-"),
        ("humanist", "OpenSans"),
        ("geometric", "Montserrat"),
        ("serif", "NotoSerif"),
        ("old_style", "EBGaramond"),
    ],
)
def test_every_font_of_the_list_has_a_family_on_paper(operator: Operator, font: str, family: str) -> None:
    for name, pdf in papers(branded(operator, font=font), locale="en-GB").items():
        assert family in fonts_of(pdf), (name, fonts_of(pdf))


def test_other_scripts_have_families_of_their_own(operator: Operator) -> None:
    operator = branded(operator, font="old_style")
    for locale, family in (("ja-JP", "NotoSansJP"), ("ar", "NotoSansArabic")):
        for pdf in papers(operator, locale=locale).values():
            assert family in fonts_of(pdf)
            assert "\ufffd" not in pdf_text(pdf)


def test_the_logo_stands_in_place_of_the_name_and_is_read_as_such(operator: Operator) -> None:
    plain = papers(operator, locale="en-GB")
    drawn = papers(branded(operator), locale="en-GB")
    for name, pdf in drawn.items():
        assert pdf_text(plain[name]).lstrip().startswith(operator.name)
        assert not pdf_text(pdf).lstrip().startswith(operator.name)
        assert pictures_heard(pdf) == [operator.name]
        assert pictures_heard(plain[name]) == []


def test_an_invoice_keeps_the_logo_it_was_issued_with(operator: Operator) -> None:
    first = branded(operator)
    _, facts = sample_facts(first, kind="invoice")
    full = {**sample_about(first, locale="en-GB"), **facts}
    before = invoice_pdf(full, logo=invoice_logo(first, facts=full))
    now = branded(operator, primary="#7a1f5c", font="serif", logos=Logos(logo=png(), logo_dark=b""))
    assert invoice_pdf(full, logo=invoice_logo(now, facts=full)) == before


def test_a_picture_that_cannot_be_drawn_leaves_the_name(operator: Operator) -> None:
    assert picture_png(b"\x89PNG\r\n\x1a\n" + b"nothing") == b""
    hollow = b"\x89PNG\r\n\x1a\n" + png()[8:33] + png()[-12:]
    shown = branded(operator, logos=Logos(logo=hollow, logo_dark=b""))
    assert picture_png(hollow) == b""
    assert pdf_text(papers(shown, locale="en-GB")["receipt"]).lstrip().startswith(operator.name)
    assert "<img" not in letter(shown)


def test_an_email_brings_its_logo_along_and_asks_nobody(operator: Operator) -> None:
    operator = branded(operator)
    lived(operator)
    with operator_transaction(operator.id):
        queued = EmailMessage.objects.filter(operator_id=operator.id, kind="receipt").first()
    assert queued is not None
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        assert send_email(operator.id, email_id=queued.id, render=render_email, deliver=deliver_email)
    message: Message = mail.outbox[0].message()
    parts = {part.get_content_type(): part for part in message.walk()}
    page = parts["text/html"].get_payload(decode=True)
    assert isinstance(page, bytes)
    html = page.decode()
    named = re.findall(r'src="cid:([^"]+)"', html)
    carried = [part["Content-ID"].strip("<>") for part in message.walk() if part["Content-ID"]]
    assert len(named) == 2
    assert named == carried
    assert not re.search(r'src="(?!cid:)|url\(|@import|<link', html)
    assert [kind for kind in parts if kind.startswith("multipart/")] == [
        "multipart/mixed",
        "multipart/alternative",
        "multipart/related",
    ]
    files = [part for part in message.walk() if part.get_content_disposition() == "attachment"]
    assert [part.get_content_type() for part in files] == ["application/pdf"]
    with operator_transaction(operator.id):
        kept = EmailMessage.objects.get(operator_id=operator.id, id=queued.id).html_body
    later = branded(operator, logos=Logos(logo=png(), logo_dark=b""))
    assert "cid:" in kept
    assert kept_by_itself(kept, operator=later).count("data:image/png;base64,") == 2


def test_without_a_dark_logo_the_light_one_stands_on_white(operator: Operator) -> None:
    one = letter(branded(operator, logos=Logos(logo=LOGO, logo_dark=b"")))
    assert one.count("<img") == 1
    assert ".logo-light { display: block !important; }" in one
    assert ".logo-light img { background: #ffffff !important;" in one
    both = letter(branded(operator))
    assert both.count("<img") == 2
    assert ".logo-light { display: none !important; }" in both
    assert both.count(f'alt="{operator.name}"') == 2


@pytest.mark.parametrize("colour", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("kind", KINDS)
def test_hostile_colours_stay_readable_in_every_email(operator: Operator, kind: str, colour: str) -> None:
    shown = branded(operator, primary=colour)
    html = letter(shown, kind=kind)
    for button, ink in re.findall(
        r'class="button" bgcolor="(#[0-9a-f]{6})".*?<a [^>]*?color:(#[0-9a-f]{6})', html, re.DOTALL
    ):
        assert contrast(button, other=ink) >= 4.5
    for edge, fill in re.findall(
        r'class="button" bgcolor="(#[0-9a-f]{6})" style="border:1px solid (#[0-9a-f]{6})', html
    ):
        assert max(contrast(edge, other="#ffffff"), contrast(fill, other="#ffffff")) >= 3
    for link in re.findall(r'class="brandlink"[^>]*?color:(#[0-9a-f]{6})', html):
        assert contrast(link, other="#ffffff") >= 4.5
    (dark_link,) = re.findall(r"\.brandlink \{ color: (#[0-9a-f]{6})", html)
    (dark_edge,) = re.findall(r"\.button \{ border-color: (#[0-9a-f]{6})", html)
    assert contrast(dark_link, other="#14171c") >= 4.5
    assert max(contrast(dark_edge, other="#14171c"), contrast(colour, other="#14171c")) >= 3


@pytest.mark.parametrize("colour", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_colours_are_only_a_band_on_paper(operator: Operator, colour: str) -> None:
    """The band has an edge that is seen, and everything else is ink, grey or a line, whatever the colour is."""
    shown = branded(operator, primary=colour, logos=Logos())
    edge = on_paper(shown.brand["--brand-edge"])
    assert contrast(edge, other="#ffffff") >= 3
    for pdf in papers(shown, locale="en-GB").values():
        drawn = read(pdf).pages[0].get_contents()
        assert drawn is not None
        used = {
            _hex(fill) for fill in re.findall(rb"([\d.]+ [\d.]+ [\d.]+) (?:rg|scn|sc)\b", drawn.get_data())
        }
        assert {colour, edge} <= used
        assert used <= {colour, edge, "#14171c", "#565e69", "#e1e4e9"}


def _hex(fill: bytes) -> str:
    return "#" + "".join(f"{round(float(part) * 255):02x}" for part in fill.split())


def test_papers_are_in_the_language_of_the_page_and_emails_in_that_of_the_booking(operator: Operator) -> None:
    booking = lived(operator).booking
    statement = show_statement(operator, booking_id=booking.id)
    name = next(line.receipt for line in statement.lines if line.receipt)
    client = inside(operator, booking_id=booking.id)
    base = f"/p/{operator.slug}"
    for paper in (f"{base}/receipts/{name}/pdf/", f"{base}/statement/pdf/"):
        assert str(read(client.get(paper).content).trailer["/Root"]["/Lang"]).startswith("en")  # type: ignore[index]  # pypdf
    client.get(f"{base}/history/?lang=de-DE")
    assert "Noch zu zahlen" in pdf_text(client.get(f"{base}/statement/pdf/").content)
    assert "Quittung" in pdf_text(client.get(f"{base}/receipts/{name}/pdf/").content)
    other = inside(operator, booking_id=booking.id)
    assert "Left to pay" in pdf_text(other.get(f"{base}/statement/pdf/").content)
    with operator_transaction(operator.id):
        said = {mail.payload["locale"] for mail in EmailMessage.objects.filter(operator_id=operator.id)}
    assert said == {"en-GB"}
