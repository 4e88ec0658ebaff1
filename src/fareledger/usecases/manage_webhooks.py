"""The addresses at which other systems of the operator are told what happens: adding, changing, ending, secrets.

A secret is shown once, when it is made. While it is being replaced two are live, and every message is signed with
both, so the other side can change over in its own time. Sending stands in `deliver_webhooks.py`, the log of it in
`webhook_log.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import NotFound, Refused
from fareledger.domain.identity import new_id
from fareledger.domain.outgoing import EVENTS, SIGNING_PREFIX
from fareledger.domain.wording import is_line
from fareledger.persistence import queries
from fareledger.persistence.models import WebhookDelivery, WebhookEndpoint
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.outgoing_address import parse_target
from fareledger.usecases.sealing import seal

MAX_DESCRIPTION: Final = 100
MAX_ENDPOINTS: Final = 20
LOOK_BACK_DAYS: Final = 30


class InvalidWebhook(Refused):
    """An address that cannot be told anything; `field` names what is wrong with it."""


class WebhookNotFound(NotFound):
    """This operator has no such webhook."""

    def __init__(self) -> None:
        super().__init__(code="webhook_not_found", message="This webhook is not there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedWebhook:
    """What somebody asks for: where to, for whom, and which events."""

    url: str
    description: str
    events: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """One address and how its last days went. `live_secrets` is 2 while a secret is being replaced."""

    id: UUID
    url: str
    description: str
    events: tuple[str, ...]
    live_secrets: int
    created_by: str
    created_at: datetime
    disabled_at: datetime | None
    disabled_reason: str
    delivered: int
    waiting: int
    failed: int
    last_delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeSecret:
    """A secret that was just made, for the one time that it is shown."""

    endpoint_id: UUID
    secret: str


def list_webhooks(operator: Operator, *, actor: Actor) -> tuple[WebhookView, ...]:
    """Return all addresses, disabled ones last, with counts of the last 30 days. Raises NotPermitted."""
    actor.require(Permission.MANAGE_KEYS)
    since = now() - timedelta(days=LOOK_BACK_DAYS)
    with operator_snapshot(operator.id):
        rows = queries.rows("outgoing.endpoints", arguments={"operator_id": operator.id, "since": since})
    return tuple(WebhookView(**{**row, "events": tuple(row["events"])}) for row in rows)


def show_webhook(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> WebhookView:
    """Return one address. Raises NotPermitted and WebhookNotFound."""
    found = [one for one in list_webhooks(operator, actor=actor) if one.id == endpoint_id]
    if not found:
        raise WebhookNotFound
    return found[0]


def add_webhook(operator: Operator, *, wanted: WantedWebhook, actor: Actor) -> MadeSecret:
    """Add an address; from now on it is told. Raises NotPermitted and InvalidWebhook."""
    actor.require(Permission.MANAGE_KEYS)
    checked = _checked(wanted)
    moment, secret = now(), _new_secret()
    with operator_transaction(operator.id):
        _check_room(operator)
        endpoint = WebhookEndpoint.objects.create(
            operator_id=operator.id,
            id=new_id(),
            url=checked.url,
            description=checked.description,
            events=list(checked.events),
            secrets=[seal(secret)],
            created_by=actor.name,
            created_at=moment,
            enabled_at=moment,
        )
        _note(operator, endpoint=endpoint, actor=actor, did="added")
    return MadeSecret(endpoint_id=endpoint.id, secret=secret)


def change_webhook(operator: Operator, *, endpoint_id: UUID, wanted: WantedWebhook, actor: Actor) -> None:
    """Change where an address is or what it is told; what waits goes to the new one.

    Raises NotPermitted, WebhookNotFound and InvalidWebhook.
    """
    actor.require(Permission.MANAGE_KEYS)
    checked = _checked(wanted)
    with operator_transaction(operator.id):
        endpoint = _locked(operator, endpoint_id=endpoint_id)
        before = endpoint.url
        endpoint.url, endpoint.description = checked.url, checked.description
        endpoint.events = list(checked.events)
        endpoint.save()
        _note(operator, endpoint=endpoint, actor=actor, did="changed", before=before)


def disable_webhook(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> None:
    """Tell an address nothing more; what still waited for it has failed, and can be sent again later.

    Raises NotPermitted and WebhookNotFound.
    """
    actor.require(Permission.MANAGE_KEYS)
    moment = now()
    with operator_transaction(operator.id):
        endpoint = _locked(operator, endpoint_id=endpoint_id)
        if endpoint.disabled_at is not None:
            return
        endpoint.disabled_at, endpoint.disabled_reason = moment, f"Disabled by {actor.name}."
        endpoint.save()
        waiting = WebhookDelivery.objects.filter(
            operator_id=operator.id, endpoint_id=endpoint_id, status="waiting"
        )
        waiting.update(status="failed", finished_at=moment, next_try_at=None)
        _note(operator, endpoint=endpoint, actor=actor, did="disabled")


def enable_webhook(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> None:
    """Tell an address again, of what happens from now on. Raises NotPermitted and WebhookNotFound."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_transaction(operator.id):
        endpoint = _locked(operator, endpoint_id=endpoint_id)
        if endpoint.disabled_at is None:
            return
        _check_room(operator)
        endpoint.disabled_at, endpoint.disabled_reason, endpoint.enabled_at = None, "", now()
        endpoint.save()
        _note(operator, endpoint=endpoint, actor=actor, did="enabled")


