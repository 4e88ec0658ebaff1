"""The SMTP side: it takes every mail for everybody, unless it was told to refuse the next few."""

import asyncio

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, Envelope, Session

from mail_viewer.mailbox import Mailbox

LARGEST_MAIL_BYTES = 25 * 1024 * 1024


class PostOffice(Sink):
    """Puts mails into the mailbox. `refuse_next` counts down: so many mails are put off with SMTP 451."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Take the mailbox to fill."""
        self._mailbox = mailbox
        self.refuse_next = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail and answer the sender."""
        if self.refuse_next > 0:
            self.refuse_next -= 1
            return "451 4.3.0 Put off on purpose; try again later"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        message_id = self._mailbox.store(
            raw, sender=envelope.mail_from or "", recipients=list(envelope.rcpt_tos)
        )
        return f"250 2.0.0 Kept as {message_id}"


async def open_post_office(office: PostOffice, *, host: str, port: int) -> asyncio.Server:
    """Listen for mail; port 0 chooses one. Close the returned server to stop."""
    loop = asyncio.get_running_loop()

    def answer() -> SMTP:
        return SMTP(
            office,
            hostname="mail.invalid",
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            loop=loop,
        )

    return await loop.create_server(answer, host=host, port=port)
