"""The job that sends an email: the use case decides, the shared templates draw, the mail server takes."""

from uuid import UUID

from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.faces.worker.jobs import job
from fareledger.usecases.send_email import send_email


@job("send_email")
def send_email_job(*, operator_id: str, email_id: str) -> None:
    """Send one email of the outbox."""
    send_email(UUID(operator_id), email_id=UUID(email_id), render=render_email, deliver=deliver_email)