def rotate_secret(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> MadeSecret:
    """Make a new secret beside the newest one; an older one than that no longer signs.

    Raises NotPermitted and WebhookNotFound.
    """
    actor.require(Permission.MANAGE_KEYS)
    secret = _new_secret()
    with operator_transaction(operator.id):
        endpoint = _locked(operator, endpoint_id=endpoint_id)
        endpoint.secrets = [seal(secret), *endpoint.secrets[:1]]
        endpoint.save()
        _note(operator, endpoint=endpoint, actor=actor, did="secret added")
    return MadeSecret(endpoint_id=endpoint_id, secret=secret)


def end_old_secret(operator: Operator, *, endpoint_id: UUID, actor: Actor) -> None:
    """Sign with the newest secret only. Raises NotPermitted and WebhookNotFound."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_transaction(operator.id):
        endpoint = _locked(operator, endpoint_id=endpoint_id)
        if len(endpoint.secrets) > 1:
            endpoint.secrets = endpoint.secrets[:1]
            endpoint.save()
            _note(operator, endpoint=endpoint, actor=actor, did="old secret ended")


def _checked(wanted: WantedWebhook) -> WantedWebhook:
    parse_target(wanted.url, loopback=settings.ENVIRONMENT.webhooks_to_loopback)
    if not is_line(wanted.description, longest=MAX_DESCRIPTION, shortest=0):
        message = f"Give one line of at most {MAX_DESCRIPTION} characters."
        raise InvalidWebhook(code="invalid_text", message=message, field="/description")
    events = [event for event in EVENTS if event in wanted.events]
    if not events or len(events) != len(set(wanted.events)):
        message = "Choose at least one event from the list."
        raise InvalidWebhook(code="unknown_event", message=message, field="/events")
    return WantedWebhook(url=wanted.url, description=wanted.description, events=events)


def _check_room(operator: Operator) -> None:
    live = WebhookEndpoint.objects.filter(operator_id=operator.id, disabled_at=None)
    if live.count() >= MAX_ENDPOINTS:
        message = f"There are {MAX_ENDPOINTS} webhooks already: disable one first."
        raise InvalidWebhook(code="too_many_webhooks", message=message, field="/url")


def _locked(operator: Operator, *, endpoint_id: UUID) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.filter(operator_id=operator.id, id=endpoint_id)
    endpoint = rows.select_for_update().first()
    if endpoint is None:
        raise WebhookNotFound
    return endpoint


def _new_secret() -> str:
    return f"{SIGNING_PREFIX}{secrets.token_urlsafe(32)}"


def _note(operator: Operator, *, endpoint: WebhookEndpoint, actor: Actor, did: str, before: str = "") -> None:
    payload = {"did": did, "events": list(endpoint.events)}
    if before and before != endpoint.url:
        payload["before"] = before
    note_access(operator, actor=actor, kind="webhook_changed", subject=endpoint.url, payload=payload)
