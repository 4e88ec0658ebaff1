"""The emails of the past: rendered and kept as the worker would, and counted as delivered on their day.

Only those of the last two days really go to the mail viewer, which would otherwise open on hundreds of old receipts.
One customer's address is misspelt and one's mailbox is full, so that both can be seen.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from fareledger.config.demo.content.office import Office
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.usecases.receive_mail_event import note_mail_event
from fareledger.usecases.send_email import (
    MailUndeliverable,
    QueuedEmail,
    RenderedEmail,
    send_email,
    waiting_emails,
)

NO_SUCH_DOMAIN = "gmial.example"
FULL_MAILBOX = "zofia.nowak@example.net"
# Whoever has a full mailbox read their mail until so long ago.
_FULL_SINCE = timedelta(days=10)
_SHOWN = timedelta(days=2)
# Looking after every single event would take longer than everything else that happens in the past.
_ROUND = timedelta(hours=3)


class Mailroom:
    """Sends what the offices have queued."""

    def __init__(self, offices: Iterable[Office], *, present: datetime) -> None:
        self._offices = tuple(offices)
        self._present = present
        self._age = timedelta()
        self._came_back: list[bytes] = []
        self._emptied_at: datetime | None = None

    def pass_by(self, moment: datetime) -> None:
        """Empty the outbox unless that happened within the last hours and no mail there is urgent."""
        urgent = any(office.mail_is_urgent for office in self._offices)
        if urgent or self._emptied_at is None or moment - self._emptied_at >= _ROUND:
            self.empty_the_outbox(moment)

    def empty_the_outbox(self, moment: datetime) -> None:
        """Send every queued email; old ones are kept but not handed to the mail server."""
        self._age, self._emptied_at = self._present - moment, moment
        for office in self._offices:
            office.mail_is_urgent = False
            operator = office.operator
            for email_id in waiting_emails(operator.id, since=moment + timedelta(days=1)):
                send_email(operator.id, email_id=email_id, render=render_email, deliver=self._hand_over)
            for event in self._came_back:
                note_mail_event(operator, body=event)
            self._came_back.clear()

    def _hand_over(self, email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        if email.to_email.endswith(f"@{NO_SUCH_DOMAIN}"):
            raise MailUndeliverable("550 5.1.2 The domain of the address does not exist")
        if email.to_email == FULL_MAILBOX and self._age < _FULL_SINCE:
            told = {"message_id": f"<{email.id}@demo>", "event": "bounced"}
            self._came_back.append(json.dumps({**told, "reason": "552 5.2.2 The mailbox is full"}).encode())
        if self._age < _SHOWN:
            deliver_email(email, rendered=rendered)
