"""Everything that happens because time passes, and the background thread that lets it happen."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass

from sandbox_acquirer import payments, refunds, settlement, setups
from sandbox_acquirer.clock import iso
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.setups import Setup
from sandbox_acquirer.webhooks import Courier
from sandbox_acquirer.work import Work

LOG = logging.getLogger("sandbox_acquirer")
PAUSE_S = 0.25
# Each is the condition of a partial index, word for word, and then the time.
UNPAID_TOO_LONG = "status IN ('requires_card', 'requires_action') AND expires_at <= :now"
PROCESSED = "status = 'processing' AND finish_at <= :now"


@dataclass(frozen=True)
class Ran:
    """What a run did."""

    expired: int = 0
    finished: int = 0
    refunds: int = 0
    payouts: int = 0


def run_due(work: Work, *, settle: bool) -> Ran:
    """Expire, finish and settle what is due at this time; `settle` also pays out what arrived late."""
    rows = work.tx.execute(
        f"SELECT * FROM payment WHERE {UNPAID_TOO_LONG} UNION ALL"  # noqa: S608
        f" SELECT * FROM payment WHERE {PROCESSED} ORDER BY seq",
        {"now": iso(work.now)},
    ).fetchall()
    ended = [payments.catch_up(work, payment=Payment(dict(row))).status for row in rows]
    forgotten = work.tx.execute(
        f"SELECT * FROM setup WHERE {UNPAID_TOO_LONG}",  # noqa: S608
        {"now": iso(work.now)},
    ).fetchall()
    ended += [setups.catch_up(work, setup=Setup(dict(row))).status for row in forgotten]
    refunded = refunds.finish_pending(work)
    made = settlement.settle(work) if settle or settlement.is_due(work) else 0
    return Ran(ended.count("expired"), ended.count("succeeded"), refunded, made)


def anything_due(sandbox: Sandbox) -> bool:
    """Say, without a write transaction, whether `run_due` would find something."""
    now = sandbox.clock.now()
    row = sandbox.storage.reader().execute(
        f"SELECT EXISTS (SELECT 1 FROM payment WHERE {UNPAID_TOO_LONG})"  # noqa: S608
        f" OR EXISTS (SELECT 1 FROM payment WHERE {PROCESSED})"
        f" OR EXISTS (SELECT 1 FROM setup WHERE {UNPAID_TOO_LONG})"
        " OR EXISTS (SELECT 1 FROM refund WHERE status = 'pending' AND finish_at <= :now)"
        " OR NOT EXISTS (SELECT 1 FROM setting WHERE name = :last AND value >= :day)",
        {
            "now": iso(now),
            "last": settlement.LAST_RUN,
            "day": settlement.last_payable_day(now).isoformat(),
        },
    )
    return bool(row.fetchone()[0])


class Background(threading.Thread):
    """Runs what is due and hands due webhooks to the courier until the process stops."""

    def __init__(self, sandbox: Sandbox, *, courier: Courier, parent_pid: int | None = None) -> None:
        super().__init__(name="background", daemon=True)
        self._sandbox = sandbox
        self._courier = courier
        self._parent_pid = parent_pid

    def run(self) -> None:
        """Loop: a write or a quarter of a second wakes it, a stop ends it."""
        while not self._sandbox.stopping.is_set():
            try:
                if anything_due(self._sandbox):
                    with self._sandbox.work() as work:
                        run_due(work, settle=False)
                self._courier.deliver_in_background()
            except Exception:
                LOG.exception("the background thread goes on after an error")
            self._sandbox.wake.wait(PAUSE_S)
            self._sandbox.wake.clear()
            if self._parent_pid is not None and os.getppid() != self._parent_pid:
                # The process that started this one is gone, so nobody would stop it.
                os._exit(0)
