"""What became of other systems of Acme Travel in the past: keys, one of them revoked, and addresses that were told.

Nothing is sent anywhere: the answers are made up here, on the days on which they came. By now both addresses are
given up, one by a person and one because it had not answered for days. Systems of today stand in `outside.py`.
"""

from datetime import datetime, timedelta

from fareledger.config.demo.content.colleagues import colleague
from fareledger.config.demo.content.history import Past
from fareledger.persistence.models import WebhookDelivery
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.deliver_webhooks import Answered, Outgoing, deliver_webhooks
from fareledger.usecases.manage_api_keys import list_api_keys, make_api_key, revoke_api_key
from fareledger.usecases.manage_webhooks import WantedWebhook, add_webhook, disable_webhook, list_webhooks

_WAREHOUSE = WantedWebhook(
    url="https://warehouse.acmetravel.example/in", description="Data warehouse", events=("booking.created",)
)
_ACCOUNTS = WantedWebhook(
    url="https://accounts.acmetravel.example/hooks/fareledger",
    description="Accounting",
    events=("payment.received", "refund.paid"),
)
_OUT_OF_ORDER = timedelta(days=9)
_BEFORE_ALL = timedelta(days=46)
_KEYS = {
    "Reservation system": ("bookings:read", "bookings:write", "transactions:write", "links:write"),
    "Data warehouse": ("bookings:read",),
    "Old web shop": ("bookings:read", "bookings:write"),
}
_RETIRED = "Old web shop"


class OtherSystems:
    """Keys and addresses of one operator in the simulated past."""

    def __init__(self, past: Past, *, operator: Operator) -> None:
        self._past = past
        self._operator = operator
        self._planned: set[datetime] = set()

    def begin(self) -> None:
        """Plan when keys and addresses come and go."""
        for days, act in (
            (240, self._make_keys),
            (70, self._retire_a_key),
            (45, lambda: self._add(_WAREHOUSE)),
            (28, self.end),
            (21, lambda: self._add(_ACCOUNTS)),
        ):
            self._past.plan(
                self._past.present - timedelta(days=days),
                happening=lambda moment, act=act: act(),  # type: ignore[misc]  # bound now
            )

    def deliver(self, moment: datetime) -> None:
        """Do what the worker would at this moment, and plan the moment of the next try."""
        if moment < self._past.present - _BEFORE_ALL:
            return
        with operator_transaction(self._operator.id):
            waiting = WebhookDelivery.objects.filter(operator_id=self._operator.id, status="waiting")
            due = set(waiting.filter(next_try_at__lte=moment).values_list("endpoint_id", flat=True))
        for endpoint_id in due:
            deliver_webhooks(self._operator.id, endpoint_id=endpoint_id, post=self._answer)
        if not due:
            return
        with operator_transaction(self._operator.id):
            for at in waiting.values_list("next_try_at", flat=True):
                if at is not None and at not in self._planned:
                    self._planned.add(at)
                    self._past.plan(at + timedelta(seconds=1), happening=lambda moment: None)

    def end(self) -> None:
        """Let no address outside this machine be told anything from now on, whatever the past came to."""
        actor = colleague(self._operator, role="admin")
        for one in list_webhooks(self._operator, actor=actor):
            if one.disabled_at is None:
                disable_webhook(self._operator, endpoint_id=one.id, actor=actor)

    def _answer(self, outgoing: Outgoing) -> Answered:
        if outgoing.url == _ACCOUNTS.url and self._past.present - now() < _OUT_OF_ORDER:
            return Answered(status=503, excerpt="Service unavailable: maintenance", took_ms=212)
        return Answered(status=204, took_ms=80 + len(outgoing.body) % 60)

    def _make_keys(self) -> None:
        for name, scopes in _KEYS.items():
            make_api_key(
                self._operator, name=name, scopes=scopes, actor=colleague(self._operator, role="admin")
            )

    def _retire_a_key(self) -> None:
        actor = colleague(self._operator, role="admin")
        found = next(key for key in list_api_keys(self._operator, actor=actor) if key.name == _RETIRED)
        revoke_api_key(self._operator, key_id=found.id, actor=actor)

    def _add(self, wanted: WantedWebhook) -> None:
        add_webhook(self._operator, wanted=wanted, actor=colleague(self._operator, role="admin"))
