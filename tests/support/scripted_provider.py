"""A provider of a few lines that tells whatever a test wants told: for contradictions no honest provider
makes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from fareledger.persistence.operators import Operator
from fareledger.providers.contract import (
    Bank,
    BankPaymentRequest,
    Card,
    Gateway,
    Misconfigured,
    PaymentRequest,
    ProviderAccount,
    ProviderFailure,
    ProviderPayment,
    ProviderPayout,
    ProviderPayoutLine,
    ProviderRefund,
    ProviderSetup,
    RefundRequest,
    SavedCard,
    SavedCardRequest,
    SetupRequest,
    Unavailable,
    WebhookNotice,
)
from fareledger.providers.registry import register
from fareledger.usecases.provision_operator import NewProviderAccount, connect_provider

SAVED = Card(brand="visa", funding="credit", last4="4242", expires="12/2099")


@dataclass
class ScriptedGateway:
    """Keeps payments, set-ups and refunds in memory. `on_create` runs while a card payment is set up and
    `on_charge` while a saved card is charged; `fails_with` is raised by the next order; when it is `silent`, no
    question is answered.
    """

    payments: dict[UUID, ProviderPayment] = field(default_factory=dict)
    setups: dict[UUID, ProviderSetup] = field(default_factory=dict)
    refunds: dict[UUID, ProviderRefund] = field(default_factory=dict)
    detached: set[str] = field(default_factory=set)
    fails_with: ProviderFailure | None = None
    on_charge: Callable[[SavedCardRequest], None] = lambda request: None
    on_create: Callable[[PaymentRequest], None] = lambda request: None
    silent: bool = False

    def create_payment(self, request: PaymentRequest) -> ProviderPayment:
        """Set up a payment that awaits the customer."""
        self.on_create(request)
        return self._begin(request)

    def charge_saved(self, request: SavedCardRequest) -> ProviderPayment:
        """Charge a saved card, which works unless the script says otherwise."""
        self.on_charge(request)
        payment = replace(
            self._begin(request),
            state="succeeded",
            card=SAVED,
            payment_method=request.payment_method,
            captured_at=datetime.now(UTC),
        )
        self.payments[request.attempt_id] = payment
        return payment

    def create_bank_payment(self, request: BankPaymentRequest) -> ProviderPayment:
        """Set up a payment that awaits the customer at the bank."""
        address = "https://scripted.example/bank"
        payment = replace(self._begin(request), method="bank", bank=request.bank, redirect_url=address)
        self.payments[request.attempt_id] = payment
        return payment

    def banks(self, country: str) -> list[Bank]:
        """Return one bank, wherever it is."""
        return [Bank("scripted-bank", "Scripted Bank", popular=True)]

    def create_setup(self, request: SetupRequest) -> ProviderSetup:
        """Set up the saving of a card."""
        self._order()
        return self.setups.setdefault(
            request.setup_id,
            ProviderSetup(
                reference=f"set_{request.setup_id}",
                setup_id=request.setup_id,
                state="awaiting_customer",
                frame_url="https://scripted.example/frame",
                hosted_url="https://scripted.example/pay",
                payment_method="",
                card=None,
                failure_code="",
                failure_message="",
            ),
        )

    def setup(self, reference: str) -> ProviderSetup:
        """Return what was scripted."""
        self._answer()
        return next(setup for setup in self.setups.values() if setup.reference == reference)

    def find_setup(self, setup_id: UUID) -> ProviderSetup | None:
        """Return what was scripted."""
        self._answer()
        return self.setups.get(setup_id)

    def cancel_setup(self, reference: str) -> ProviderSetup:
        """Return what was scripted: cancelling always comes too late here."""
        return self.setup(reference)

    def payment_method(self, reference: str) -> SavedCard:
        """Return the one card that everybody has here."""
        self._answer()
        return SavedCard(reference, SAVED, detached=reference in self.detached)

    def detach(self, reference: str) -> SavedCard:
        """Note that a card may not be charged any more."""
        self._order()
        self.detached.add(reference)
        return self.payment_method(reference)

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        """Take in a refund of a payment that is known here."""
        self._order()
        payment = next(one for one in self.payments.values() if one.reference == request.payment_reference)
        return self.refunds.setdefault(
            request.refund_id,
            ProviderRefund(
                reference=f"ref_{request.refund_id}",
                refund_id=request.refund_id,
                payment_reference=payment.reference,
                state="pending",
                amount_minor=request.amount_minor,
                currency=payment.currency,
                failure_code="",
                failure_message="",
            ),
        )

    def refund(self, reference: str) -> ProviderRefund:
        """Return what was scripted."""
        self._answer()
        return next(refund for refund in self.refunds.values() if refund.reference == reference)

    def find_refund(self, refund_id: UUID) -> ProviderRefund | None:
        """Return what was scripted."""
        self._answer()
        return self.refunds.get(refund_id)

    def tell(self, attempt_id: UUID, **differences: object) -> ProviderPayment:
        """From now on tell this of a payment."""
        told = replace(self.payments[attempt_id], **differences)  # type: ignore[arg-type]  # builder
        self.payments[attempt_id] = told
        return told

    def payment(self, reference: str) -> ProviderPayment:
        """Return what was scripted."""
        self._answer()
        return next(payment for payment in self.payments.values() if payment.reference == reference)

    def find_payment(self, attempt_id: UUID) -> ProviderPayment | None:
        """Return what was scripted."""
        self._answer()
        return self.payments.get(attempt_id)

    def cancel_payment(self, reference: str) -> ProviderPayment:
        """Return what was scripted: cancelling always comes too late here."""
        return self.payment(reference)

    def read_webhook(self, body: bytes, *, headers: Mapping[str, str], now: datetime) -> WebhookNotice:
        """Refuse: no webhook comes from here."""
        raise Misconfigured("scripted")

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        """Refuse: no webhook comes from here."""
        raise Misconfigured("scripted")

    def payouts(self, after: str) -> list[ProviderPayout]:
        """Return nothing: no payout comes from here."""
        return []

    def payout_lines(self, payout: ProviderPayout) -> list[ProviderPayoutLine]:
        """Return nothing."""
        return []

    def _begin(self, request: PaymentRequest | SavedCardRequest | BankPaymentRequest) -> ProviderPayment:
        self._order()
        payment = ProviderPayment(
            reference=f"pay_{request.attempt_id}",
            attempt_id=request.attempt_id,
            state="awaiting_customer",
            amount_minor=request.amount_minor,
            currency=request.currency,
            frame_url="https://scripted.example/frame",
            hosted_url="https://scripted.example/pay",
            card=None,
            failure_code="",
            failure_message="",
            captured_at=None,
        )
        self.payments[request.attempt_id] = payment
        return payment

    def _order(self) -> None:
        failure, self.fails_with = self.fails_with, None
        if failure is not None:
            raise failure

    def _answer(self) -> None:
        if self.silent:
            raise Unavailable("silent")


def scripted(operator: Operator) -> ScriptedGateway:
    """Give the operator an account at a provider that only this test knows."""
    gateway = ScriptedGateway()
    name = f"scripted-{operator.slug}"

    def open_scripted(account: ProviderAccount) -> Gateway:
        return gateway

    register(name, opener=open_scripted)
    connect_provider(
        operator.id,
        account=NewProviderAccount(
            provider=name,
            external_account="acct",
            base_url="https://scripted.example",
            publishable_key="",
            secret_key="",
            webhook_secrets=(),
        ),
    )
    return gateway
