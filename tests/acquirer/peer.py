"""The acquirer as its callers meet it: a real process over HTTP, and a receiver for its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

ADMIN_KEY = "adm_for_the_tests"
SOURCES = Path(__file__).parents[2] / "src"
# Made once: reading the certificates for each client would take longer than the tests.
TLS = ssl.create_default_context()
BROWSER = httpx.Client(verify=TLS)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCES)}
RETURN_URL = "http://127.0.0.1:9/back?from=card"


class Peer:
    """One acquirer process on a data directory; it can be stopped, killed and started again."""

    def __init__(self, storage_dir: Path) -> None:
        self.storage_dir = storage_dir
        self.start()

    def start(self) -> None:
        """Start and wait for the line that says it listens."""
        self.process = launch(self.storage_dir)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.fullmatch(r"sandbox acquirer listening on (http://127\.0\.0\.1:\d+)\n", line)
        assert found is not None, line
        self.url = found.group(1)
        self.admin = client(self.url, key=ADMIN_KEY)

    def stop(self) -> int:
        """Stop politely and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=5)

    def kill(self) -> None:
        """Kill without a chance to tidy up."""
        self.process.kill()
        self.process.wait(timeout=5)

    def merchant(self, **more: Any) -> Merchant:
        """Make a new merchant."""
        made = self.admin.post("/admin/merchants", json={"name": "Acme Travel", **more})
        assert made.status_code == 200, made.text
        return Merchant(self, keys=made.json())

    def fault(self, kind: str, **more: Any) -> None:
        """Order a fault."""
        ordered = self.admin.post("/admin/faults", json={"kind": kind, **more})
        assert ordered.status_code == 200, ordered.text

    def move_clock(self, **by: Any) -> dict[str, Any]:
        """Move the clock `offset_s` from the wall clock, or to `now`."""
        moved = self.admin.post("/admin/clock", json=by)
        assert moved.status_code == 200, moved.text
        return dict(moved.json())


