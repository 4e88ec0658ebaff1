"""The keys with which other systems use the Booking API: making, listing and revoking them.

The text of a key is shown once; only the hash of its secret is kept. Who a key belongs to when it is presented is
found out in `authenticate_api_key.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from fareledger.domain.access import SCOPES, Actor, Permission
from fareledger.domain.errors import NotFound, Refused
from fareledger.domain.wording import is_line
from fareledger.persistence.models import ApiKey
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.provision_operator import new_key_text

MAX_NAME: Final = 60
READ: Final = "bookings:read"


class InvalidKey(Refused):
    """A key that cannot be made; `field` names what is wrong with it."""


class KeyNotFound(NotFound):
    """This operator has no such key."""

    def __init__(self) -> None:
        super().__init__(code="key_not_found", message="This key is not there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """One key, without its secret. `last_used_on` is a day where the operator is."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


def list_api_keys(operator: Operator, *, actor: Actor) -> tuple[KeyView, ...]:
    """Return all keys, live ones first, then the newest. Raises NotPermitted."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_snapshot(operator.id):
        rows = list(ApiKey.objects.filter(operator_id=operator.id).order_by("-created_at", "-id"))
    rows.sort(key=lambda row: row.revoked_at is not None)
    return tuple(_view(row) for row in rows)


def show_api_key(operator: Operator, *, key_id: UUID, actor: Actor) -> KeyView:
    """Return one key. Raises NotPermitted and KeyNotFound."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_snapshot(operator.id):
        row = ApiKey.objects.filter(operator_id=operator.id, id=key_id).first()
    if row is None:
        raise KeyNotFound
    return _view(row)


def make_api_key(operator: Operator, *, name: str, scopes: Sequence[str], actor: Actor) -> str:
    """Make a key and return its text, which is shown this once. Raises NotPermitted and InvalidKey.

    Reading is part of every key: there is nothing one could do without it.
    """
    actor.require(Permission.MANAGE_KEYS)
    if not is_line(name, longest=MAX_NAME, shortest=1):
        message = f"Give the key a name of at most {MAX_NAME} characters."
        raise InvalidKey(code="invalid_text", message=message, field="/name")
    if any(scope not in SCOPES for scope in scopes):
        raise InvalidKey(code="unknown_scope", message="Choose scopes from the list.", field="/scopes")
    chosen = [scope for scope in SCOPES if scope in scopes or scope == READ]
    text, sha256 = new_key_text(operator.slug)
    with operator_transaction(operator.id):
        if ApiKey.objects.filter(operator_id=operator.id, name=name, revoked_at=None).exists():
            message = "A live key has this name already: the timeline would not tell them apart."
            raise InvalidKey(code="name_taken", message=message, field="/name")
        ApiKey.objects.create(
            operator_id=operator.id,
            name=name,
            secret_sha256=sha256,
            scopes=chosen,
            created_by=actor.name,
            created_at=now(),
        )
        note_access(operator, actor=actor, kind="key_made", subject=name, payload={"scopes": chosen})
    return text


def revoke_api_key(operator: Operator, *, key_id: UUID, actor: Actor) -> KeyView:
    """End a key at once and for ever; ending it again changes nothing. Raises NotPermitted and KeyNotFound."""
    actor.require(Permission.MANAGE_KEYS)
    with operator_transaction(operator.id):
        rows = ApiKey.objects.filter(operator_id=operator.id, id=key_id)
        row = rows.select_for_update().first()
        if row is None:
            raise KeyNotFound
        if row.revoked_at is None:
            row.revoked_at = now()
            row.save()
            note_access(operator, actor=actor, kind="key_revoked", subject=row.name)
    return _view(row)


def _view(row: ApiKey) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_by=row.created_by,
        created_at=row.created_at,
        last_used_on=row.last_used_on,
        revoked_at=row.revoked_at,
    )
