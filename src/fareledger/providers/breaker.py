"""A rest for a provider that does not answer: after a few failures in a row it is left alone for a while.

Calls fail at once meanwhile, as never sent, so that pages stay quick and nobody storms a provider that comes
back. It knows one process only and remembers nothing over a restart.
"""

import threading
import time
from typing import Final

from fareledger.providers.contract import Unavailable

_FAILURES_IN_A_ROW: Final = 5
_REST_S: Final = 10.0


class Breaker:
    """Counts failures in a row of one provider's address."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    def check(self) -> None:
        """Let a call through, or raise Unavailable while the provider rests; one call at a time may try it
        out.
        """
        with self._lock:
            if self._failures < _FAILURES_IN_A_ROW:
                return
            if time.monotonic() < self._rests_until:
                raise Unavailable("the provider is left alone after several failures in a row")
            self._rests_until = time.monotonic() + _REST_S

    def failed(self) -> None:
        """Note a call that got no answer, or a 5xx."""
        with self._lock:
            self._failures += 1
            self._rests_until = time.monotonic() + _REST_S

    def worked(self) -> None:
        """Note an answer; the provider is well again."""
        with self._lock:
            self._failures = 0
