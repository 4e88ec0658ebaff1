"""How to get into the demo: the sign-in, an API key and a fresh magic link; called at every start.

Ports may differ from the last start, so the acquirer's address and the address of our webhooks are set anew here.
"""

from django.conf import settings

from fareledger.config.demo.content.hero import REFERENCE
from fareledger.config.demo.content.operators import PASSWORD, STAFF
from fareledger.domain.access import SCOPES, own_actor
from fareledger.domain.wording import reference_key
from fareledger.persistence.models import ApiKey, Booking, ProviderAccount
from fareledger.persistence.operators import Operator, by_slug, everyone
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.sandbox.admin import SandboxAdmin
from fareledger.usecases.provision_operator import add_api_key
from fareledger.usecases.send_portal_link import create_portal_link

_KEY_NAME = "Demo"


def demo_access() -> dict[str, object]:
    """Return {magic_link, api_key, staff: {email, password}} of the first operator, after refreshing addresses."""
    for operator in everyone():
        _refresh_addresses(operator)
    acme = by_slug("acme")
    if acme is None:
        raise RuntimeError("the demo's data is not loaded")
    return {
        "magic_link": _magic_link(acme),
        "api_key": _api_key(acme),
        "staff": {"email": STAFF["acme"][0].email, "password": PASSWORD},
    }


def _magic_link(operator: Operator) -> str:
    with operator_transaction(operator.id):
        booking = Booking.objects.get(operator_id=operator.id, reference_key=reference_key(REFERENCE))
    return create_portal_link(
        operator, booking_id=booking.id, asked_by="operator", actor=own_actor("Demo")
    ).url


def _api_key(operator: Operator) -> str:
    """Make a new key; only hashes are kept, so the one of an earlier start cannot be shown again and is dropped."""
    with operator_transaction(operator.id):
        ApiKey.objects.filter(operator_id=operator.id, name=_KEY_NAME).delete()
    return add_api_key(operator.id, slug=operator.slug, name=_KEY_NAME, scopes=tuple(SCOPES))


def _refresh_addresses(operator: Operator) -> None:
    environment = settings.ENVIRONMENT
    with operator_transaction(operator.id):
        accounts = ProviderAccount.objects.filter(operator_id=operator.id, provider="sandbox")
        accounts.update(base_url=environment.acquirer_url)
        external = accounts.get().external_account
    acquirer = SandboxAdmin(base_url=environment.acquirer_url, admin_key=environment.acquirer_admin_key)
    acquirer.send_webhooks_to(external, address=f"{environment.base_url}/webhooks/sandbox/{operator.slug}")
