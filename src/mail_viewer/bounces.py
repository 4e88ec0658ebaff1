"""Tells a sender that a mail came back, as a mail service does: by a signed webhook.

Where to, and the secret to sign with, are told to the viewer; it knows nothing else of who sends. A mail names its
stream in a header, as mail services know it, and the stream is part of the address.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from mail_viewer.message import Message

KEY_FILE = "tell.key"
REASON = "550 5.1.1 The mailbox does not exist"
_STREAM = re.compile(r"[\w-]{1,60}")


class NobodyToTell(Exception):
    """This viewer knows no address to tell, or the mail names no stream."""


@dataclass(frozen=True)
class Teller:
    """An address with `{stream}` in it, and the secret that signs what is sent there."""

    address: str
    secret: str

    @classmethod
    def from_folder(cls, folder: Path, *, address: str) -> Teller | None:
        """Read the secret that was put into the viewer's folder; None when nobody is to be told."""
        path = folder / KEY_FILE
        return cls(address=address, secret=path.read_text(encoding="ascii").strip()) if address else None

    async def tell(self, message: Message) -> int:
        """Tell that this mail bounced; return the HTTP status of the answer, 0 when nobody answered.

        Raises NobodyToTell for a mail without a stream.
        """
        stream = next((value for name, value in message.headers if name.lower() == "x-mail-stream"), "")
        if not _STREAM.fullmatch(stream):
            raise NobodyToTell
        event = {"message_id": message.message_id, "event": "bounced", "reason": REASON}
        body = json.dumps(event).encode()
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                answer = await client.post(
                    self.address.replace("{stream}", stream), content=body, headers=self._headers(body)
                )
        except httpx.HTTPError:
            return 0
        return answer.status_code

    def _headers(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        signed = hmac.new(self.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "Mail-Signature": f"t={stamp},v1={signed}"}
