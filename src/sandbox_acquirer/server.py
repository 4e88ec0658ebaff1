"""Run the acquirer as one process: a socket on this machine only, the web server, the background thread, a
clean stop.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox_acquirer.app import create_app
from sandbox_acquirer.clock import Clock
from sandbox_acquirer.due import Background
from sandbox_acquirer.pipeline import DROP_CONNECTION
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.storage import Storage
from sandbox_acquirer.webhooks import Courier

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Options:
    """How to run: where to listen (0 chooses a port), where to keep things, and for how long."""

    port: int
    storage_dir: Path
    admin_key: str | None = None
    fast_retries: bool = False
    stop_with_parent: bool = False


class DataDirInUse(Exception):
    """Another acquirer is running on the same data directory."""


class DroppableProtocol(H11Protocol):
    """HTTP/1.1 that lets the application close the connection without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner: ASGIApp = self.app

        async def with_drop(scope: Scope, receive: Receive, send: Send, /) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), DROP_CONNECTION: self.transport.abort}
            await inner(scope, receive, send)

        self.app = with_drop


class Server(uvicorn.Server):
    """A server that says when it is ready and ends every wait when it is told to stop."""

    def __init__(self, config: uvicorn.Config, *, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then print the one line that others wait for."""
        await super().startup(sockets=sockets)
        sys.stdout.write(f"sandbox acquirer listening on {self._sandbox.base_url}\n")
        sys.stdout.flush()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once: delays end, deliveries under way are repeated at the next start."""
        self._sandbox.stopping.set()
        self._sandbox.wake.set()
        self.force_exit = True
        super().handle_exit(sig, frame)
        # uvicorn raises a captured signal again, which would make a clean stop look like a crash.
        self._captured_signals.clear()


def serve(options: Options) -> None:
    """Run until SIGTERM or SIGINT.

    Raises DataDirInUse when another process has the data directory, OSError when the port is taken.
    """
    options.storage_dir.mkdir(parents=True, exist_ok=True)
    lock = _lock(options.storage_dir)
    listener = socket.create_server((HOST, options.port))
    # Headers and body leave in two packets; without this each answer would wait 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    storage = Storage(options.storage_dir / "acquirer.sqlite3")
    sandbox = Sandbox(
        storage=storage,
        clock=Clock(storage),
        base_url=f"http://{HOST}:{listener.getsockname()[1]}",
        admin_key=options.admin_key or _kept_admin_key(options.storage_dir),
        fast_retries=options.fast_retries,
    )
    parent_pid = os.getppid() if options.stop_with_parent else None
    config = uvicorn.Config(
        create_app(sandbox),
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        # A larger listen queue and long-lived connections: due runs ask many things at once.
        backlog=512,
        timeout_keep_alive=60,
    )
    Background(sandbox, courier=Courier(sandbox), parent_pid=parent_pid).start()
    Server(config, sandbox=sandbox).run(sockets=[listener])
    lock.close()
    # Threads in the middle of a delivery would hold the exit for seconds; SQLite needs no goodbye.
    os._exit(0)


def _lock(storage_dir: Path) -> IO[str]:
    handle = (storage_dir / "acquirer.lock").open("a")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise DataDirInUse(f"another sandbox acquirer is running on {storage_dir}") from error
    return handle


def _kept_admin_key(storage_dir: Path) -> str:
    path = storage_dir / "admin.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("adm_" + secrets.token_urlsafe(24), encoding="ascii")
    return path.read_text(encoding="ascii").strip()
