"""Deliver events: signed, in order, retried until the merchant answers 2xx, and spoiled when an admin asks
for that.

A delivery happens outside any transaction; what became of it is written afterwards. A process killed in
between delivers again, which is why receivers drop an event id they have seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from functools import cache

import httpx

from sandbox_acquirer import faults, merchants
from sandbox_acquirer.clock import iso, wall_ms
from sandbox_acquirer.errors import NotFound
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.merchants import Merchant
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.storage import Storage

MINUTE, HOUR = 60, 3600
# Seconds between tries: fourteen pauses make fifteen tries.
RETRY_AFTER_S = (5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR) + (12 * HOUR,) * 6
MOST_TRIES = len(RETRY_AFTER_S) + 1
TIMEOUT_S = 5.0
BATCH = 50


@dataclass
class Delivered:
    """How many deliveries a run made, by how they ended."""

    delivered: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Outcome:
    """One answer of a receiver: its status, or why there was none."""

    status: int | None
    error: str | None

    @property
    def ok(self) -> bool:
        """Say whether the receiver took the event."""
        return self.status is not None and 200 <= self.status < 300


class Courier:
    """Delivers what is due: one merchant's events one after the other, different merchants side by side."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def waiting_merchants(self) -> list[str]:
        """Return the merchants that have an event due now and an address to send it to."""
        rows = self._sandbox.storage.reader().execute(
            "SELECT DISTINCT merchant_id FROM event JOIN merchant ON merchant.id = event.merchant_id"
            " WHERE event.state = 'waiting' AND event.next_try_ms <= ? AND merchant.webhook_url IS NOT NULL",
            (wall_ms(),),
        )
        return [row["merchant_id"] for row in rows]

    def deliver_in_background(self) -> None:
        """Start a thread for each merchant that has events due and is not being served already."""
        for merchant_id in self.waiting_merchants():
            if not self._sandbox.queues.of(merchant_id).locked():
                threading.Thread(target=self.deliver_to, args=(merchant_id,), daemon=True).start()

    def deliver_all(self) -> Delivered:
        """Deliver everything that is due, here and now, waiting for deliveries under way."""
        total = Delivered()
        for merchant_id in self.waiting_merchants():
            done = self.deliver_to(merchant_id)
            total = Delivered(total.delivered + done.delivered, total.failed + done.failed)
        return total

    def deliver_to(self, merchant_id: str) -> Delivered:
        """Deliver one merchant's due events in the order they happened."""
        done = Delivered()
        with self._sandbox.queues.of(merchant_id):
            while not self._sandbox.stopping.is_set():
                rows = self._due(merchant_id)
                if not rows:
                    return done
                merchant = merchants.by_id(self._sandbox.storage.reader(), merchant_id=merchant_id)
                for row in rows:
                    self._deliver(row, merchant=merchant, done=done)
                    if self._sandbox.stopping.is_set():
                        return done
        return done

    def _due(self, merchant_id: str) -> list[sqlite3.Row]:
        reader = self._sandbox.storage.reader()
        return reader.execute(
            "SELECT * FROM event WHERE state = 'waiting' AND next_try_ms <= ? AND merchant_id = ?"
            " ORDER BY seq LIMIT ?",
            (wall_ms(), merchant_id, BATCH),
        ).fetchall()

    def _deliver(self, row: sqlite3.Row, *, merchant: Merchant, done: Delivered) -> None:
        storage = self._sandbox.storage
        first = row["tries"] == 0 and row["faultable"]
        fault = faults.take_for_webhook(storage, event_type=row["type"]) if first else None
        kind = fault.kind if fault is not None else None
        if kind in {"hold_webhooks", "reorder_webhooks"}:
            set_aside(storage, event_id=row["id"], state="held" if kind == "hold_webhooks" else "swapped")
            return
        faults.wait(fault, stopping=self._sandbox.stopping)
        if kind == "forge_webhook":
            forged = self._post(merchant, body=row["body"], secret=new_id("whsec", length=40))
            self._log(row["id"], kind="forged", outcome=forged)
        outcome = self._post(merchant, body=row["body"], secret=merchant.webhook_secret)
        self._record(row, outcome=outcome)
        if kind == "duplicate_webhook":
            again = self._post(merchant, body=row["body"], secret=merchant.webhook_secret)
            self._log(row["id"], kind="duplicate", outcome=again)
        if outcome.ok:
            done.delivered += 1
        else:
            done.failed += 1

    def _post(self, merchant: Merchant, *, body: str, secret: str) -> Outcome:
        headers = {"Content-Type": "application/json", "Sandbox-Signature": signature(body, secret=secret)}
        try:
            answer = http_client().post(str(merchant.webhook_url), content=body.encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(None, type(error).__name__)
        return Outcome(answer.status_code, None)

    def _record(self, row: sqlite3.Row, *, outcome: Outcome) -> None:
        tries = row["tries"] + 1
        state, next_try_ms = "delivered", wall_ms()
        if not outcome.ok:
            state = "waiting" if tries < MOST_TRIES else "given_up"
            pause_s = RETRY_AFTER_S[min(tries, len(RETRY_AFTER_S)) - 1]
            next_try_ms += pause_s * 1000 // (10 if self._sandbox.fast_retries else 1)
        self._log(row["id"], kind="genuine", outcome=outcome)
        with self._sandbox.storage.transaction() as tx:
            tx.execute(
                "UPDATE event SET state = ?, tries = ?, next_try_ms = ?, last_status = ?, last_error = ?"
                " WHERE id = ?",
                (state, tries, next_try_ms, outcome.status, outcome.error, row["id"]),
            )
            # What was held back to arrive out of order may follow now.
            tx.execute(
                "UPDATE event SET state = 'waiting', faultable = 0, next_try_ms = ?"
                " WHERE merchant_id = ? AND state = 'swapped'",
                (wall_ms(), row["merchant_id"]),
            )

    def _log(self, event_id: str, *, kind: str, outcome: Outcome) -> None:
        at = iso(self._sandbox.clock.now())
        with self._sandbox.storage.transaction() as tx:
            tx.execute(
                "INSERT INTO delivery (event_id, kind, at, status, error) VALUES (?, ?, ?, ?, ?)",
                (event_id, kind, at, outcome.status, outcome.error),
            )


@cache
def http_client() -> httpx.Client:
    """Return the client all deliveries share; it follows no redirects and reads no proxy from the
    environment.
    """
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


def signature(body: str, *, secret: str) -> str:
    """Return the Sandbox-Signature header of a body: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`."""
    sent_at = int(time.time())
    signed = f"{sent_at}.{body}".encode()
    return f"t={sent_at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def set_aside(storage: Storage, *, event_id: str, state: str) -> None:
    """Keep an event back: `held` until faults are cleared, `swapped` until the next event has gone out."""
    with storage.transaction() as tx:
        tx.execute("UPDATE event SET state = ? WHERE id = ?", (state, event_id))


def send_again(storage: Storage, *, event_id: str) -> dict[str, object]:
    """Put an event back in the queue, whatever became of it before, and return its log entry.

    Raises NotFound when there is no such event.
    """
    with storage.transaction() as tx:
        changed = tx.execute(
            "UPDATE event SET state = 'waiting', tries = 0, faultable = 0, next_try_ms = ? WHERE id = ?",
            (wall_ms(), event_id),
        )
        if not changed.rowcount:
            raise NotFound("event_not_found", message="There is no such event.", param="id")
        row = tx.execute("SELECT * FROM event WHERE id = ?", (event_id,)).fetchone()
        return log_entry(tx, row=row)


def log_entry(connection: sqlite3.Connection, *, row: sqlite3.Row) -> dict[str, object]:
    """Return one event of the delivery log with every try to deliver it."""
    tries = connection.execute("SELECT * FROM delivery WHERE event_id = ? ORDER BY id", (row["id"],))
    return {
        "id": row["id"],
        "type": row["type"],
        "merchant": row["merchant_id"],
        "object": row["object_id"],
        "created": row["created"],
        "state": row["state"],
        "tries": row["tries"],
        "next_try_at_ms": row["next_try_ms"] if row["state"] == "waiting" else None,
        "last_status": row["last_status"],
        "last_error": row["last_error"],
        "deliveries": [
            {"kind": entry["kind"], "at": entry["at"], "status": entry["status"], "error": entry["error"]}
            for entry in tries
        ],
        "body": json.loads(row["body"]),
    }


def delivery_log(connection: sqlite3.Connection, *, limit: int) -> list[dict[str, object]]:
    """Return the newest events with their deliveries."""
    rows = connection.execute("SELECT * FROM event ORDER BY seq DESC LIMIT ?", (limit,)).fetchall()
    return [log_entry(connection, row=row) for row in rows]
