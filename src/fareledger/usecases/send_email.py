"""Sends one email of the outbox, in three steps: claim and read, hand to the mail server, record.

How the words are drawn and how a mail server is spoken to are given in by the worker. A message keeps its
Message-ID over every try, so that a copy that was sent twice after a crash is recognised as one.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from django.db.models import Q

from fareledger.persistence.exclusive import alone_with
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases import crash_points
from fareledger.usecases.clock import now
from fareledger.usecases.show_receipt import Receipt, ReceiptNotFound, show_receipt

# Seconds to wait after each try that failed; after the last one a person must look.
RETRY_LADDER_S: Final = (10, 60, 300, 1800, 7200, 21600, 86400)
_A_TRY_LASTS_S: Final = 60
CONFIRMATIONS: Final = ("receipt", "refund_confirmation")
log = logging.getLogger(__name__)


class MailUndeliverable(Exception):
    """The mail server refused this message for good, such as an address that does not exist."""


class MailServerUnavailable(Exception):
    """The mail server did not take the message; sending it again may help."""


@dataclass(frozen=True, kw_only=True)
class QueuedEmail:
    """An email of the outbox, ready for its words to be drawn; `payload` holds the facts as they were.

    An email that confirms a movement brings its `receipt`, so that the paper that goes with it is the portal's.
    """

    id: UUID
    kind: str
    operator: Operator
    booking_id: UUID | None
    to_email: str
    queued_at: datetime
    payload: dict[str, Any]
    receipt: Receipt | None = None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with an email."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A PNG that goes with an email and that its HTML shows as "cid:" and this name."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class RenderedEmail:
    """An email in words. `hidden` are secrets in its bodies, blotted out in the copy that is kept."""

    subject: str
    text: str
    html: str
    hidden: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[Picture, ...] = ()

    def kept(self, body: str) -> str:
        """Return a body as it may be stored."""
        for secret in self.hidden:
            body = body.replace(secret, "•" * 8)
        return body


Render = Callable[[QueuedEmail], RenderedEmail]


class Deliver(Protocol):
    """Hands an email to a mail server. May raise MailUndeliverable and MailServerUnavailable."""

    def __call__(self, email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        """Return once the server has taken the email."""


def send_email(operator_id: UUID, *, email_id: UUID, render: Render, deliver: Deliver) -> bool:
    """Send one queued email; returns whether it is sent now.

    A second worker with the same email returns False at once. `deliver` may raise MailUndeliverable or
    MailServerUnavailable; then the row says so, and for the latter a later try is queued, as it is for an email that
    could not be drawn.
    """
    with alone_with(operator_id, text=f"email {email_id}") as claimed:
        queued = _claim(operator_id, email_id=email_id) if claimed else None
        if queued is None:
            return False
        try:
            rendered = render(replace(queued, receipt=_receipt_of(queued)))
        except Exception as trouble:  # whatever it is, the email must not be lost
            log.warning("email %s could not be drawn", queued.id, exc_info=True)
            _record_failure(queued, problem=f"It could not be drawn: {trouble}", final=False)
            return False
        crash_points.reached("before_mail")
        try:
            deliver(queued, rendered=rendered)
        except MailUndeliverable as refusal:
            _record_failure(queued, problem=str(refusal), final=True)
            return False
        except MailServerUnavailable as trouble:
            _record_failure(queued, problem=str(trouble), final=False)
            return False
        crash_points.reached("after_mail")
        _record_sent(queued, rendered=rendered)
    return True


def overdue(since: datetime) -> Q:
    """Return the condition of emails whose next try should have begun before `since` and has not.

    An email that failed before waits out its ladder first; a job that was lost with its worker is found here.
    """
    condition = Q()
    for tries in range(len(RETRY_LADDER_S) + 1):
        waited = timedelta(seconds=sum(RETRY_LADDER_S[:tries]) + tries * _A_TRY_LASTS_S)
        condition |= Q(tries=tries, queued_at__lt=since - waited)
    return condition & Q(status="queued")


def waiting_emails(operator_id: UUID, *, since: datetime) -> list[UUID]:
    """Return the emails that were queued before `since` and are neither sent nor failed, oldest first."""
    with operator_transaction(operator_id):
        waiting = EmailMessage.objects.filter(operator_id=operator_id, status="queued", queued_at__lt=since)
        return list(waiting.order_by("queued_at").values_list("id", flat=True))


def _claim(operator_id: UUID, *, email_id: UUID) -> QueuedEmail | None:
    """Read the email if it still waits; one that tells of a link that has run out is given up instead."""
    operator = by_id(operator_id)
    with operator_transaction(operator_id):
        row = EmailMessage.objects.filter(operator_id=operator_id, id=email_id, status="queued").first()
        if row is None:
            return None
        expires_at = row.payload.get("expires_at")
        if expires_at and datetime.fromisoformat(expires_at) <= now():
            _give_up(row, problem="The link in it had run out before it could be sent")
            return None
        return QueuedEmail(
            id=row.id,
            kind=row.kind,
            operator=operator,
            booking_id=row.booking_id,
            to_email=row.to_email,
            queued_at=row.queued_at,
            payload=row.payload,
        )


def _receipt_of(queued: QueuedEmail) -> Receipt | None:
    """Read the receipt that a confirmation tells of; money without one goes without paper."""
    name = queued.payload.get("receipt")
    if queued.kind not in CONFIRMATIONS or not name or queued.booking_id is None:
        return None
    try:
        return show_receipt(queued.operator, booking_id=queued.booking_id, name=str(name))
    except ReceiptNotFound:
        return None


def _record_sent(queued: QueuedEmail, *, rendered: RenderedEmail) -> None:
    with operator_transaction(queued.operator.id):
        row = _locked(queued)
        row.sent_at = now()
        if row.status != "bounced":  # it may come back before we have written down that it left
            row.status, row.problem = "sent", ""
        row.tries += 1
        row.subject = rendered.subject
        row.text_body, row.html_body = rendered.kept(rendered.text), rendered.kept(rendered.html)
        row.payload = {name: fact for name, fact in row.payload.items() if name != "link_seed"}
        row.save()
        _tell(row, kind="email_sent", text=f"Email sent: {_title(rendered)}")


def _record_failure(queued: QueuedEmail, *, problem: str, final: bool) -> None:
    with operator_transaction(queued.operator.id):
        row = _locked(queued)
        row.problem = problem[:500]
        row.tries += 1
        row.save()
        if final or row.tries > len(RETRY_LADDER_S):
            _give_up(row, problem=problem[:500])
            return
        enqueue(
            "send_email",
            delay_s=RETRY_LADDER_S[row.tries - 1],
            operator_id=str(row.operator_id),
            email_id=str(row.id),
        )


def _locked(queued: QueuedEmail) -> EmailMessage:
    return EmailMessage.objects.select_for_update().get(operator_id=queued.operator.id, id=queued.id)


def _give_up(row: EmailMessage, *, problem: str) -> None:
    row.status, row.problem = "failed", problem
    row.save()
    _tell(row, kind="email_failed", text=f"Email could not be sent ({row.kind.replace('_', ' ')})")


def _title(rendered: RenderedEmail) -> str:
    return rendered.kept(rendered.subject)


def _tell(row: EmailMessage, *, kind: str, text: str) -> None:
    if row.booking_id is None:
        return  # an email to staff is no part of any booking's story
    append_timeline(
        Event(
            operator_id=row.operator_id,
            booking_id=row.booking_id,
            kind=kind,
            actor="Worker",
            occurred_at=now(),
            payload={"text": text, "email_id": str(row.id), "email_kind": row.kind},
            source_key=f"{kind}:{row.id}",
        )
    )
