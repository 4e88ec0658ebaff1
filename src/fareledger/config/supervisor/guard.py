"""A small process that outlives ours by a moment: when we are killed, it ends what we had started.

A process that is killed with SIGKILL cannot clean up, and Linux alone could end its children for it, only
the direct ones. So the guard holds the other end of a pipe. We write down in it every group we start; when
the pipe closes without a farewell, the guard ends these groups and the embedded database. It works on
every Unix. It also inherits the lock of the folder, so that a new start waits until it is through.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fareledger.config.processes import send

PATIENCE_S = 5.0
FAREWELL = "farewell"


class Guard:
    """Our end of the pipe."""

    def __init__(self, *, log: Path, keep_open: Sequence[int] = ()) -> None:
        """Start the guard; `keep_open` are file descriptors (locks) it holds until it is through."""
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fareledger.config.supervisor.guard_process"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=keep_open,
            )

    @property
    def pid(self) -> int:
        """The guard's own pid."""
        return self._process.pid

    def watch_group(self, pid: int) -> None:
        """Have this process group ended when we are killed."""
        self._say(f"group {pid}")

    def forget_group(self, pid: int) -> None:
        """Take back `watch_group`: the group is gone."""
        self._say(f"gone {pid}")

    def watch_postgres(self, data_dir: Path) -> None:
        """Have the embedded database of this folder stopped, last of all, when we are killed."""
        self._say(f"postgres {data_dir}")

    def dismiss(self) -> None:
        """Let the guard go: everything was ended in order."""
        self._say(FAREWELL)
        assert self._process.stdin is not None  # noqa: S101 -- opened as a pipe above
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 -- opened as a pipe above
        with contextlib.suppress(OSError):  # a guard that was killed guards nothing; the pid file remains
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def end_groups(groups: Sequence[int]) -> None:
    """End process groups together: politely, and for good after five seconds."""
    deadline = time.monotonic() + PATIENCE_S
    for number in (signal.SIGTERM, signal.SIGKILL):
        for group in groups:
            send(group, number=number, group=True)
        while any(map(_alive, groups)) and time.monotonic() < deadline:
            time.sleep(0.05)
        deadline += 2


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
