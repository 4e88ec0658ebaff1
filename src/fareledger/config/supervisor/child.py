"""One child process: how it is started, when it counts as ready, how it is ended.

A child leads a process group of its own, so that a Ctrl-C in the terminal reaches only the supervisor and
the child's own children can be ended with it. What it prints goes to its log file.
"""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from fareledger.config.processes import send, started_mark
from fareledger.config.supervisor.stopping import StopSwitch

LOG_LIMIT_BYTES = 5_000_000
LOG_TAIL_LINES = 15


class ChildDidNotStart(Exception):
    """A child ended, or never answered, before it was ready; the message holds the end of its log."""


@dataclass(frozen=True)
class ChildSpec:
    """What to run under which name. `ready_url` answers any status below 500 once the child can be used."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_url: str = ""
    start_patience_s: float = 60
    stop_patience_s: float = 10


class Child:
    """A running, or ended, process of one specification."""

    def __init__(self, spec: ChildSpec, *, log: Path) -> None:
        """Start the process; what it says is appended to `log`."""
        self.spec = spec
        self.log = log
        self.started_at = time.monotonic()
        if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                spec.command,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.mark = started_mark(self.process.pid)

    def ended(self) -> bool:
        """Return whether the process is gone."""
        return self.process.poll() is not None

    def wait_ready(self, stop: StopSwitch) -> None:
        """Wait until the child answers; raises ChildDidNotStart, or StopAsked."""
        deadline = time.monotonic() + self.spec.start_patience_s
        while self.spec.ready_url and not answers(self.spec.ready_url):
            if self.ended():
                raise ChildDidNotStart(
                    f"{self.spec.name} ended with code {self.process.returncode} before it was ready."
                    f"{self._tail()}"
                )
            if time.monotonic() >= deadline:
                raise ChildDidNotStart(
                    f"{self.spec.name} did not answer {self.spec.ready_url} within "
                    f"{self.spec.start_patience_s:.0f} s.{self._tail()}"
                )
            stop.sleep(0.1)

    def end(self) -> None:
        """Stop the child and its own children: politely, then for good."""
        send(self.process.pid, number=signal.SIGTERM)
        try:
            self.process.wait(timeout=self.spec.stop_patience_s)
        except subprocess.TimeoutExpired:
            pass
        send(self.process.pid, number=signal.SIGKILL, group=True)
        self.process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        return f" The end of {self.log}:\n" + "\n".join(lines)


def answers(url: str) -> bool:
    """Return whether a GET of this local address gets a status below 500 within two seconds."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
