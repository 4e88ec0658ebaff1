"""The operators' accounts at the sandbox acquirer, and payments taken there before a booking reached us."""

from datetime import datetime

import httpx

from fareledger.usecases.provision_operator import NewProviderAccount


class AcquirerDesk:
    """What an operator's office does at the acquirer: open an account, take payments at its own checkout."""

    def __init__(self, url: str, *, admin_key: str) -> None:
        self._url = url
        self._client = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {admin_key}"}, timeout=30
        )

    def open_account(self, name: str) -> NewProviderAccount:
        """Open a merchant account and return how to call it."""
        made = self._client.post("/admin/merchants", json={"name": name}).raise_for_status().json()
        return NewProviderAccount(
            provider="sandbox",
            external_account=made["id"],
            base_url=self._url,
            publishable_key=made["publishable_key"],
            secret_key=made["secret_key"],
            webhook_secrets=(made["webhook_secret"],),
        )

    def take_at_checkout(
        self, account: str, *, amount_minor: int, currency: str, reference: str, at: datetime
    ) -> str:
        """Record a card payment that the operator's own checkout took; return the acquirer's reference."""
        payment = {
            "amount": amount_minor,
            "currency": currency,
            "reference": reference,
            "card": {"brand": "visa", "funding": "debit", "last4": "5556"},
            "captured_at": at.isoformat(),
        }
        answer = self._client.post(f"/admin/merchants/{account}/history", json={"payments": [payment]})
        found = answer.raise_for_status().json()
        payments = found["payments"] if "payments" in found else found["data"]
        return str(payments[0]["id"])

    def send_webhooks_to(self, account: str, *, address: str) -> None:
        """Tell the acquirer where to send its webhooks from now on."""
        self._client.patch(f"/admin/merchants/{account}", json={"webhook_url": address}).raise_for_status()
