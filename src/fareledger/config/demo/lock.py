"""One demo a folder. The lock falls by itself when its holder, and the guard that cleans up after it, are
gone.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from fareledger.config.processes import started_mark

CLEANING_PATIENCE_S = 40.0


class AlreadyRunning(Exception):
    """A demo runs on this folder; `base_url` is its address, or empty while it still starts."""

    def __init__(self, *, base_url: str, pid: object) -> None:
        """Take the address and the process of the other demo."""
        super().__init__(base_url)
        self.base_url = base_url
        self.pid = pid


class FolderLock:
    """Holds a folder for one demo. Whoever inherits `descriptor` holds it as well."""

    def __init__(self, folder: Path, *, say: Callable[[str], None], parent: int | None = None) -> None:
        """Take the lock; wait for a killed demo to be cleaned up. Raises AlreadyRunning.

        `parent`: the process whose end will end us, written down so that a successor knows we are about to
        stop.
        """
        self._file = (folder / "demo.lock").open("a+", encoding="utf-8")
        self._mine = {"pid": os.getpid(), "mark": started_mark(os.getpid()), "parent": parent, "base_url": ""}
        deadline = time.monotonic() + CLEANING_PATIENCE_S
        waiting = False
        while not self._taken():
            holder = self._holder()
            if _lives(holder) or time.monotonic() >= deadline:
                self._file.close()
                raise AlreadyRunning(base_url=str(holder.get("base_url", "")), pid=holder.get("pid"))
            if not waiting:
                say("The last demo was killed; waiting until it is cleaned up.")
                waiting = True
            time.sleep(0.1)
        self._write()

    @property
    def descriptor(self) -> int:
        """The open file that carries the lock."""
        return self._file.fileno()

    def answer_at(self, base_url: str) -> None:
        """Write down where we answer, for somebody who starts a second demo."""
        self._mine["base_url"] = base_url
        self._write()

    def release(self) -> None:
        """Give the folder free."""
        self._file.close()

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _holder(self) -> dict[str, object]:
        self._file.seek(0)
        try:
            return dict(json.loads(self._file.read()))
        except ValueError:
            return {}

    def _write(self) -> None:
        self._file.truncate(0)
        self._file.write(json.dumps(self._mine))
        self._file.flush()


def _lives(holder: dict[str, object]) -> bool:
    """Return whether the holder is a living demo that will go on."""
    pid, parent = holder.get("pid"), holder.get("parent")
    if not isinstance(pid, int) or started_mark(pid) != holder.get("mark"):
        return False
    return not isinstance(parent, int) or bool(started_mark(parent))
