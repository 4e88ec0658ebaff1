"""The jobs of emails: the use cases decide, the shared templates draw, the mail server takes."""

from uuid import UUID

from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.faces.worker.jobs import every, job
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.send_email import send_email
from fareledger.usecases.send_reminders import queue_reminders, send_reminders


@job("send_email")
def send_email_job(*, operator_id: str, email_id: str) -> None:
    """Send one email of the outbox."""
    send_email(UUID(operator_id), email_id=UUID(email_id), render=render_email, deliver=deliver_email)


@job("send_reminders")
def send_reminders_job(*, operator_id: str) -> None:
    """Queue the reminders of one operator's day."""
    send_reminders(operator_by_id(UUID(operator_id)))


@every("20 * * * *", name="queue_reminders")
def queue_reminders_job(timestamp: int) -> None:
    """Queue them for every operator. Hourly, because days begin at other hours in other zones."""
    queue_reminders()
