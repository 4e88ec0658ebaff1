"""A letter box for webhooks: keeps what the acquirer sends, so that a test can deliver it oddly."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import Client

SIGNATURE = "sandbox-signature"


@dataclass(frozen=True)
class Letter:
    """One webhook: the raw body and its signature header."""

    body: bytes
    signature: str

    @property
    def type(self) -> str:
        """What it is about."""
        return str(json.loads(self.body)["type"])


@dataclass
class WebhookBox:
    """What arrived, in order."""

    url: str = ""
    letters: list[Letter] = field(default_factory=list)


@contextmanager
def webhook_box() -> Iterator[WebhookBox]:
    """Listen on a free port of this machine and keep every delivery."""
    box = WebhookBox()

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            box.letters.append(Letter(body, self.headers.get(SIGNATURE, "")))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    box.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()


def signed(content: dict[str, Any] | bytes, *, secret: str, age_s: float = 0) -> Letter:
    """Sign a webhook as the acquirer does, so many seconds ago."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    stamp = str(int((datetime.now(UTC) - timedelta(seconds=age_s)).timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Letter(body, f"t={stamp},v1={digest}")


def deliver(letter: Letter, *, slug: str) -> int:
    """Post a webhook to the operator's address; return the status of the answer."""
    answer = Client().post(
        f"/webhooks/sandbox/{slug}",
        data=letter.body,
        content_type="application/json",
        headers={SIGNATURE: letter.signature},
    )
    return int(answer.status_code)
