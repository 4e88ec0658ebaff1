"""A mail server of a few lines that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailSink:
    """The messages that were delivered, in order."""

    url: str = ""
    messages: list[Message] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope, /) -> str:
        """Keep a message; aiosmtpd calls this."""
        self.messages.append(message_from_bytes(bytes(envelope.original_content or b"")))
        return "250 kept"


@contextmanager
def mail_sink(port: int) -> Iterator[MailSink]:
    """Listen for mail on a port of this machine."""
    sink = MailSink(url=f"smtp://127.0.0.1:{port}")
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
