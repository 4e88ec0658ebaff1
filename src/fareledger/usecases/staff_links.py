"""The one-time links by which staff come in or set a new password, and the emails that carry them.

As with the customers' links, the outbox keeps the seed a token is made from, never the token, and the tables keep its
hash. What the emails say is drawn when they are sent.
"""

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from django.conf import settings
from django.utils.crypto import salted_hmac

from fareledger.domain.identity import new_id
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from fareledger.usecases.portal_tokens import token_hash

StaffEmailKind = Literal["staff_invitation", "staff_password_link", "staff_notice"]
LinkState = Literal["ready", "used", "expired", "replaced", "unknown"]

MAILS_AN_HOUR: Final = 3
# Where the link in an email leads, by the kind of the email.
PATHS: Final = {"staff_invitation": "invitation", "staff_password_link": "new-password"}


@dataclass(frozen=True, kw_only=True)
class StaffLetter:
    """An email to somebody who works for the operator: what it is, the fact that makes it unique, and what it says."""

    kind: StaffEmailKind
    source_key: str
    to_email: str
    to_name: str
    payload: dict[str, object]


def staff_token(seed: str) -> str:
    """Return the token of the link that was made from `seed`: 256 bits, 43 characters."""
    digest = salted_hmac("fareledger.staff_link", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def staff_link_url(operator: Operator, *, kind: str, token: str) -> str:
    """Return the address in an email of this kind."""
    return f"{settings.ENVIRONMENT.base_url}/office/{PATHS[kind]}/{operator.slug}/{token}/"


def queue_staff_link(operator: Operator, *, letter: StaffLetter, seed: str, expires_at: datetime) -> None:
    """Queue an email with a link, inside the caller's operator transaction."""
    facts = {"link_seed": seed, "expires_at": expires_at.isoformat()}
    queue_staff_email(operator, letter=replace(letter, payload={**letter.payload, **facts}))


def queue_staff_email(operator: Operator, *, letter: StaffLetter) -> None:
    """Queue an email and the job that sends it, inside the caller's operator transaction."""
    row = EmailMessage(
        operator_id=operator.id,
        id=new_id(),
        booking_id=None,
        kind=letter.kind,
        source_key=letter.source_key,
        to_email=letter.to_email,
        payload={"to_name": letter.to_name, **letter.payload},
        queued_at=now(),
    )
    row.save(force_insert=True)
    enqueue("send_email", operator_id=str(operator.id), email_id=str(row.id))


def mailed_enough(operator: Operator, *, kind: StaffEmailKind, to_email: str) -> bool:
    """Say whether this address has had as many such emails as one hour allows."""
    recent = EmailMessage.objects.filter(
        operator_id=operator.id, kind=kind, to_email=to_email, queued_at__gt=now() - timedelta(hours=1)
    )
    return recent.count() >= MAILS_AN_HOUR


def link_source(kind: StaffEmailKind, *, seed: str) -> str:
    """Return the source key of the email that carries the link made from `seed`."""
    return f"{kind}:{token_hash(staff_token(seed))}"
