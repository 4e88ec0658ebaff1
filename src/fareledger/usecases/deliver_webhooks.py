"""Delivers messages to one address of an operator, one after the other, until nothing is due.

Three steps each: take the delivery for a minute, call with no transaction open, write down what was answered. A worker
that dies in between leaves a delivery that is due again when the minute is over: the same message with the same id, so
whoever receives it can tell. Another answer than 2xx is tried again on the ladder of `fareledger.domain.outgoing`; the
order of messages is therefore not promised. How a call is made is the worker's business.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fareledger.domain.access import own_actor
from fareledger.domain.identity import new_id
from fareledger.domain.outgoing import FAILING_DAYS, SIGNING_PREFIX, TEST, retry_after_s
from fareledger.persistence import queries
from fareledger.persistence.exclusive import alone_with
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import WebhookDelivery, WebhookEndpoint, WebhookTry
from fareledger.persistence.operators import by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.announce import JOB, QUEUE
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.sealing import unseal

LONGEST_EXCERPT: Final = 1024
_LEASE: Final = timedelta(seconds=60)
# After so many one job makes room for the jobs of other addresses.
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way: where to, the live secrets, newest first, and the text as it is signed and sent."""

    delivery_id: UUID
    message_id: UUID
    url: str
    secrets: tuple[str, ...]
    body: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back. Without a status nothing did, and `problem` says why."""

    status: int | None
    excerpt: str = ""
    problem: str = ""
    took_ms: int = 0

    @property
    def well(self) -> bool:
        """Whether the message was taken."""
        return self.status is not None and 200 <= self.status < 300


Post = Callable[[Outgoing], Answered]


def deliver_webhooks(operator_id: UUID, *, endpoint_id: UUID, post: Post) -> int:
    """Deliver what is due to one address; return how many tries were made.

    Returns at once when another worker is at it: one address gets one call at a time, so that a slow one holds up
    nobody else. Call it outside any transaction.
    """
    made = 0
    while made < _AT_ONCE:
        with alone_with(operator_id, text=f"outgoing {endpoint_id}") as alone:
            if not alone:
                return made
            tried = _deliver_some(operator_id, endpoint_id=endpoint_id, post=post, at_most=_AT_ONCE - made)
        made += tried
        # What came in while we held the lock found us busy; look once more after letting go of it.
        if tried == 0:
            return made
    with operator_transaction(operator_id):
        _ask_again(operator_id, endpoint_id=endpoint_id, delay_s=0)
    return made


def _deliver_some(operator_id: UUID, *, endpoint_id: UUID, post: Post, at_most: int) -> int:
    for made in range(at_most):
        outgoing = _claim(operator_id, endpoint_id=endpoint_id)
        if outgoing is None:
            return made
        reached("before_webhook_call")
        answered = post(outgoing)
        reached("after_webhook_call")
        _record(operator_id, outgoing=outgoing, answered=answered)
    return at_most


def _claim(operator_id: UUID, *, endpoint_id: UUID) -> Outgoing | None:
    moment = now()
    with operator_transaction(operator_id):
        row = queries.row(
            "outgoing.claim",
            arguments={
                "operator_id": operator_id,
                "endpoint_id": endpoint_id,
                "now": moment,
                "until": moment + _LEASE,
            },
        )
    if row is None:
        return None
    return Outgoing(
        delivery_id=row["id"],
        message_id=row["message_id"],
        url=row["url"],
        secrets=tuple(map(_opened, row["secrets"])),
        body=row["body"],
        event=row["kind"],
    )


def _opened(stored: str) -> str:
    """Open a secret; one that was made before they were sealed is still as it was made."""
    return stored if stored.startswith(SIGNING_PREFIX) else unseal(stored)


def _record(operator_id: UUID, *, outgoing: Outgoing, answered: Answered) -> None:
    moment = now()
    with operator_transaction(operator_id):
        rows = WebhookDelivery.objects.filter(operator_id=operator_id, id=outgoing.delivery_id)
        delivery = rows.select_for_update().get()
        WebhookTry.objects.create(
            operator_id=operator_id,
            id=new_id(),
            delivery_id=delivery.id,
            at=moment,
            response_status=answered.status,
            response_excerpt=answered.excerpt[:LONGEST_EXCERPT].replace("\x00", "\ufffd"),
            problem=answered.problem[:500].replace("\x00", "\ufffd"),
            took_ms=answered.took_ms,
        )
        delivery.tries += 1
        if delivery.status == "waiting":
            _decide(delivery, answered=answered, moment=moment, once=outgoing.event == TEST)
        delivery.save()
        if not answered.well:
            _give_up_on_a_dead_address(delivery, moment=moment)


def _decide(delivery: WebhookDelivery, *, answered: Answered, moment: datetime, once: bool) -> None:
    """Say what becomes of a delivery after a try; a test is tried once, somebody waits for its answer."""
    chance = random.random()  # noqa: S311  # spreads tries, hides nothing
    wait_s = None if once else retry_after_s(delivery.tries, chance=chance)
    if answered.well:
        delivery.status, delivery.finished_at, delivery.next_try_at = "delivered", moment, None
    elif wait_s is None:
        delivery.status, delivery.finished_at, delivery.next_try_at = "failed", moment, None
    else:
        delivery.next_try_at = moment + timedelta(seconds=wait_s)
        _ask_again(delivery.operator_id, endpoint_id=delivery.endpoint_id, delay_s=round(wait_s) + 1)


def _ask_again(operator_id: UUID, *, endpoint_id: UUID, delay_s: int) -> None:
    enqueue(JOB, queue=QUEUE, delay_s=delay_s, operator_id=str(operator_id), endpoint_id=str(endpoint_id))


def _give_up_on_a_dead_address(delivery: WebhookDelivery, *, moment: datetime) -> None:
    """Disable an address at which every try has failed for days; what still waited for it has failed."""
    endpoints = WebhookEndpoint.objects.filter(operator_id=delivery.operator_id, id=delivery.endpoint_id)
    endpoint = endpoints.select_for_update().get()
    if endpoint.disabled_at is not None:
        return
    found = queries.row(
        "outgoing.failing_since",
        arguments={
            "operator_id": delivery.operator_id,
            "endpoint_id": endpoint.id,
            "enabled_at": endpoint.enabled_at,
        },
    )
    since = found["since"] if found else None
    if since is None or moment - since < timedelta(days=FAILING_DAYS):
        return
    endpoint.disabled_at = moment
    endpoint.disabled_reason = f"Every try failed for {FAILING_DAYS} days."
    endpoint.save()
    waiting = WebhookDelivery.objects.filter(
        operator_id=endpoint.operator_id, endpoint_id=endpoint.id, status="waiting"
    )
    waiting.update(status="failed", finished_at=moment, next_try_at=None)
    note_access(
        by_id(endpoint.operator_id),
        actor=own_actor("Worker"),
        kind="webhook_changed",
        subject=endpoint.url,
        payload={"did": "disabled", "why": endpoint.disabled_reason},
    )
