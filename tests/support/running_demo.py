"""The demo as somebody starts it who has just cloned this: one real command, and nothing left after it.

Always on a database of its own making: what `DATABASE_URL` names is for the other tests. It asks the demo for nothing
that a reader of the information file could not ask for.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

SOURCE = Path(__file__).resolve().parents[2] / "src"
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 60
MARK = "FARELEDGER_TEST_RUN"


@dataclass(frozen=True)
class RunningDemo:
    """Where the demo answers and how to sign in."""

    base_url: str
    mail_url: str
    acquirer_url: str
    api_key: str
    staff_email: str
    staff_password: str
    magic_link: str
    owner_database_url: str

    @classmethod
    def of(cls, info: dict[str, Any]) -> "RunningDemo":
        """Read the information file's content."""
        return cls(
            base_url=info["base_url"],
            mail_url=info["mail_url"],
            acquirer_url=info["acquirer_url"],
            api_key=info["api_key"],
            staff_email=info["staff"]["email"],
            staff_password=info["staff"]["password"],
            magic_link=info["magic_link"],
            owner_database_url=info["owner_database_url"],
        )

    def sell(self, *, reference: str, start: date, end: date, price_minor: int = 80_000) -> None:
        """Send a booking in pounds through the API, as a shop would: one component, nothing paid yet."""
        body = {
            "reference": reference,
            "currency": "GBP",
            "booked_on": min(start, datetime.now(UTC).date()).isoformat(),
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "customer": {
                "name": "Ines Marlow",
                "email": f"{reference.lower()}@example.com",
                "locale": "en-GB",
            },
            "travellers": [{"name": "Ines Marlow", "lead": True}],
            "package": "A week in Galway",
            "components": [{"id": "stay", "kind": "hotel", "title": "Quay House", "price": price_minor}],
        }
        assert self._api("PUT", path=f"/bookings/{reference}", body=body).status_code == 201

    def portal_link(self, reference: str) -> str:
        """Make a one-time link to a booking; older ones stop working."""
        answer = self._api("POST", path=f"/bookings/{reference}/portal-links", body={"send_email": False})
        return str(answer.json()["url"])

    def mails(self, *, to: str, subject: str = "") -> list[dict[str, Any]]:
        """Return the mails to an address whose subject contains a text, newest first."""
        asked = {"to": to, "subject": subject}
        answer = httpx.get(f"{self.mail_url}/api/messages", params=asked, timeout=10)
        return list(answer.raise_for_status().json())

    def wait_for_mail(self, *, to: str, subject: str, timeout_s: float = 45) -> dict[str, Any]:
        """Return the newest mail that fits, waiting until there is one."""
        deadline = time.monotonic() + timeout_s
        while not (found := self.mails(to=to, subject=subject)):
            assert time.monotonic() < deadline, f"no mail “{subject}” to {to}"
            time.sleep(0.2)
        return found[0]

    def _api(self, method: str, *, path: str, body: dict[str, Any]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.api_key}", "Idempotency-Key": secrets.token_hex(16)}
        answer = httpx.request(
            method, f"{self.base_url}/api/v1{path}", json=body, headers=headers, timeout=30
        )
        assert answer.is_success, answer.text
        return answer


@contextmanager
def running_demo(folder: Path) -> Iterator[RunningDemo]:
    """Start the demo, wait until everything answers, and see to it that a Ctrl-C ends every process of it."""
    info, log, mark = folder / "info.json", folder / "demo.log", f"{os.getpid()}-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "fareledger.config", "demo", "--data-dir", str(folder / "house")]
    command += ["--port", str(free_port()), "--info", str(info)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=_environment(mark), stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
    stopped = False
    try:
        found = RunningDemo.of(_wait_for(info, process=process, log=log))
        yield found
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_TIMEOUT_S) == 0, _tail(log)
        stopped = True
        assert _left_running(mark) == []
        assert [url for url in (found.base_url, found.mail_url, found.acquirer_url) if answers(url)] == []
        assert not info.exists()
    finally:
        if not stopped and process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_TIMEOUT_S)


@contextmanager
def demo_of(info: Path | None) -> Iterator[RunningDemo]:
    """Use the demo whose information file is named, or start one that ends with the block."""
    if info:
        yield RunningDemo.of(json.loads(info.read_text(encoding="utf-8")))
        return
    print("starting a demo …", flush=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        yield demo


def free_port() -> int:
    """Return the number of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Return whether somebody listens at the address."""
    parts = urlsplit(url)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def _environment(mark: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    return {**kept, "PYTHONPATH": str(SOURCE), "FARELEDGER_STOP_WITH_PARENT": "1", MARK: mark}


def _wait_for(info: Path, *, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not info.exists():
        assert process.poll() is None, f"the demo ended with {process.returncode}:\n{_tail(log)}"
        assert time.monotonic() < deadline, f"the demo was not ready in time:\n{_tail(log)}"
        time.sleep(0.2)
    return dict(json.loads(info.read_text(encoding="utf-8")))


def _left_running(mark: str) -> list[str]:
    """Return the living processes that inherited our mark; only Linux tells, elsewhere ports have to do."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{MARK}={mark}".encode() in environment and words:
            found.append(words.strip())
    return found


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])