class Merchant:
    """A caller of the merchant's API."""

    def __init__(self, peer: Peer, *, keys: dict[str, Any]) -> None:
        self.peer = peer
        self.id: str = keys["id"]
        self.webhook_secret: str = keys["webhook_secret"]
        self.secret_key: str = keys["secret_key"]
        self.connect()

    def connect(self) -> None:
        """Connect to the process as it listens now."""
        self.http = client(self.peer.url, key=self.secret_key)

    def post(self, path: str, *, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Post with an idempotency key when one is given."""
        return self.http.post(path, json=body, headers={"Idempotency-Key": key} if key else {})

    def create(self, *, key: str | None = None, **more: Any) -> httpx.Response:
        """Ask for a payment of £2,500.00, or as `more` says."""
        return self.post("/v1/payments", body=payment_body(**more), key=key)

    def payment(self, **more: Any) -> dict[str, Any]:
        """Return a new payment."""
        created = self.create(**more)
        assert created.status_code == 200, created.text
        return dict(created.json())

    def paid(self, *, number: str = "4242424242424242", **more: Any) -> dict[str, Any]:
        """Return a payment that was paid through the frame."""
        payment = self.payment(**more)
        answer = pay(payment["frame_url"], number=number)
        assert answer.status_code == 303, answer.text
        return self.get(payment["id"])

    def setup(self, *, key: str | None = None, **more: Any) -> dict[str, Any]:
        """Return a new set-up."""
        body = {"reference": "MANDATE-1", "return_url": RETURN_URL, **more}
        created = self.post("/v1/setups", body=body, key=key)
        assert created.status_code == 200, created.text
        return dict(created.json())

    def find(self, path: str) -> dict[str, Any]:
        """Return what an address of the API tells."""
        found = self.http.get(path)
        assert found.status_code == 200, found.text
        return dict(found.json())

    def saved(self, *, number: str, expiry: str = "08/39") -> str:
        """Return a card saved through the frame, approved where it is challenged."""
        setup = self.setup()
        pay(setup["frame_url"], number=number, expiry=expiry)
        if self.find(f"/v1/setups/{setup['id']}")["status"] == "requires_action":
            answer_challenge(setup["frame_url"], answer="approve")
        method = self.find(f"/v1/setups/{setup['id']}")["payment_method"]
        assert method is not None
        return str(method)

    def charge(self, method: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        """Charge a saved card with its owner away."""
        return self.create(payment_method=method, off_session=True, return_url=None, key=key, **more)

    def bank_payment(self, **more: Any) -> dict[str, Any]:
        """Return a new payment to be approved at a bank."""
        return self.payment(**{"method": "bank", "bank": "gb-harbour-and-county", **more})

    def get(self, payment_id: str) -> dict[str, Any]:
        """Return a payment as it stands."""
        found = self.http.get(f"/v1/payments/{payment_id}")
        assert found.status_code == 200, found.text
        return dict(found.json())

    def refund(self, payment_id: str, *, amount: int) -> httpx.Response:
        """Ask for a refund."""
        return self.post(f"/v1/payments/{payment_id}/refunds", body={"amount": amount})

    def payouts(self) -> list[dict[str, Any]]:
        """Return all payouts, oldest first."""
        return list(self.http.get("/v1/payouts").json()["data"])

    def lines(self, payout_id: str) -> list[dict[str, Any]]:
        """Return all lines of a payout."""
        return list(self.http.get(f"/v1/payouts/{payout_id}/lines").json()["data"])

    def load_history(self, payments: list[dict[str, Any]]) -> httpx.Response:
        """Load past payments."""
        return self.peer.admin.post(f"/admin/merchants/{self.id}/history", json={"payments": payments})


@dataclass
class Received:
    """One webhook as it came."""

    body: bytes
    signature: str

    @property
    def event(self) -> dict[str, Any]:
        """The body, parsed."""
        return dict(json.loads(self.body))

    def is_signed_by(self, secret: str) -> bool:
        """Verify the signature as a receiver would."""
        found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", self.signature)
        assert found is not None
        signed = found.group(1).encode() + b"." + self.body
        wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, found.group(2)) and abs(time.time() - int(found.group(1))) < 30


@dataclass
class Receiver:
    """A merchant's webhook address. It answers with `statuses` in turn, then with 200."""

    statuses: list[int] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.received.append(Received(body, self.headers["Sandbox-Signature"]))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status in {301, 302, 307}:
                    self.send_header("Location", receiver.url + "/elsewhere")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[Received]:
        """Return what has come as soon as it is `count` webhooks."""
        wait_until(lambda: len(self.received) >= count)
        return list(self.received)

    def types(self) -> list[str]:
        """Return the event types in the order they came."""
        return [webhook.event["type"] for webhook in self.received]


def launch(storage_dir: Path, *, port: str = "0", stderr: int | None = None) -> subprocess.Popen[str]:
    """Start a process, on a free port unless one is named."""
    command = [sys.executable, "-m", "sandbox_acquirer", "--port", port, "--data-dir", str(storage_dir)]
    return subprocess.Popen(
        [*command, "--admin-key", ADMIN_KEY, "--fast-retries"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def client(url: str, *, key: str) -> httpx.Client:
    """Return a client that calls with a key."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, verify=TLS)


def payment_body(**more: Any) -> dict[str, Any]:
    """Return the parameters of an ordinary payment."""
    return {
        "amount": 250_000, "currency": "GBP", "reference": "TRV-48213", "return_url": RETURN_URL, **more,
    }  # fmt: skip


def pay(frame_url: str, *, number: str, expiry: str = "08/39", cvc: str = "") -> httpx.Response:
    """Send the card form as a browser without scripts would."""
    fields = {
        "number": number,
        "expiry": expiry,
        "cvc": cvc or ("1234" if number.startswith("37") else "123"),
    }
    return BROWSER.post(frame_url, data=fields)


def answer_challenge(frame_url: str, *, answer: str) -> httpx.Response:
    """Press a button of the challenge page, whose form the page itself must offer."""
    page = BROWSER.get(frame_url).text
    found = re.search(r'action="([^"]+/challenge[^"]*)"', page)
    assert found is not None, page
    target = httpx.URL(frame_url).join(found.group(1).replace("&amp;", "&"))
    return BROWSER.post(target, data={"answer": answer})


def answer_bank(redirect_url: str, *, answer: str) -> httpx.Response:
    """Sign in at the bank and press a button there, as a browser without scripts would."""
    page = BROWSER.get(redirect_url).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    address = redirect_url.partition("?")[0]
    page = BROWSER.get(address, params={**hidden, "step": "approve"}).text
    found = re.search(r'<form method="post" action="([^"]+)"', page)
    assert found is not None, page
    target = httpx.URL(redirect_url).join(found.group(1).replace("&amp;", "&"))
    return BROWSER.post(target, data={"answer": answer})


def wait_until(true: Callable[[], bool], *, within_s: float = 8.0) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
