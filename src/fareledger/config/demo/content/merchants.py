"""The operators' accounts at the sandbox acquirer, and payments taken there before a booking reached us."""

from datetime import date, datetime

from fareledger.providers.sandbox.admin import SandboxAdmin
from fareledger.usecases.provision_operator import NewProviderAccount


class AcquirerDesk:
    """What an operator's office does at the acquirer: open an account, take payments at its own checkout."""

    def __init__(self, url: str, *, admin_key: str) -> None:
        self._url = url
        self._admin = SandboxAdmin(base_url=url, admin_key=admin_key)

    def open_account(self, name: str) -> NewProviderAccount:
        """Open a merchant account and return how to call it."""
        made = self._admin.open_merchant(name)
        return NewProviderAccount(
            provider="sandbox",
            external_account=made.id,
            base_url=self._url,
            publishable_key=made.publishable_key,
            secret_key=made.secret_key,
            webhook_secrets=(made.webhook_secret,),
        )

    def renew_card(self, payment_method: str, *, ends: date) -> None:
        """Let a saved card end with the month of a day."""
        self._admin.change_saved_card(payment_method, exp_month=ends.month, exp_year=ends.year)

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
        (taken,) = self._admin.load_history(account, payments=[payment])
        return str(taken["id"])
