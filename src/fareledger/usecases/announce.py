"""Turns facts of a booking into messages for the operator's other systems, in the transaction of the fact.

A message is written once a fact and only when somebody listens; each listening address gets a delivery of it, and the
worker is asked to deliver. A message names a booking by its reference: nothing of a person stands in it, and no
comment of staff. What is sent, when and how often is `deliver_webhooks.py`'s affair.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.outgoing import API_VERSION, EVENTS
from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Attempt, Booking, Transaction
from fareledger.persistence.tenancy import found_once
from fareledger.usecases.clock import now

QUEUE: Final = "outgoing"
JOB: Final = "deliver_webhooks"

# What a timeline tells, by the event it is for others; the rest is the operator's own business.
TOLD: Final[Mapping[str, str]] = {
    "booking_created": "booking.created",
    "booking_changed": "booking.changed",
    "booking_cancelled": "booking.changed",
    "booking_reinstated": "booking.changed",
    "plan_edited": "booking.changed",
    "payment_received": "payment.received",
    "refund_paid": "refund.paid",
    "refund_started": "refund.pending",
    "refund_failed": "refund.failed",
}
STATES: Final[Mapping[str, str]] = {
    "processing": "payment.pending",
    "failed": "payment.failed",
    "cancelled": "payment.cancelled",
    "expired": "payment.expired",
    "unknown": "payment.unknown",
}
# What of a change others may read: the names of the fields that changed, these only.
_CHANGES: Final = {
    "sales_price_minor": "sales_price",
    "non_payable_minor": "non_payable",
    "start_date": "start_date",
    "end_date": "end_date",
    "booked_on": "booked_on",
    "package": "package",
    "terms": "terms",
    "status": "status",
    "customer_name": "customer",
    "customer_email": "customer",
    "customer_locale": "customer",
    "travellers": "travellers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One fact for others: its event, its booking, the name under which it is told once, and what it says."""

    event: str
    booking_id: UUID
    source_key: str
    data: Mapping[str, object]

    def __post_init__(self) -> None:
        if self.event not in EVENTS:
            raise ValueError(f"{self.event} is not in the table of events")


def announce(operator_id: UUID, *, news: Sequence[News]) -> int:
    """Write messages and deliveries inside the caller's operator transaction; return how many deliveries.

    A fact told before is not told again. With nobody listening this is one small query a transaction.
    """
    if not news:
        return 0
    listeners = found_once(
        "listeners", find=lambda: queries.rows("outgoing.listeners", arguments={"operator_id": operator_id})
    )
    wanted = {event for listener in listeners for event in listener["events"]}
    heard = [one for one in news if one.event in wanted]
    if not heard:
        return 0
    moment = now()
    messages = _messages(operator_id, news=heard, moment=moment)
    deliveries = [
        {"id": str(new_id()), "endpoint_id": str(listener["id"]), "message_id": message["id"]}
        for message in messages
        for listener in listeners
        if message["kind"] in listener["events"]
    ]
    made = queries.rows(
        "outgoing.announce",
        arguments={
            "operator_id": operator_id,
            "at": moment,
            "messages": json.dumps(messages),
            "deliveries": json.dumps(deliveries),
        },
    )
    for endpoint_id in {row["endpoint_id"] for row in made}:
        enqueue(JOB, queue=QUEUE, operator_id=str(operator_id), endpoint_id=str(endpoint_id))
    return len(made)


def announce_told(booking: Booking, *, kind: str, payload: Mapping[str, object], source_key: str) -> None:
    """Announce what a booking's timeline was just told, if it is of interest to others."""
    announce(
        booking.operator_id,
        news=told_news(booking, kind=kind, payload=payload, source_key=source_key),
    )


def told_news(
    booking: Booking, *, kind: str, payload: Mapping[str, object], source_key: str
) -> Sequence[News]:
    """Make the news of what a timeline is told; none when it is the operator's own business."""
    event = TOLD.get(kind)
    if event is None:
        return ()
    about = _booking if event.startswith("booking.") else _movement
    news = News(
        event=event,
        booking_id=booking.id,
        source_key=f"{event}:{source_key}",
        data=about(booking, kind=kind, payload=payload),
    )
    return (news,)


def announce_rows(rows: Iterable[Transaction]) -> None:
    """Announce rows of a plan that were just saved: opened, closed, deleted, or a row that takes one back.

    A row that is still open after a change is announced by what changed it.
    """
    saved = list(rows)
    if saved:
        announce(saved[0].operator_id, news=[one for row in saved for one in _row_news(row)])


