"""Who calls the Booking API: a key of the form `fl_{operator}_{secret}` names its operator and its scopes.

Only the hash of the secret is stored. Which scope an endpoint asks for, the API face says.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, key_actor
from fareledger.persistence import operators
from fareledger.persistence.models import ApiKey
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import today

_KEY: Final = re.compile(r"fl_([a-z0-9][a-z0-9-]{1,39})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """The operator a key belongs to, and what the key may do.

    `sealing_key` is derived from the key's secret, which is not stored: what is sealed with it, only the caller opens.
    """

    operator: Operator
    key_id: UUID
    scopes: frozenset[str]
    actor: Actor
    sealing_key: bytes = field(repr=False)


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
        _note_use(key, day=today(operator))
    return ApiCaller(
        operator=operator,
        key_id=key.id,
        scopes=frozenset(key.scopes),
        actor=key_actor(key.name, scopes=key.scopes, key_id=key.id),
        sealing_key=hmac.digest(shape[2].encode(), b"fareledger.kept_answers", "sha256"),
    )


def _note_use(key: ApiKey, *, day: date) -> None:
    """Write the day of the last use once a day, so that requests do not wait for one another."""
    if key.last_used_on != day:
        ApiKey.objects.filter(operator_id=key.operator_id, id=key.id).update(last_used_on=day)
