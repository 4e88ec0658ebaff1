"""The mail viewer as a process: mails go in by SMTP and come out as JSON and pages."""

import json
import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from tests.support.webhook_box import webhook_box

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Running:
    """A viewer that answers."""

    pages: httpx.Client
    smtp_port: int

    def send(self, mail: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as connection:
            connection.send_message(mail)


@pytest.fixture
def viewer(tmp_path: Path) -> Iterator[Running]:
    with viewing(tmp_path / "mail") as running:
        yield running


@contextmanager
def viewing(folder: Path, *more: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "mail_viewer", "--data-dir", str(folder), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"mail viewer listening on (http://[\d.:]+) and smtp://[\d.]+:(\d+)\n", line)
    assert found
    with httpx.Client(base_url=found[1]) as client:
        yield Running(client, int(found[2]))
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode in (0, -15)


def receipt() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Acme Travel <payments@acme.example>"
    mail["To"] = "Zoë Ngata <zoe@example.org>"
    mail["Subject"] = "Received – £2,500.00"
    mail["Message-ID"] = "<one@acme.example>"
    mail.set_content("Hello Zoë, we have £2,500.00.\n")
    mail.add_alternative(
        '<html><head></head><body><a href="http://127.0.0.1/x">See it</a><img src="cid:logo"></body></html>',
        "html",
    )
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="receipt/1.pdf")
    return mail


def test_a_mail_comes_out_as_it_went_in(viewer: Running) -> None:
    viewer.send(receipt())
    (mail,) = viewer.pages.get("/api/messages").json()
    assert mail["to"] == ["zoe@example.org"]
    assert mail["from"] == "Acme Travel <payments@acme.example>"
    assert mail["subject"] == "Received – £2,500.00"
    assert mail["message_id"] == "<one@acme.example>"
    assert mail["text"] == "Hello Zoë, we have £2,500.00.\n"
    assert "See it" in mail["html"]
    assert mail["attachments"] == [
        {"name": "receipt/1.pdf", "content_type": "application/pdf", "size_bytes": 8}
    ]
    assert viewer.pages.get(f"/api/messages/{mail['id']}").json() == mail


def test_pages_show_a_mail_without_running_it(viewer: Running) -> None:
    viewer.send(receipt())
    (mail,) = viewer.pages.get("/api/messages").json()
    assert "Received – £2,500.00" in viewer.pages.get("/").text
    page = viewer.pages.get(f"/messages/{mail['id']}").text
    assert "Zoë" in page
    assert 'sandbox="allow-popups' in page
    frame = viewer.pages.get(f"/messages/{mail['id']}/html")
    assert '<head><base target="_top"></head>' in frame.text
    assert frame.headers["content-security-policy"].startswith("sandbox allow-popups ")
    part = viewer.pages.get(f"/messages/{mail['id']}/parts/1")
    assert part.content == b"%PDF-1.7"
    assert part.headers["content-disposition"] == 'attachment; filename="receipt_1.pdf"'
    assert viewer.pages.get(f"/messages/{mail['id']}/raw").text.startswith(
        "Return-Path: <payments@acme.example>"
    )


def test_a_mail_cannot_break_the_page(viewer: Running) -> None:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "zoe@example.org", "<script>alert(1)</script>"
    mail.set_content("<script>alert(2)</script>")
    with smtplib.SMTP("127.0.0.1", viewer.smtp_port) as connection:
        connection.sendmail("", ["zoe@example.org"], mail.as_bytes())
    for path in ("/", f"/messages/{viewer.pages.get('/api/messages').json()[0]['id']}"):
        assert "<script>alert" not in viewer.pages.get(path).text


def test_newest_first_and_narrowed(viewer: Running) -> None:
    for number in range(3):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            "a@example.org",
            f"to{number}@example.org",
            f"Mail {number}",
        )
        mail.set_content("text")
        viewer.send(mail)
    subjects = [each["subject"] for each in viewer.pages.get("/api/messages").json()]
    assert subjects == ["Mail 2", "Mail 1", "Mail 0"]
    assert len(viewer.pages.get("/api/messages?to=TO1").json()) == 1
    assert [each["subject"] for each in viewer.pages.get("/api/messages?newest=1").json()] == ["Mail 2"]
    assert viewer.pages.delete("/api/messages").json() == {"deleted": 3}
    assert viewer.pages.get("/api/messages").json() == []


def test_mails_are_put_off_when_asked(viewer: Running) -> None:
    assert viewer.pages.post("/api/faults", json={"refuse": 1}).json() == {"refuse": 1}
    with pytest.raises(smtplib.SMTPDataError) as refused:
        viewer.send(receipt())
    assert refused.value.smtp_code == 451
    viewer.send(receipt())
    assert len(viewer.pages.get("/api/messages").json()) == 1
    assert viewer.pages.post("/api/faults", json={"refuse": "many"}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/messages/nope", "/api/messages/..%2Fsecrets", "/messages/1-a/raw", "/messages/%2e%2e"]
)
def test_what_is_not_there_is_not_found(viewer: Running, path: str) -> None:
    assert viewer.pages.get(path).status_code == 404


def test_a_mail_can_come_back(tmp_path: Path) -> None:
    (tmp_path / "tell.key").write_text("shared secret")
    with webhook_box() as box:
        with viewing(tmp_path, "--tell", f"{box.url}{{stream}}") as viewer:
            mail = receipt()
            mail["X-Mail-Stream"] = "acme"
            viewer.send(mail)
            (kept,) = viewer.pages.get("/api/messages").json()
            page = f"/messages/{kept['id']}"
            assert "Bounce this" in viewer.pages.get(page).text
            answer = viewer.pages.post(f"{page}/bounce")
            assert answer.status_code == 303
            assert "answered 204" in viewer.pages.get(answer.headers["location"]).text
            foreign = viewer.pages.post(f"{page}/bounce", headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403
        (letter,) = box.letters
    told = json.loads(letter.body)
    assert told == {
        "message_id": "<one@acme.example>",
        "event": "bounced",
        "reason": "550 5.1.1 The mailbox does not exist",
    }


def test_without_an_address_nothing_comes_back(viewer: Running) -> None:
    viewer.send(receipt())
    (kept,) = viewer.pages.get("/api/messages").json()
    assert "Bounce this" not in viewer.pages.get(f"/messages/{kept['id']}").text
    assert viewer.pages.post(f"/messages/{kept['id']}/bounce").status_code == 404


def test_it_plays_another_system_that_is_told_something(viewer: Running) -> None:
    answer = viewer.pages.post("/systems/crm", json={"type": "booking.created", "booking": "TRV-1"})
    assert (answer.status_code, answer.json()) == (200, {"taken": "booking.created", "booking": "TRV-1"})