def announce_attempt(attempt: Attempt, *, event: str, key: str) -> None:
    """Announce how an online payment stands; `key` tells this turn of it from others."""
    failed = attempt.failure_code or attempt.failure_message
    data = {
        "attempt_id": str(attempt.id),
        "amount": attempt.amount_minor,
        "currency": attempt.currency,
        "channel": attempt.channel,
        "method": attempt.method,
        "bank": attempt.bank_name,
        "provider": attempt.provider,
        "external_reference": attempt.provider_reference or "",
        "state": attempt.state,
        "failure": {"code": attempt.failure_code, "message": attempt.failure_message} if failed else None,
        "declines": attempt.declines,
    }
    news = News(
        event=event,
        booking_id=attempt.booking_id,
        source_key=f"{event}:{attempt.id}:{key}",
        data={"payment": data},
    )
    announce(attempt.operator_id, news=[news])


def message_body(
    message_id: UUID, *, event: str, at: datetime, reference: str | None, data: Mapping[str, object]
) -> str:
    """Write the text that is signed and sent, the same for every address and every try."""
    content = {
        "id": str(message_id),
        "type": event,
        "created_at": at.isoformat(timespec="microseconds"),
        "api_version": API_VERSION,
        "booking": reference,
        "data": data,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _messages(operator_id: UUID, *, news: Sequence[News], moment: datetime) -> list[dict[str, str]]:
    bookings = Booking.objects.filter(operator_id=operator_id, id__in={one.booking_id for one in news})
    references = dict(bookings.values_list("id", "reference"))
    messages = []
    for one in news:
        message_id = new_id()
        messages.append(
            {
                "id": str(message_id),
                "booking_id": str(one.booking_id),
                "kind": one.event,
                "source_key": one.source_key,
                "body": message_body(
                    message_id,
                    event=one.event,
                    at=moment,
                    reference=references[one.booking_id],
                    data=one.data,
                ),
            }
        )
    return messages


def _row_news(row: Transaction) -> Iterable[News]:
    data = {"transaction": transaction_json(row)}
    events: tuple[str, ...]
    if row.reverses is not None:
        events = ("transaction.reversed", f"{row.kind}.reversed")
    elif row.status == "open":
        events = ("transaction.opened",)
    else:
        events = (f"transaction.{row.status}",)
    for event in events:
        yield News(event=event, booking_id=row.booking_id, source_key=f"{event}:{row.id}", data=data)


def transaction_json(row: Transaction) -> dict[str, object]:
    """Write a row of the plan as the Booking API does, without the comment, which is internal."""
    return {
        "id": str(row.id),
        "kind": row.kind,
        "method": row.method,
        "method_name": row.method_name,
        "type": row.type,
        "provider": row.provider,
        "amount": row.amount_minor,
        "planned_amount": row.planned_minor,
        "due_date": _text(row.due_date),
        "status": row.status,
        "source": row.source,
        "channel": row.channel,
        "closed_at": _text(row.closed_at),
        "value_date": _text(row.value_date),
        "external_reference": row.external_reference,
        "receipt_number": row.receipt_number,
        "split_from": _text(row.split_from),
        "reverses": _text(row.reverses),
    }


def _booking(booking: Booking, *, kind: str, payload: Mapping[str, object]) -> dict[str, object]:
    changed = payload.get("changed")
    names = (
        {_CHANGES[name] for name in changed if name in _CHANGES} if isinstance(changed, Mapping) else set()
    )
    return {
        "change": kind.removeprefix("booking_"),
        "changed": sorted(names),
        "version": booking.version,
        "currency": booking.currency,
        "start_date": _text(booking.start_date),
        "end_date": _text(booking.end_date),
        "cancelled": booking.status == "cancelled",
        "sales_price": booking.sales_price_minor,
        "non_payable": booking.non_payable_minor,
        "payable": booking.sales_price_minor - booking.non_payable_minor,
    }


def _movement(booking: Booking, *, kind: str, payload: Mapping[str, object]) -> dict[str, object]:
    subject = kind.partition("_")[0]
    return {
        subject: {
            "amount": payload["amount_minor"],
            "currency": booking.currency,
            "channel": payload.get("channel", ""),
            "provider": payload.get("provider", "offline"),
            "external_reference": payload.get("external_reference") or payload.get("reference") or "",
            "transaction_id": payload.get("transaction_id"),
            "attempt_id": payload.get("attempt_id"),
        }
    }


def _text(value: date | datetime | UUID | None) -> str | None:
    if value is None or isinstance(value, UUID):
        return None if value is None else str(value)
    return value.isoformat()
