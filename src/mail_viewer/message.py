"""One stored mail, taken apart for showing. Reading only; what a mail claims about itself is shown, not
believed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

SNIPPET_LENGTH = 140


@dataclass(frozen=True)
class Attachment:
    """A part of a mail that is not its body. `content_id` is set for pictures the HTML body refers to."""

    number: int
    name: str
    content_type: str
    content_id: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """A mail as people and tests want it. `received_at` is the viewer's own clock, in UTC."""

    id: str
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[Attachment, ...]

    @property
    def snippet(self) -> str:
        """The beginning of the text, on one line."""
        return " ".join(self.text.split())[:SNIPPET_LENGTH]

    def as_json(self) -> dict[str, object]:
        """Return what the JSON interface says of this mail."""
        return {
            "id": self.id,
            "to": list(self.recipients),
            "from": self.sender,
            "subject": self.subject,
            "received_at": self.received_at.isoformat().replace("+00:00", "Z"),
            "message_id": self.message_id,
            "text": self.text,
            "html": self.html,
            "headers": [list(pair) for pair in self.headers],
            "attachments": [
                {"name": each.name, "content_type": each.content_type, "size_bytes": len(each.content)}
                for each in self.attachments
            ],
        }


def read_message(raw: bytes, *, id: str) -> Message:
    """Take a stored mail apart; odd mails give odd texts, never an error. `id` begins with nanoseconds
    since 1970.
    """
    parsed = BytesParser(policy=policy.default.clone(raise_on_defect=False)).parsebytes(raw)
    text, html = _body(parsed, kind="plain"), _body(parsed, kind="html")
    return Message(
        id=id,
        received_at=datetime.fromtimestamp(int(id.partition("-")[0]) / 1e9, tz=UTC),
        sender=_header(parsed, name="From") or _header(parsed, name="Return-Path"),
        recipients=tuple(str(each) for each in parsed.get_all("Delivered-To", [])),
        subject=_header(parsed, name="Subject"),
        message_id=_header(parsed, name="Message-ID"),
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        text=text or _without_tags(html),
        html=html,
        attachments=tuple(_attachments(parsed)),
    )


def _header(parsed: EmailMessage, *, name: str) -> str:
    return str(parsed.get(name, "")).strip()


def _body(parsed: EmailMessage, *, kind: str) -> str:
    part = parsed.get_body((kind,))
    return _content(part) if part is not None else ""


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, UnicodeError, KeyError):  # a character set nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _attachments(parsed: EmailMessage) -> list[Attachment]:
    found: list[Attachment] = []
    bodies = (parsed.get_body(("plain",)), parsed.get_body(("html",)))
    for part in parsed.walk():
        if part.is_multipart() or any(part is body for body in bodies):
            continue
        content = part.get_payload(decode=True)
        number = len(found) + 1
        found.append(
            Attachment(
                number=number,
                name=part.get_filename() or f"part-{number}",
                content_type=part.get_content_type(),
                content_id=str(part.get("Content-ID", "")).strip("<> "),
                content=content if isinstance(content, bytes) else b"",
            )
        )
    return found


def _without_tags(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?is)<(style|script|head)\b.*?</\1>", " ", html))
