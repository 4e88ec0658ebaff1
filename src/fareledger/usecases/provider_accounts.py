"""The operator's account at a payment provider, ready to be called.

Reading the account is database work and calling the gateway is not: a use case reads in one transaction and
calls after it.
"""

from fareledger.domain.errors import Refused
from fareledger.persistence.models import ProviderAccount as AccountRow
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Gateway, ProviderAccount
from fareledger.providers.registry import gateway_of


class NoProviderAccount(Refused):
    """The operator has no account at the provider, or at none at all."""

    def __init__(self, provider: str) -> None:
        message = f"There is no account at {provider or 'a card provider'}."
        super().__init__(code="no_provider_account", message=message)
        self.provider = provider


def load_account(operator: Operator, *, provider: str = "") -> ProviderAccount:
    """Return the account at a provider, the operator's first one when none is named.

    Call it inside the operator's transaction. Raises NoProviderAccount.
    """
    rows = AccountRow.objects.filter(operator_id=operator.id)
    if provider:
        rows = rows.filter(provider=provider)
    row = rows.order_by("created_at", "id").first()
    if row is None:
        raise NoProviderAccount(provider)
    return ProviderAccount(
        operator_id=row.operator_id,
        provider=row.provider,
        external_account=row.external_account,
        base_url=row.base_url,
        publishable_key=row.publishable_key,
        secret_key=row.secret_key,
        webhook_secrets=tuple(row.webhook_secrets),
    )


def open_gateway(operator: Operator, *, provider: str = "") -> Gateway:
    """Return the gateway of an account; reads in a transaction of its own and calls nobody.

    Raises NoProviderAccount, and Misconfigured for a provider this installation does not know.
    """
    with operator_transaction(operator.id):
        account = load_account(operator, provider=provider)
    return gateway_of(account)
