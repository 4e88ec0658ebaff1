"""One HTTP call to the sandbox acquirer, and what its failure means: was it sent, was it done, may it be sent
again?

The difference decides whether money can move twice, so it is made here, once, from where in the call it
broke.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import httpx

from fareledger.providers.breaker import Breaker
from fareledger.providers.contract import (
    Declined,
    Misconfigured,
    OutcomeUnknown,
    ProviderFailure,
    Unavailable,
)
from fareledger.providers.sandbox.declines import kind_of

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 3.0
ANSWER_TIMEOUT_S: Final = 15.0

# The request never left us.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# Answers of 400 that refuse the money and not our way of asking.
_REFUSED_FOR_GOOD: Final = frozenset(
    {"amount_too_large", "payment_not_refundable", "payment_method_detached", "payment_method_not_found"}
)
_LOCK = threading.Lock()
_BREAKERS: dict[str, Breaker] = {}


class Caller:
    """Calls one base URL with one key."""

    def __init__(self, *, base_url: str, key: str) -> None:
        self._client = _client(base_url)
        self._breaker = _breaker(base_url)
        self._authorization = f"Bearer {key}"

    def get(self, path: str, *, query: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """Ask; whatever goes wrong on the way, asking again is safe. Raises Unavailable and Misconfigured."""
        try:
            return self._call("GET", path=path, query=query)
        except OutcomeUnknown as failure:
            raise Unavailable(str(failure)) from failure

    def post(self, path: str, *, body: Mapping[str, Any], idempotency_key: str = "") -> dict[str, Any]:
        """Have something done. Raises Declined, Unavailable, OutcomeUnknown and Misconfigured."""
        return self._call("POST", path=path, body=body, idempotency_key=idempotency_key)

    def patch(self, path: str, *, body: Mapping[str, Any]) -> dict[str, Any]:
        """Have something changed. Raises as `post` does."""
        return self._call("PATCH", path=path, body=body)

    def _call(
        self,
        method: str,
        *,
        path: str,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str = "",
    ) -> dict[str, Any]:
        self._breaker.check()
        headers = {"Authorization": self._authorization}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        try:
            answer = self._client.request(method, path, params=query, json=body, headers=headers)
        except _NOT_SENT as failure:
            self._breaker.failed()
            raise Unavailable(f"{method} {path}: not sent ({type(failure).__name__})") from failure
        except httpx.HTTPError as failure:
            self._breaker.failed()
            raise OutcomeUnknown(f"{method} {path}: no answer ({type(failure).__name__})") from failure
        if answer.status_code < 500:
            self._breaker.worked()
        else:
            self._breaker.failed()
        return _content(answer)


def _content(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        content = None
    if answer.is_success and isinstance(content, dict):
        return content
    raise _failure(answer.status_code, content=content if isinstance(content, dict) else {})


def _failure(status: int, *, content: Mapping[str, Any]) -> ProviderFailure:
    error = content.get("error")
    error = error if isinstance(error, dict) else {}
    code = str(error.get("decline_code") or error.get("code") or status)
    message = str(error.get("message") or "The provider gave no reason.")
    # 409 on a POST: the same key is still at work; a 2xx or 3xx that cannot be read may have been carried out
    # too.
    if status >= 500 or status < 400 or error.get("code") == "idempotency_key_in_use":
        return OutcomeUnknown(f"answer {status}: {code}")
    if status == 429:
        return Unavailable(f"answer 429: {message}")
    if status == 402 or error.get("code") in _REFUSED_FOR_GOOD:
        return Declined(code=code, message=message, kind=kind_of(code), reference=_failed_payment(error))
    return Misconfigured(f"answer {status}: {code}: {message}")


def _failed_payment(error: Mapping[str, Any]) -> str:
    payment = error.get("payment")
    return str(payment.get("id") or "") if isinstance(payment, dict) else ""


@lru_cache(maxsize=16)
def _client(base_url: str) -> httpx.Client:
    """Return the connection pool to one base URL, shared by all threads of this process."""
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(max_connections=64, keepalive_expiry=20),
        follow_redirects=False,
        trust_env=False,
    )


def _breaker(base_url: str) -> Breaker:
    with _LOCK:
        return _BREAKERS.setdefault(base_url, Breaker())
