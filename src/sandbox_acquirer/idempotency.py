"""Idempotency keys: the same request twice has one effect and one answer.

The answer is saved in the transaction of the effect, so that neither can exist without the other. As Stripe
documents it: a repeated key with the same parameters gets the saved status and body, also a 500; with other
parameters it is an error; a request refused for its parameters is not saved. Keys live 24 hours of the
acquirer's clock.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import Answer, InvalidRequest, KeyConflict
from sandbox_acquirer.work import Work

LIFETIME = timedelta(hours=24)
LONGEST_KEY = 255


@dataclass(frozen=True)
class Request:
    """What a key is compared by: whose it is, and a hash of method, path and parameters."""

    merchant_id: str
    key: str
    request_hash: str


class Running:
    """The keys whose first request is still under way in this process."""

    def __init__(self) -> None:
        self._keys: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, request: Request) -> Iterator[None]:
        """Hold a key for the length of a request.

        Raises KeyConflict (409) when another request holds it.
        """
        entry = (request.merchant_id, request.key)
        with self._lock:
            if entry in self._keys:
                message = "A request with this idempotency key is still running. Try again in a moment."
                raise KeyConflict("idempotency_key_in_use", message=message, status=409)
            self._keys.add(entry)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(entry)


def identify(merchant_id: str, *, key: str, path: str, body: dict[str, object]) -> Request:
    """Describe a request for comparison; the order of parameters does not matter.

    Raises InvalidRequest when the key is empty or too long.
    """
    if not key or len(key) > LONGEST_KEY:
        message = f"An Idempotency-Key has 1 to {LONGEST_KEY} characters."
        raise InvalidRequest("idempotency_key_invalid", message=message, param="Idempotency-Key")
    canonical = json.dumps([path, body], sort_keys=True, separators=(",", ":"))
    return Request(merchant_id, key, hashlib.sha256(canonical.encode()).hexdigest())


def recall(work: Work, *, request: Request) -> Answer | None:
    """Return the saved answer of a key, or None when the key is new or has aged out.

    Raises KeyConflict (400) when the key was used with other parameters.
    """
    row = work.tx.execute(
        "SELECT * FROM idempotency_key WHERE merchant_id = ? AND key = ? AND created > ?",
        (request.merchant_id, request.key, iso(work.now - LIFETIME)),
    ).fetchone()
    if row is None:
        return None
    if row["request_hash"] != request.request_hash:
        message = "This idempotency key was used with other parameters. Use a new key for a new request."
        raise KeyConflict("idempotency_key_reused", message=message)
    return Answer(status=row["status"], body=json.loads(row["body"]), headers={"Idempotent-Replayed": "true"})


def remember(work: Work, *, request: Request, answer: Answer) -> None:
    """Save the answer of a key, in the transaction of its effect; forget keys that have aged out."""
    work.tx.execute("DELETE FROM idempotency_key WHERE created <= ?", (iso(work.now - LIFETIME),))
    work.tx.execute(
        "INSERT INTO idempotency_key (merchant_id, key, request_hash, status, body, created)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (request.merchant_id, request.key, request.request_hash, answer.status, answer.text(), iso(work.now)),
    )
