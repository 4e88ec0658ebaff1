"""Addresses of an operator's other systems for tests, and what was sent to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import override_settings

from fareledger.domain.outgoing import EVENTS
from fareledger.faces.worker.webhook_post import post_webhook
from fareledger.persistence.models import WebhookDelivery, WebhookMessage, WebhookTry
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.deliver_webhooks import Answered, Outgoing, deliver_webhooks
from fareledger.usecases.manage_webhooks import MadeSecret, WantedWebhook, add_webhook
from tests.support.people import person

ADMIN = person("Ada Admin", role="admin")


@contextmanager
def loopback_allowed() -> Iterator[None]:
    """Allow webhooks to this machine, as the demo does."""
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, webhooks_to_loopback=True)):
        yield


def a_webhook(
    operator: Operator, *, url: str = "https://example.com/hook", events: tuple[str, ...] = tuple(EVENTS)
) -> MadeSecret:
    """Add an address that is told all events, or these."""
    with loopback_allowed():
        return add_webhook(
            operator, wanted=WantedWebhook(url=url, description="CRM", events=events), actor=ADMIN
        )


def messages(operator: Operator) -> list[WebhookMessage]:
    """Every message, oldest first."""
    with operator_transaction(operator.id):
        return list(WebhookMessage.objects.filter(operator_id=operator.id).order_by("id"))


def deliveries(operator: Operator) -> list[WebhookDelivery]:
    """Every delivery, oldest first."""
    with operator_transaction(operator.id):
        return list(WebhookDelivery.objects.filter(operator_id=operator.id).order_by("id"))


def tries(operator: Operator) -> list[WebhookTry]:
    """Every try, oldest first."""
    with operator_transaction(operator.id):
        return list(WebhookTry.objects.filter(operator_id=operator.id).order_by("at", "id"))


def kinds(operator: Operator) -> list[str]:
    """The events of all messages, oldest first."""
    return [message.kind for message in messages(operator)]


@dataclass
class Answering:
    """The other side, without a network: it answers as told and keeps what it got."""

    status: int | None = 200
    problem: str = ""

    def __post_init__(self) -> None:
        self.got: list[Outgoing] = []

    def __call__(self, outgoing: Outgoing) -> Answered:
        """Take one message."""
        self.got.append(outgoing)
        return Answered(status=self.status, excerpt="said", problem=self.problem, took_ms=3)


def deliver(operator: Operator, endpoint: MadeSecret, /, *, post: Any = post_webhook) -> int:
    """Do what the worker does."""
    with loopback_allowed():
        return deliver_webhooks(operator.id, endpoint_id=endpoint.endpoint_id, post=post)


def the_delivery(operator: Operator) -> UUID:
    """The id of the only delivery."""
    (only,) = deliveries(operator)
    return only.id
