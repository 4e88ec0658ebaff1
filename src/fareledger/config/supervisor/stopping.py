"""The wish to stop, noted when it comes and obeyed at the next safe point.

A signal may arrive between starting a process and writing down that it was started, so the handler only
notes it; loops ask. The parent's death counts as a wish to stop when the caller says so (`make` killed
under us).
"""

import os
import signal
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """Somebody wants everything to stop; raised at a safe point."""


class StopSwitch:
    """Notes signals, and the death of the parent, until somebody asks."""

    def __init__(self, *, with_parent: bool = False) -> None:
        """Take whether the end of the parent process is a wish to stop as well."""
        self._asked = False
        self._parent = os.getppid() if with_parent else None

    def listen(self) -> None:
        """Take over the signals that mean stop. Must be called from the main thread."""
        for number in SIGNALS:
            signal.signal(number, self._note)

    def asked(self) -> bool:
        """Return whether a stop was asked for."""
        if self._parent is not None and os.getppid() != self._parent:
            self._asked = True
        return self._asked

    def check(self) -> None:
        """Raise StopAsked when a stop was asked for."""
        if self.asked():
            raise StopAsked

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than until a stop is asked for; then raise StopAsked."""
        deadline = time.monotonic() + seconds
        self.check()
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
            self.check()

    def _note(self, number: int, frame: FrameType | None = None, /) -> None:
        self._asked = True
