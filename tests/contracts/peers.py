"""The providers the contract suite runs against, each with what a test must be able to make its other side
do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.providers.contract import (
    BankPaymentRequest,
    Gateway,
    PaymentRequest,
    ProviderAccount,
    ProviderPayment,
    ProviderSetup,
    RefundRequest,
    SavedCardRequest,
    SetupRequest,
)
from fareledger.providers.registry import gateway_of
from tests.support import acquirer as sandbox

Customer = Literal["pays", "is declined", "pays slowly"]
AtBank = Literal["approve", "refuse", "later"]
# What a saved card does when it is charged with its owner away.
Kept = Literal["works", "short of money once more", "lost", "asks its owner"]
Trouble = Literal["answer lost", "fails after doing it", "fails before"]

_CARDS: dict[Customer, str] = {
    "pays": sandbox.APPROVED,
    "is declined": sandbox.INSUFFICIENT_FUNDS,
    "pays slowly": sandbox.PROCESSING,
}
_KEPT: dict[Kept, str] = {
    "works": sandbox.APPROVED,
    "short of money once more": sandbox.NO_MONEY_OFF_SESSION,
    "lost": sandbox.LOST_OFF_SESSION,
    "asks its owner": sandbox.CHALLENGED,
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
    saves: Callable[[ProviderSetup, Kept], None]
    at_bank: Callable[[ProviderPayment, AtBank], None]
    renew: Callable[[str, int], None]

    @property
    def gateway(self) -> Gateway:
        """Our side, as the registry opens it."""
        return gateway_of(self.account)

    def saved_card(self, does: Kept = "works") -> str:
        """Return the provider's name of a card that our customer has saved."""
        setup = self.gateway.create_setup(a_setup())
        self.saves(setup, does)
        method = self.gateway.setup(setup.reference).payment_method
        assert method
        return method


def sandbox_peer(acquirer: sandbox.Acquirer) -> Peer:
    """A new merchant at the sandbox acquirer."""
    merchant = acquirer.admin.open_merchant("Contract suite")

    def act(payment: ProviderPayment, does: Customer, /) -> None:
        sandbox.enter_card(payment.frame_url, number=_CARDS[does])

    def have_trouble(trouble: Trouble, call: str, /) -> None:
        acquirer.admin.order_fault(_FAULTS[trouble], where=call)

    def save(setup: ProviderSetup, does: Kept, /) -> None:
        page = sandbox.enter_card(setup.frame_url, number=_KEPT[does])
        if does == "asks its owner":
            sandbox.answer_challenge(page)

    def at_bank(payment: ProviderPayment, does: AtBank, /) -> None:
        sandbox.answer_bank(payment.redirect_url, answer=does)

    def renew(method: str, year: int, /) -> None:
        acquirer.admin.change_saved_card(method, exp_month=1, exp_year=year)

    account = ProviderAccount(
        operator_id=new_id(),
        provider="sandbox",
        external_account=merchant.id,
        base_url=acquirer.base_url,
        publishable_key=merchant.publishable_key,
        secret_key=merchant.secret_key,
        webhook_secrets=(merchant.webhook_secret,),
    )
    return Peer(account, act, have_trouble, save, at_bank, renew)


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


def a_setup() -> SetupRequest:
    """A card to save for something nobody else has."""
    setup_id = new_id()
    return SetupRequest(
        setup_id=setup_id,
        idempotency_key=f"setup-{setup_id}",
        return_url="https://acme.example/p/acme/approve/1/",
        locale="en-GB",
        frame_style={"brand": "#0a5c66"},
    )


def a_charge(method: str, *, amount_minor: int = 70_000, off_session: bool = True) -> SavedCardRequest:
    """A charge of a saved card for an attempt nobody else has."""
    attempt_id = new_id()
    return SavedCardRequest(
        attempt_id=attempt_id,
        idempotency_key=f"attempt-{attempt_id}",
        amount_minor=amount_minor,
        currency="GBP",
        description="Acme Travel TRV-48213",
        payment_method=method,
        off_session=off_session,
        return_url="" if off_session else "https://acme.example/p/acme/payments/1/",
    )


def a_bank_payment(bank: str, *, currency: str = "GBP") -> BankPaymentRequest:
    """A payment of 700.00 at a bank for an attempt nobody else has."""
    attempt_id = new_id()
    return BankPaymentRequest(
        attempt_id=attempt_id,
        idempotency_key=f"attempt-{attempt_id}",
        amount_minor=70_000,
        currency=currency,
        description="Acme Travel TRV-48213",
        bank=bank,
        return_url="https://acme.example/p/acme/payments/1/",
        locale="en-GB",
    )


def a_refund(payment_reference: str, *, amount_minor: int) -> RefundRequest:
    """A refund that nobody else has asked for."""
    refund_id = new_id()
    return RefundRequest(
        refund_id=refund_id,
        idempotency_key=f"refund-{refund_id}",
        payment_reference=payment_reference,
        amount_minor=amount_minor,
    )


def just_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)
