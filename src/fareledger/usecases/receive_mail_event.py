"""Takes in what a mail service tells of an email after it had taken it: that it bounced, or was called unwanted.

Stored first and answered, understood later, like every webhook. The signature is made as the sandbox acquirer makes
its own, with a secret of the installation: one mail service sends for all operators, and the address names whose email
it is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ForgedWebhook
from fareledger.providers.sandbox.signature import check
from fareledger.usecases.clock import now
from fareledger.usecases.receive_webhook import (
    MAX_WEBHOOK_BYTES,
    Received,
    WebhookRefused,
    WebhookTooLarge,
    audit_refused,
    inbox_row,
)

MAIL: Final = "mail"
SIGNATURE_HEADER: Final = "mail-signature"
_FIELDS: Final = ("message_id", "event", "reason")
_LONGEST_REASON: Final = 500
_UNWANTED: Final = "The recipient called it unwanted"


def receive_mail_event(operator: Operator, *, body: bytes, headers: Mapping[str, str]) -> Received:
    """Verify and store one event and queue its processing; a second delivery of it is stored no more.

    Header names in lower case. Raises WebhookRefused and WebhookTooLarge.
    """
    signature = headers.get(SIGNATURE_HEADER, "")
    kept = {SIGNATURE_HEADER: signature[:500]}
    if len(body) > MAX_WEBHOOK_BYTES:
        audit_refused(operator, provider=MAIL, body=body, headers=kept, reason="body too large")
        raise WebhookTooLarge("body too large")
    try:
        # Signatures carry the time of real clocks, whatever a demo's clock says.
        secrets = settings.ENVIRONMENT.mail_webhook_secrets
        check(signature, body=body, secrets=secrets, now=datetime.now(UTC))
        told = read_mail_event(body)
    except ForgedWebhook as forgery:
        audit_refused(operator, provider=MAIL, body=body, headers=kept, reason=str(forgery))
        raise WebhookRefused(str(forgery)) from forgery
    with operator_transaction(operator.id):
        row = {
            **inbox_row(operator, provider=MAIL, body=body, headers=kept),
            "event_id": f"{told['message_id']}:{told['event']}"[:120],
            "event_type": told["event"],
            "status": "received",
            "problem": "",
            "references": [told["message_id"]],
        }
        stored = queries.row("webhook.store", arguments=row)
        if stored is not None:
            event_id = str(stored["id"])
            enqueue(
                "process_webhook",
                once=f"webhook:{event_id}",
                operator_id=str(operator.id),
                event_id=event_id,
            )
    return Received(event_id=stored["id"] if stored else None, new=stored is not None)


def read_mail_event(body: bytes) -> dict[str, str]:
    """Return `message_id`, `event` and `reason` of an event. Raises ForgedWebhook for anything that is none."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        raise ForgedWebhook("not JSON") from None
    told = told if type(told) is dict else {}
    fields = {name: told[name] for name in _FIELDS if isinstance(told.get(name), str)}
    if len(fields) < len(_FIELDS):
        raise ForgedWebhook("not an event of a mail service")
    return {**fields, "reason": " ".join(fields["reason"].split())[:_LONGEST_REASON]}


def note_mail_event(operator: Operator, *, body: bytes) -> tuple[str, str]:
    """Record a stored event at its email; return the status of the event and what is wrong with it, if anything.

    An event about an email that is marked already, or of another operator, changes nothing.
    """
    told = read_mail_event(body)
    if told["event"] not in ("bounced", "complained"):
        return "ignored", f"nothing is done about {told['event'][:40]}"
    email_id = _our_id(told["message_id"])
    with operator_transaction(operator.id):
        emails = EmailMessage.objects.select_for_update().filter(operator_id=operator.id)
        row = emails.filter(id=email_id).first() if email_id else None
        if row is None:
            return "exception", "no email of ours has this Message-ID"
        if row.status not in ("bounced", "failed"):
            _mark(row, told=told)
    return "processed", ""


def _our_id(message_id: str) -> UUID | None:
    """Read our own id out of a Message-ID such as `<0192…@example.com>`."""
    try:
        return UUID(message_id.strip("<> ").partition("@")[0])
    except ValueError:
        return None


def _mark(row: EmailMessage, *, told: Mapping[str, str]) -> None:
    unwanted = told["event"] == "complained"
    row.status = "bounced"
    row.problem = f"{_UNWANTED}: {told['reason']}" if unwanted and told["reason"] else told["reason"]
    row.problem = row.problem or (_UNWANTED if unwanted else "The mail service gave no reason")
    row.save()
    if row.booking_id is None:
        return
    what = row.kind.replace("_", " ")
    append_timeline(
        Event(
            operator_id=row.operator_id,
            booking_id=row.booking_id,
            kind="email_bounced",
            actor="Mail service",
            occurred_at=now(),
            payload={
                "text": f"Email called unwanted by its recipient ({what})"
                if unwanted
                else f"Email came back undelivered ({what})",
                "email_id": str(row.id),
                "email_kind": row.kind,
            },
            source_key=f"email_bounced:{row.id}",
        )
    )
