"""A provider of a few lines that tells whatever a test wants told: for contradictions no honest provider
makes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from fareledger.persistence.operators import Operator
from fareledger.providers.contract import PaymentRequest, ProviderAccount, ProviderPayment, Unavailable
from fareledger.providers.registry import register
from fareledger.usecases.provision_operator import NewProviderAccount, connect_provider


@dataclass
class ScriptedGateway:
    """Keeps payments in memory. `on_create` runs while it is called; when it is `silent`, no question is
    answered.
    """

    payments: dict[UUID, ProviderPayment] = field(default_factory=dict)
    on_create: Callable[[PaymentRequest], None] = lambda request: None
    silent: bool = False

    def create_payment(self, request: PaymentRequest) -> ProviderPayment:
        """Set up a payment that awaits the customer."""
        self.on_create(request)
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

    def _answer(self) -> None:
        if self.silent:
            raise Unavailable("silent")


def scripted(operator: Operator) -> ScriptedGateway:
    """Give the operator an account at a provider that only this test knows."""
    gateway = ScriptedGateway()
    name = f"scripted-{operator.slug}"

    def open_scripted(account: ProviderAccount) -> ScriptedGateway:
        return gateway

    register(name, opener=open_scripted)  # type: ignore[arg-type]  # it speaks the part of the contract tests need
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
