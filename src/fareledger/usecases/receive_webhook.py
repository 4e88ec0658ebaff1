"""Takes a webhook in: checks that it is the provider's, stores it byte for byte, and answers. Nothing else.

What it means is worked out later by `process_webhook`, from what the provider itself answers when asked. A
webhook that is forged, altered, too old or too large leaves a short audit row and nothing more.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ForgedWebhook
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.provider_accounts import open_gateway

log = logging.getLogger(__name__)

MAX_WEBHOOK_BYTES = 256 * 1024
# Of a refused body only the beginning is kept: enough to see what somebody tried, too little to fill a disk.
_KEPT_OF_REFUSED = 1024
_KEPT_HEADERS = frozenset({"content-type", "user-agent", "sandbox-signature"})


class WebhookRefused(Refused):
    """Not from the provider, or not as the provider sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(code="webhook_refused", message="This webhook is not accepted.")
        self.reason = reason


class WebhookTooLarge(WebhookRefused):
    """More than any real event of the provider needs."""


@dataclass(frozen=True)
class Received:
    """The inbox row of a webhook, and whether it was new."""

    event_id: UUID | None
    new: bool


def receive_webhook(
    operator: Operator, *, provider: str, body: bytes, headers: Mapping[str, str]
) -> Received:
    """Verify and store one webhook and queue its processing; a second delivery of it is stored no more.

    Header names in lower case. Raises WebhookRefused, WebhookTooLarge and NoProviderAccount.
    """
    kept = {name: value[:500] for name, value in headers.items() if name in _KEPT_HEADERS}
    if len(body) > MAX_WEBHOOK_BYTES:
        audit_refused(operator, provider=provider, body=body, headers=kept, reason="body too large")
        raise WebhookTooLarge("body too large")
    gateway = open_gateway(operator, provider=provider)
    try:
        # Signatures carry the time of real clocks, whatever a demo's clock says.
        notice = gateway.read_webhook(body, headers=headers, now=datetime.now(UTC))
    except ForgedWebhook as forgery:
        audit_refused(operator, provider=provider, body=body, headers=kept, reason=str(forgery))
        raise WebhookRefused(str(forgery)) from forgery
    with operator_transaction(operator.id):
        row = {
            **inbox_row(operator, provider=provider, body=body, headers=kept),
            "event_id": notice.event_id,
            "event_type": notice.event_type,
            "status": "received",
            "problem": "",
            "references": [notice.payment_reference or notice.payout_reference or ""],
        }
        stored = queries.row("webhook.store", arguments=row)
        if stored is not None:
            enqueue(
                "process_webhook",
                once=f"webhook:{stored['id']}",
                operator_id=str(operator.id),
                event_id=str(stored["id"]),
            )
    reached("after_webhook_stored")
    return Received(event_id=stored["id"] if stored else None, new=stored is not None)


def audit_refused(
    operator: Operator, *, provider: str, body: bytes, headers: Mapping[str, str], reason: str
) -> None:
    """Keep that a webhook was refused, why, and the beginning of it, in a transaction of its own."""
    log.warning("webhook for %s refused: %s", operator.slug, reason)
    with operator_transaction(operator.id):
        row = {
            **inbox_row(operator, provider=provider, body=body[:_KEPT_OF_REFUSED], headers=headers),
            "event_id": "",
            "event_type": "",
            "status": "refused",
            "problem": reason,
            "references": [],
        }
        queries.row("webhook.store", arguments=row)


def inbox_row(
    operator: Operator, *, provider: str, body: bytes, headers: Mapping[str, str]
) -> dict[str, object]:
    """Return what is kept of every delivery, genuine or refused."""
    return {
        "operator_id": operator.id,
        "id": new_id(),
        "provider": provider,
        "body": body,
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "headers": json.dumps(dict(headers)),
        "received_at": now(),
    }
