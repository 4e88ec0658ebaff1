"""The signature of the sandbox acquirer's webhooks: HMAC-SHA256 over the time and the raw body."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from fareledger.providers.contract import ForgedWebhook

HEADER: Final = "sandbox-signature"
TOLERANCE_S: Final = 300
_SHAPE: Final = re.compile(r"t=(\d{1,12})((?:,v1=[0-9a-f]{64}){1,5})")


def check(header: str, *, body: bytes, secrets: Iterable[str], now: datetime) -> None:
    """Accept a signature made with any of the live secrets at most 300 s from `now` (the real clock).

    Raises ForgedWebhook. All secrets are tried, each in constant time.
    """
    shape = _SHAPE.fullmatch(header)
    if shape is None:
        raise ForgedWebhook("no signature of the right form")
    stamp, given = shape[1], re.findall(r"v1=([0-9a-f]{64})", shape[2])
    signed = stamp.encode() + b"." + body
    good = False
    for secret in secrets:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        for signature in given:
            good |= hmac.compare_digest(expected, signature)
    if not good:
        raise ForgedWebhook("signature does not match")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_S:
        raise ForgedWebhook("signature is too old")
