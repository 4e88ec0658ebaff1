"""POST requests are answered once: each carries an `Idempotency-Key`, and a copy of it gets the first answer again.

What is kept and for how long is said by `fareledger.usecases.idempotency`. Only what was done is kept: a refusal is
decided anew each time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from fareledger.domain.errors import Refused
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.sending import JSON, Done
from fareledger.usecases.idempotency import KeptAnswer, KeyedRequest, answer_once

HEADER: Final = "Idempotency-Key"
MAX_LENGTH: Final = 200
PATTERN: Final = rf"^[!-~]{{1,{MAX_LENGTH}}}$"


class IdempotencyKeyMissing(Refused):
    """A POST says by no usable key which copies of it there are."""

    def __init__(self) -> None:
        message = f"Send an {HEADER} header of 1 to {MAX_LENGTH} visible ASCII characters, a new one for every request."
        super().__init__(code="idempotency_key_missing", message=message)


def answered_once(
    request: HttpRequest, *, act: Callable[[], Done], content: bytes | None = None
) -> HttpResponse:
    """Do what a POST asks for and answer it; answer a copy as before. `content` is a body that was read already.

    `act` must do all its writing through use cases of the caller's operator. Raises IdempotencyKeyMissing, KeyReused,
    StillRunning and whatever `act` does.
    """
    key = request.headers.get(HEADER, "")
    if not re.fullmatch(PATTERN, key):
        raise IdempotencyKeyMissing
    caller = caller_of(request)
    keyed = KeyedRequest(
        key_id=caller.key_id,
        idempotency_key=key,
        request_sha256=_fingerprint(request, content=request.body if content is None else content),
        sealing_key=caller.sealing_key,
    )
    kept = answer_once(caller.operator, request=keyed, act=lambda: _written(act()))
    answer = HttpResponse(kept.body, status=kept.status, content_type=JSON, headers=kept.headers)
    if kept.replayed:
        answer["Idempotent-Replayed"] = "true"
    return answer


def _fingerprint(request: HttpRequest, *, content: bytes) -> str:
    """Tell requests apart by all that is asked: where, and with what in the body."""
    asked = f"{request.method} {request.get_full_path()}\n{request.content_type}\n".encode()
    return hashlib.sha256(asked + content).hexdigest()


def _written(done: Done) -> KeptAnswer:
    return KeptAnswer(status=done.status, headers=done.headers, body=done.text)
