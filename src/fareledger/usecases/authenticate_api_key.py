"""Who calls the Booking API: a key of the form `fl_{operator}_{secret}` names its operator and its scopes.

Only the hash of the secret is stored. Which scope an endpoint asks for, the API face says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, key_actor
from fareledger.persistence import operators
from fareledger.persistence.models import ApiKey
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction

_KEY: Final = re.compile(r"fl_([a-z0-9][a-z0-9-]{1,39})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """The operator a key belongs to, and what the key may do."""

    operator: Operator
    key_id: UUID
    scopes: frozenset[str]
    actor: Actor


def authenticate_api_key(text: str) -> ApiCaller | None:
    """Return the caller behind a key, or None when it is malformed, unknown or revoked."""
    shape = _KEY.fullmatch(text)
    operator = operators.by_slug(shape[1]) if shape else None
    if shape is None or operator is None:
        return None
    presented = hashlib.sha256(shape[2].encode()).hexdigest()
    with operator_transaction(operator.id):
        keys = list(ApiKey.objects.filter(operator_id=operator.id, revoked_at=None))
    # Every key is compared, and each in constant time, so that an answer's time tells nothing of a secret.
    matching = [key for key in keys if hmac.compare_digest(key.secret_sha256, presented)]
    if not matching:
        return None
    key = matching[0]
    actor = key_actor(key.name, scopes=key.scopes, key_id=key.id)
    return ApiCaller(operator=operator, key_id=key.id, scopes=frozenset(key.scopes), actor=actor)
