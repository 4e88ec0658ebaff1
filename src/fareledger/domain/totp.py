"""The six figures an authenticator app shows, as RFC 6238 has them: SHA-1, a new code every 30 seconds.

Pure: secrets and moments are given in. That a code is taken once only is the caller's to keep: it remembers the step.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

STEP_S: Final = 30
DIGITS: Final = 6
SECRET_BYTES: Final = 20
# One step either way: a phone's clock may be a little off, and people type slowly.
DRIFT_STEPS: Final = 1


def step_at(moment_s: int) -> int:
    """Return the number of the 30-second step that holds this moment, given in seconds since 1970."""
    return moment_s // STEP_S


def code_of(secret: bytes, *, step: int) -> str:
    """Return the code of one step (RFC 4226, section 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, *, code: str, now_s: int, after_step: int) -> int | None:
    """Return the step this code belongs to, or None when it fits no step near `now_s` that comes after `after_step`.

    Every step is compared, and each in constant time. Spaces in the code are allowed: apps show "123 456".
    """
    typed = "".join(code.split()).encode()
    found = None
    for step in range(step_at(now_s) - DRIFT_STEPS, step_at(now_s) + DRIFT_STEPS + 1):
        fits = hmac.compare_digest(code_of(secret, step=step).encode(), typed)
        if fits and step > after_step:
            found = step
    return found


def secret_in_letters(secret: bytes) -> str:
    """Return the secret as apps take it when it is typed in: base 32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")
