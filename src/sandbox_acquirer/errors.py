"""The errors of the HTTP API and the answer each becomes.

ApiError
├── InvalidRequest   400  a parameter is wrong; never saved under an idempotency key
├── Unauthorised     401
├── NotFound         404
├── KeyConflict      400 / 409  the idempotency key itself is the problem
└── Refused          400 / 409  understood, but the state of things does not allow it; saved under the key
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP: a status, a JSON body and extra headers."""

    body: dict[str, object]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return the body as JSON text."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))


class ApiError(Exception):
    """A request that ends in an error; `saved` says whether an idempotency key remembers it."""

    status = 400
    type = "invalid_request_error"
    saved = False

    def __init__(
        self, code: str, *, message: str, param: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        if status is not None:
            self.status = status

    def answer(self) -> Answer:
        """Return the HTTP answer of this error."""
        error: dict[str, object] = {"type": self.type, "code": self.code, "message": self.message}
        if self.param is not None:
            error["param"] = self.param
        return Answer(status=self.status, body={"error": error})


class InvalidRequest(ApiError):
    """A parameter is missing, unknown or wrong; nothing was begun."""


class Unauthorised(ApiError):
    """The key is missing or unknown."""

    status = 401
    type = "authentication_error"


class NotFound(ApiError):
    """There is no such object for this merchant."""

    status = 404


class KeyConflict(ApiError):
    """The idempotency key is in use by a running request, or was used with other parameters."""

    type = "idempotency_error"


class Refused(ApiError):
    """The request is valid but the state of the payment does not allow it."""

    saved = True


def failure_answer() -> Answer:
    """Return the answer of a request that broke inside the acquirer."""
    message = "Something went wrong at the acquirer. Ask what became of the request before sending another."
    return Answer(
        status=500, body={"error": {"type": "api_error", "code": "internal_error", "message": message}}
    )
