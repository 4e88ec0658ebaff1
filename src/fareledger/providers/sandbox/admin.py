"""What only a demo and tests may do at the sandbox acquirer: open merchants, move its clock, load a past,
order faults.

No part of a production system calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fareledger.providers.sandbox.transport import Caller


@dataclass(frozen=True)
class Merchant:
    """A merchant account that was just opened, with its keys."""

    id: str
    publishable_key: str
    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


class SandboxAdmin:
    """The acquirer's own side. Raises ProviderFailure like any call."""

    def __init__(self, *, base_url: str, admin_key: str) -> None:
        self._caller = Caller(base_url=base_url, key=admin_key)

    def open_merchant(self, name: str, *, webhook_url: str = "") -> Merchant:
        """Open a merchant account."""
        body = {"name": name, **({"webhook_url": webhook_url} if webhook_url else {})}
        answer = self._caller.post("/admin/merchants", body=body)
        return Merchant(
            id=answer["id"],
            publishable_key=answer["publishable_key"],
            secret_key=answer["secret_key"],
            webhook_secret=answer["webhook_secret"],
        )

    def send_webhooks_to(self, merchant_id: str, *, address: str) -> None:
        """Have a merchant's webhooks sent to another address from now on."""
        self._caller.patch(f"/admin/merchants/{merchant_id}", body={"webhook_url": address})

    def load_history(self, merchant_id: str, *, payments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Create payments that succeeded in the past, without webhooks; return them as the acquirer tells
        them.
        """
        path = f"/admin/merchants/{merchant_id}/history"
        answer = self._caller.post(path, body={"payments": list(payments)})
        found = answer.get("data", answer.get("payments", []))
        return list(found)

    def save_card(self, merchant_id: str, *, number: str, exp_month: int, exp_year: int) -> str:
        """Save a test card that its owner saved long ago, and return the acquirer's name of it."""
        body = {"number": number, "exp_month": exp_month, "exp_year": exp_year}
        answer = self._caller.post(f"/admin/merchants/{merchant_id}/payment_methods", body=body)
        return str(answer["id"])

    def change_saved_card(self, payment_method: str, **changes: str | int) -> None:
        """Move a saved card's expiry (exp_month, exp_year), or replace it by the test card `number`."""
        self._caller.patch(f"/admin/payment_methods/{payment_method}", body=changes)

    def finish_payment(self, reference: str, *, outcome: str) -> None:
        """End a payment that is processing: `succeeded` or `failed`."""
        self._caller.post(f"/admin/payments/{reference}/finish", body={"outcome": outcome})

    def set_clock(self, *, offset_s: int) -> None:
        """Set how far its clock stands from the wall clock; moving ahead runs what falls due."""
        self._caller.post("/admin/clock", body={"offset_s": offset_s})

    def run_due(self) -> dict[str, Any]:
        """Deliver the webhooks and settle the days that are due, now."""
        return self._caller.post("/admin/run", body={})

    def order_fault(self, kind: str, *, where: str = "", count: int = 1, ms: int = 0) -> None:
        """Have something go wrong: see the acquirer's console for the kinds."""
        body: dict[str, Any] = {"kind": kind, "count": count}
        if where:
            body["where"] = where
        if ms:
            body["ms"] = ms
        self._caller.post("/admin/faults", body=body)
