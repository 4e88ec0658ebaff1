"""Answers a request once: a copy of it, by the same API key under the same idempotency key, gets the first answer.

What the request did and the answer to it are committed in one transaction. So there is no moment at which one is
stored and the other is not, whenever the process dies; and a request that was refused leaves its key free. Which
requests carry a key, the API face says.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from cryptography.fernet import Fernet

from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.identity import new_id
from fareledger.persistence.models import IdempotentRequest
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import enclosing_transaction, operator_transaction, try_lock_name
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached

KEPT_FOR: Final = timedelta(hours=24)


class KeyReused(Refused):
    """The idempotency key belongs to another request."""

    def __init__(self) -> None:
        message = "This idempotency key was used for another request: give every request a key of its own."
        super().__init__(code="idempotency_key_reused", message=message)


class StillRunning(Conflict):
    """The first copy of this request has not been answered yet."""

    def __init__(self) -> None:
        message = "A request with this idempotency key is being answered right now: ask again in a moment."
        super().__init__(code="idempotency_key_in_use", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request with its idempotency key. `sealing_key` is 32 bytes that only the caller can bring again."""

    key_id: UUID
    idempotency_key: str
    request_sha256: str
    sealing_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer that can be given again as it was."""

    status: int
    headers: dict[str, str]
    body: bytes
    replayed: bool = False


def answer_once(operator: Operator, *, request: KeyedRequest, act: Callable[[], KeptAnswer]) -> KeptAnswer:
    """Return what `act` answers, or what it answered the first time.

    The use cases that `act` calls join one transaction; whatever it raises is raised, and nothing is stored.
    Raises KeyReused and StillRunning.
    """
    with enclosing_transaction(operator.id):
        name = f"idempotency|{request.key_id}|{request.idempotency_key}"
        if not try_lock_name(operator.id, text=name):
            raise StillRunning
        kept = _kept(operator, request=request)
        if kept is not None:
            return kept
        answer = act()
        _keep(operator, request=request, answer=answer)
        reached("before_answer_kept")
    reached("after_answer_kept")
    return answer


def forget_old_answers() -> int:
    """Delete the answers of all operators that were kept long enough; return how many."""
    forgotten = 0
    for operator in everyone():
        with operator_transaction(operator.id):
            old = IdempotentRequest.objects.filter(operator_id=operator.id, created_at__lt=now() - KEPT_FOR)
            forgotten += old.delete()[0]
    return forgotten


def _kept(operator: Operator, *, request: KeyedRequest) -> KeptAnswer | None:
    """Find the answer that is kept; one that is too old is made room for."""
    same_key = IdempotentRequest.objects.filter(
        operator_id=operator.id, key_id=request.key_id, idempotency_key=request.idempotency_key
    )
    found = same_key.first()
    if found is None:
        return None
    if found.created_at < now() - KEPT_FOR:
        same_key.delete()
        return None
    if found.request_sha256 != request.request_sha256:
        raise KeyReused
    body = _seal(request).decrypt(bytes(found.body))
    return KeptAnswer(status=found.status, headers=found.headers, body=body, replayed=True)


def _keep(operator: Operator, *, request: KeyedRequest, answer: KeptAnswer) -> None:
    IdempotentRequest.objects.create(
        operator_id=operator.id,
        id=new_id(),
        key_id=request.key_id,
        idempotency_key=request.idempotency_key,
        request_sha256=request.request_sha256,
        status=answer.status,
        headers=answer.headers,
        body=_seal(request).encrypt(answer.body),
        created_at=now(),
    )


def _seal(request: KeyedRequest) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(request.sealing_key))
