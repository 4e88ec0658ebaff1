"""Real processes of the application, to be killed: their environment, their start, how they die."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO
from uuid import UUID

import httpx
from django.conf import settings

from fareledger.usecases.crash_points import CrashPoint
from tests.support.database import TestDatabase
from tests.support.webhook_box import Letter

KILLED = int(signal.SIGKILL)


def environment(database: TestDatabase, **more: str) -> dict[str, str]:
    """The environment of an application process on the test database."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FARELEDGER_")}
    own = {
        "DATABASE_URL": database.url,
        "DJANGO_SETTINGS_MODULE": "fareledger.config.settings",
        # The same key as here, or the process could not open what this one sealed.
        "FARELEDGER_SECRET_KEY": settings.SECRET_KEY,
        "FARELEDGER_POOL_SIZE": "4",
        "FARELEDGER_WEBHOOKS_TO_LOOPBACK": "1",
        "PYTHONPATH": os.pathsep.join(path for path in ("src", ".") if path),
    }
    return {**inherited, **own, **more}


@dataclass(frozen=True)
class Dying:
    """Children that are killed at one crash point, one for each deed."""

    process: subprocess.Popen[str]

    def start(self, operator_id: UUID, *, booking_id: UUID, row_id: UUID, by: str = "card") -> int:
        """Press the pay button (card, saved_card or bank); return the signal that ended the child."""
        return self._do("start", operator=str(operator_id), booking=str(booking_id), row=str(row_id), by=by)

    def approve(self, operator_id: UUID, *, booking_id: UUID, session_id: UUID) -> int:
        """Press the button of the approve page."""
        return self._do(
            "approve", operator=str(operator_id), booking=str(booking_id), session=str(session_id)
        )

    def refresh_card(self, operator_id: UUID, *, setup_id: UUID) -> int:
        """Come back from the provider's page on which the card was stored."""
        return self._do("refresh_card", operator=str(operator_id), setup=str(setup_id))

    def refund(self, operator_id: UUID, *, booking_id: UUID, row_id: UUID) -> int:
        """Send the money of a refund row back online."""
        return self._do("refund", operator=str(operator_id), booking=str(booking_id), row=str(row_id))

    def imports(self, operator_id: UUID) -> int:
        """Work off the files of bookings that wait."""
        return self._do("imports", operator=str(operator_id))

    def refresh(self, operator_id: UUID, *, attempt_id: UUID) -> int:
        """Come back from the provider's page."""
        return self._do("refresh", operator=str(operator_id), attempt=str(attempt_id))

    def receive(self, operator_id: UUID, *, letter: Letter) -> int:
        """Take a webhook in."""
        body = base64.b64encode(letter.body).decode()
        return self._do("receive", operator=str(operator_id), body=body, signature=letter.signature)

    def process_webhook(self, operator_id: UUID, *, event_id: UUID) -> int:
        """Process a webhook of the inbox."""
        return self._do("process", operator=str(operator_id), event=str(event_id))

    def mail(self, operator_id: UUID, *, email_id: UUID) -> int:
        """Send an email of the outbox."""
        return self._do("mail", operator=str(operator_id), email=str(email_id))

    def tell(self, operator_id: UUID, *, endpoint_id: UUID) -> int:
        """Deliver what is due to one address of other systems."""
        return self._do("outgoing", operator=str(operator_id), endpoint=str(endpoint_id))

    def pull_payouts(self, operator_id: UUID) -> int:
        """Fetch and match what the acquirers paid out."""
        return self._do("pull", operator=str(operator_id))

    def release_protected(self, operator_id: UUID) -> int:
        """Release what trips that have ended have earned."""
        return self._do("release", operator=str(operator_id))

    def remind(self, operator_id: UUID) -> int:
        """Queue the reminders of the day."""
        return self._do("remind", operator=str(operator_id))

    def collect(self, operator_id: UUID) -> int:
        """Charge what is due."""
        return self._do("collect", operator=str(operator_id))

    def call(self, key: str, *, address: str, body: object, idempotency_key: str) -> int:
        """POST something to the Booking API with an API key."""
        text = json.dumps(body)
        return self._do("call", key=key, address=address, body=text, idempotency_key=idempotency_key)

    def _do(self, deed: str, **wanted: str) -> int:
        into, out = _pipes(self.process)
        into.write(json.dumps({"do": deed, **wanted}) + "\n")
        into.flush()
        return int(out.readline())


@contextmanager
def dying_at(point: CrashPoint, *, database: TestDatabase, smtp_url: str = "") -> Iterator[Dying]:
    """Run a process whose children die at this point."""
    more = {"FARELEDGER_CRASH_AT": point, **({"FARELEDGER_SMTP_URL": smtp_url} if smtp_url else {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.dying"],
        env=environment(database, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Dying(process)
    finally:
        into, _ = _pipes(process)
        into.close()
        process.wait(timeout=10)


@contextmanager
def running(command: list[str], *, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run one process of the application in a group of its own; whatever is left of it is killed at the end."""
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait(timeout=10)


@contextmanager
def web(database: TestDatabase, *, port: int, **more: str) -> Iterator[str]:
    """Run the web process; yields its address once it answers."""
    command = [sys.executable, "-m", "fareledger.config", "web", "--port", str(port), "--threads", "2"]
    address = f"http://127.0.0.1:{port}"
    with running(command, env=environment(database, FARELEDGER_BASE_URL=address, **more)) as process:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{address}/webhooks/sandbox/x", timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, "the web process ended"
                assert time.monotonic() < deadline, "the web process does not answer"
                time.sleep(0.1)
        yield address


@contextmanager
def worker(database: TestDatabase, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the worker process."""
    command = [sys.executable, "-m", "fareledger.config", "worker"]
    with running(command, env=environment(database, **more)) as process:
        yield process


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
