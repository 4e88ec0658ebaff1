"""The log of what an address was told: every delivery, every try, every answer; and telling it again.

Sending again makes a delivery of its own with the same message, so the other side sees the same id. Nothing here
calls anybody; the worker does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict, NotFound
from fareledger.domain.identity import new_id
from fareledger.domain.outgoing import TEST
from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import (
    Booking,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
    WebhookTry,
)
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.announce import JOB, QUEUE, message_body
from fareledger.usecases.clock import now
from fareledger.usecases.manage_webhooks import WebhookNotFound

PAGE_SIZE: Final = 50
STATUSES: Final = ("", "waiting", "delivered", "failed")


class DeliveryNotFound(NotFound):
    """This webhook has no such delivery."""

    def __init__(self) -> None:
        super().__init__(code="delivery_not_found", message="This delivery is not there.")


class WebhookDisabled(Conflict):
    """Nothing is sent to an address that is disabled."""

    def __init__(self) -> None:
        super().__init__(
            code="webhook_disabled", message="This webhook is disabled. Enable it, then send again."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDelivery:
    """One line of the log; `response_status` and `problem` are those of the last try."""

    id: UUID
    message_id: UUID
    replay_of: UUID | None
    status: str
    tries: int
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    kind: str
    reference: str | None
    response_status: int | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLog:
    """One page of the log, newest first; `next_before` is where the older ones begin, if there are any."""

    deliveries: tuple[LoggedDelivery, ...]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedTry:
    """One try: what was answered, or why nothing was."""

    at: datetime
    response_status: int | None
    response_excerpt: str
    problem: str
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery whole: the message's text and every try, oldest first."""

    id: UUID
    endpoint_id: UUID
    message_id: UUID
    replay_of: UUID | None
    status: str
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    kind: str
    body: str
    reference: str | None
    tries: tuple[LoggedTry, ...]


def delivery_log(
    operator: Operator, *, endpoint_id: UUID, actor: Actor, status: str = "", before: UUID | None = None
) -> DeliveryLog:
    """Return one page of an address's log. Raises NotPermitted."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_snapshot(operator.id):
        mine = WebhookDelivery.objects.filter(operator_id=operator.id, endpoint_id=endpoint_id)
        last = mine.filter(id=before).first() if before else None
        rows = queries.rows(
            "outgoing.deliveries",
            arguments={
                "operator_id": operator.id,
                "endpoint_id": endpoint_id,
                "status": status,
                "before_at": last.created_at if last else None,
                "before_id": last.id if last else None,
                "limit": PAGE_SIZE + 1,
            },
        )
    shown = tuple(LoggedDelivery(**row) for row in rows[:PAGE_SIZE])
    return DeliveryLog(deliveries=shown, next_before=shown[-1].id if len(rows) > PAGE_SIZE else None)


def show_delivery(operator: Operator, *, endpoint_id: UUID, delivery_id: UUID, actor: Actor) -> DeliveryView:
    """Return one delivery whole. Raises NotPermitted and DeliveryNotFound."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_snapshot(operator.id):
        delivery = _delivery(operator, endpoint_id=endpoint_id, delivery_id=delivery_id)
        message = WebhookMessage.objects.get(operator_id=operator.id, id=delivery.message_id)
        bookings = Booking.objects.filter(operator_id=operator.id)
        booking = bookings.filter(id=message.booking_id).first() if message.booking_id else None
        tries = WebhookTry.objects.filter(operator_id=operator.id, delivery_id=delivery.id).order_by(
            "at", "id"
        )
        return DeliveryView(
            id=delivery.id,
            endpoint_id=endpoint_id,
            message_id=message.id,
            replay_of=delivery.replay_of,
            status=delivery.status,
            next_try_at=delivery.next_try_at,
            created_at=delivery.created_at,
            finished_at=delivery.finished_at,
            kind=message.kind,
            body=message.body,
            reference=booking.reference if booking else None,
            tries=tuple(
                LoggedTry(
                    at=one.at,
                    response_status=one.response_status,
                    response_excerpt=one.response_excerpt,
                    problem=one.problem,
                    took_ms=one.took_ms,
                )
                for one in tries
            ),
        )


def send_again(operator: Operator, *, endpoint_id: UUID, delivery_id: UUID, actor: Actor) -> UUID:
    """Send a message once more, as a delivery of its own; return its id.

    Raises NotPermitted, DeliveryNotFound and WebhookDisabled.
    """
    actor.require(Permission.MANAGE_KEYS)
    with operator_transaction(operator.id):
        original = _delivery(operator, endpoint_id=endpoint_id, delivery_id=delivery_id)
        return _send(operator, endpoint_id=endpoint_id, message_id=original.message_id, replay_of=original.id)


def send_test(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> UUID:
    """Send an event that tells of nothing, whatever the address listens to; return the delivery's id.

    It is tried once. Raises NotPermitted, WebhookNotFound and WebhookDisabled.
    """
    actor.require(Permission.MANAGE_KEYS)
    message_id, moment = new_id(), now()
    data = {"sent_by": "the back office"}
    with operator_transaction(operator.id):
        WebhookMessage.objects.create(
            operator_id=operator.id,
            id=message_id,
            booking_id=None,
            kind=TEST,
            source_key=f"{TEST}:{message_id}",
            body=message_body(message_id, event=TEST, at=moment, reference=None, data=data),
            created_at=moment,
        )
        return _send(operator, endpoint_id=endpoint_id, message_id=message_id, replay_of=None)


def _send(operator: Operator, *, endpoint_id: UUID, message_id: UUID, replay_of: UUID | None) -> UUID:
    endpoint = WebhookEndpoint.objects.filter(operator_id=operator.id, id=endpoint_id).first()
    if endpoint is None:
        raise WebhookNotFound
    if endpoint.disabled_at is not None:
        raise WebhookDisabled
    moment = now()
    delivery = WebhookDelivery.objects.create(
        operator_id=operator.id,
        id=new_id(),
        endpoint_id=endpoint_id,
        message_id=message_id,
        replay_of=replay_of,
        next_try_at=moment,
        created_at=moment,
    )
    enqueue(JOB, queue=QUEUE, operator_id=str(operator.id), endpoint_id=str(endpoint_id))
    return delivery.id


def _delivery(operator: Operator, *, endpoint_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    rows = WebhookDelivery.objects.filter(operator_id=operator.id, endpoint_id=endpoint_id, id=delivery_id)
    delivery = rows.first()
    if delivery is None:
        raise DeliveryNotFound
    return delivery
