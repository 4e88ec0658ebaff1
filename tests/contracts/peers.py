"""The providers the contract suite runs against, each with what a test must be able to make its other side
do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.providers.contract import Gateway, PaymentRequest, ProviderAccount, ProviderPayment
from fareledger.providers.registry import gateway_of
from tests.support import acquirer as sandbox

Customer = Literal["pays", "is declined", "pays slowly"]
Trouble = Literal["answer lost", "fails after doing it", "fails before"]

_CARDS: dict[Customer, str] = {
    "pays": sandbox.APPROVED,
    "is declined": sandbox.INSUFFICIENT_FUNDS,
    "pays slowly": sandbox.PROCESSING,
}
_FAULTS: dict[Trouble, str] = {
    "answer lost": "drop_answer",
    "fails after doing it": "error_after_success",
    "fails before": "error_before",
}


@dataclass(frozen=True)
class Peer:
    """One provider: our account there, its customer, and its bad days."""

    account: ProviderAccount
    customer: Callable[[ProviderPayment, Customer], None]
    have_trouble: Callable[[Trouble, str], None]

    @property
    def gateway(self) -> Gateway:
        """Our side, as the registry opens it."""
        return gateway_of(self.account)


def sandbox_peer(acquirer: sandbox.Acquirer) -> Peer:
    """A new merchant at the sandbox acquirer."""
    merchant = acquirer.admin.open_merchant("Contract suite")

    def act(payment: ProviderPayment, does: Customer, /) -> None:
        sandbox.enter_card(payment.frame_url, number=_CARDS[does])

    def have_trouble(trouble: Trouble, call: str, /) -> None:
        acquirer.admin.order_fault(_FAULTS[trouble], where=call)

    account = ProviderAccount(
        operator_id=new_id(),
        provider="sandbox",
        external_account=merchant.id,
        base_url=acquirer.base_url,
        publishable_key=merchant.publishable_key,
        secret_key=merchant.secret_key,
        webhook_secrets=(merchant.webhook_secret,),
    )
    return Peer(account, act, have_trouble)


def a_request(
    *, amount_minor: int = 70_000, currency: str = "GBP", attempt_id: UUID | None = None
) -> PaymentRequest:
    """A payment of 700.00 for an attempt nobody else has."""
    attempt_id = attempt_id or new_id()
    return PaymentRequest(
        attempt_id=attempt_id,
        idempotency_key=f"attempt-{attempt_id}",
        amount_minor=amount_minor,
        currency=currency,
        description="Acme Travel TRV-48213",
        return_url="https://acme.example/p/acme/payments/1/",
        locale="en-GB",
        frame_style={"brand": "#0a5c66"},
    )


def just_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)
