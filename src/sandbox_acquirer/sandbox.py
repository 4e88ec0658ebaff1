"""The running process as its parts see it: storage, clock, address, keys and the two signals between its
threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox_acquirer.clock import Clock
from sandbox_acquirer.idempotency import Running
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.storage import Storage, setting
from sandbox_acquirer.work import Work


class Queues:
    """One lock a merchant, so that its webhooks go out one after the other."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def of(self, merchant_id: str) -> threading.Lock:
        """Return the merchant's lock."""
        with self._guard:
            return self._locks.setdefault(merchant_id, threading.Lock())


@dataclass
class Sandbox:
    """One acquirer. `stopping` ends waits and threads; `wake` tells the background thread that something was
    written.
    """

    storage: Storage
    clock: Clock
    base_url: str
    admin_key: str
    fast_retries: bool = False
    running: Running = field(default_factory=Running)
    queues: Queues = field(default_factory=Queues)
    stopping: threading.Event = field(default_factory=threading.Event)
    wake: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Open a write transaction at the acquirer's time; afterwards whatever it made due is looked at."""
        with self.storage.transaction() as tx:
            yield Work(tx, self.clock.now(), self.base_url)
        self.wake.set()

    def fingerprint_key(self) -> str:
        """Return the key of card fingerprints, made once for each data directory."""
        with self.storage.transaction() as tx:
            return setting(tx, name="fingerprint_key", default=new_id("fpk", length=40))
