"""The emails of the past: rendered and kept as the worker would, and counted as delivered on their day.

Only those of the last two days really go to the mail viewer, which would otherwise open on hundreds of old receipts.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from fareledger.config.demo.content.office import Office
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.usecases.send_email import Deliver, QueuedEmail, RenderedEmail, send_email, waiting_emails

_SHOWN = timedelta(days=2)


class Mailroom:
    """Sends what the offices have queued."""

    def __init__(self, offices: Iterable[Office], *, present: datetime) -> None:
        self._operators = tuple(office.operator for office in offices)
        self._present = present

    def empty_the_outbox(self, moment: datetime) -> None:
        """Send every queued email; old ones are kept but not handed to the mail server."""
        hand_over: Deliver = deliver_email if self._present - moment < _SHOWN else _arrived_long_ago
        for operator in self._operators:
            for email_id in waiting_emails(operator.id, since=moment + timedelta(days=1)):
                send_email(operator.id, email_id=email_id, render=render_email, deliver=hand_over)


def _arrived_long_ago(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """Stand for a mail server of months ago."""
