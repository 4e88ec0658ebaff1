"""Sets an operator up: its row in the directory, its first people, its API key and its account at a provider.

There is no page for this; an installation's administrator does it, and the demo and the tests do.
"""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.plan import Terms
from fareledger.persistence.models import ApiKey, Operator, ProviderAccount, StaffUser
from fareledger.persistence.operators import Operator as OperatorView
from fareledger.persistence.operators import by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now


@dataclass(frozen=True)
class NewOperator:
    """What an operator starts with. `brand` maps CSS token names to colours; see `fareledger.domain.brand`."""

    slug: str
    name: str
    legal_name: str
    address: str
    country: str
    time_zone: str
    locale: str
    currencies: tuple[str, ...]
    support_email: str
    support_phone: str
    support_hours: str
    brand: dict[str, str]
    terms: Terms
    protection_policy: str = "full"
    second_step_for: str = "finance"
    extra_methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewProviderAccount:
    """Where a provider's account is and how it is called."""

    provider: str
    external_account: str
    base_url: str
    publishable_key: str
    secret_key: str
    webhook_secrets: tuple[str, ...]


def provision_operator(wanted: NewOperator) -> OperatorView:
    """Create the operator and return it; raises django.db.IntegrityError when the slug is taken."""
    operator_id = new_id()
    with operator_transaction(operator_id):
        Operator.objects.create(
            id=operator_id,
            created_at=now(),
            terms=wanted.terms.to_json(),
            currencies=list(wanted.currencies),
            extra_methods=list(wanted.extra_methods),
            **{
                name: getattr(wanted, name)
                for name in (
                    "slug", "name", "legal_name", "address", "country", "time_zone", "locale",
                    "support_email", "support_phone", "support_hours", "brand", "protection_policy", "second_step_for",
                )
            },
        )  # fmt: skip
        return by_id(operator_id)


def add_staff(operator_id: UUID, *, email: str, name: str, role: str, password: str) -> UUID:
    """Give a person a sign-in to the operator's back office and return its id; an existing email is an error."""
    user = StaffUser(
        operator_id=operator_id, email=email.strip().lower(), name=name, role=role, created_at=now()
    )
    user.set_password(password)
    with operator_transaction(operator_id):
        user.save(force_insert=True)
    return user.id


def add_api_key(operator_id: UUID, *, slug: str, name: str, scopes: tuple[str, ...]) -> str:
    """Create an API key and return its text, which is shown this once: only its hash is kept."""
    text, sha256 = new_key_text(slug)
    with operator_transaction(operator_id):
        ApiKey.objects.create(
            operator_id=operator_id, name=name, secret_sha256=sha256, scopes=list(scopes), created_at=now()
        )
    return text


def new_key_text(slug: str) -> tuple[str, str]:
    """Make up the text of a new API key; return it with the SHA-256 of its secret, which is all that is kept."""
    secret = secrets.token_urlsafe(32)
    return f"fl_{slug}_{secret}", hashlib.sha256(secret.encode()).hexdigest()


def connect_provider(operator_id: UUID, *, account: NewProviderAccount) -> None:
    """Store the operator's account at a provider; one account a provider."""
    with operator_transaction(operator_id):
        ProviderAccount.objects.create(
            operator_id=operator_id,
            provider=account.provider,
            external_account=account.external_account,
            base_url=account.base_url,
            publishable_key=account.publishable_key,
            secret_key=account.secret_key,
            webhook_secrets=list(account.webhook_secrets),
            created_at=now(),
        )
