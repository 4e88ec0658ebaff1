"""Daily settlement: what was captured and refunded up to midnight UTC of a day is paid out at 06:00 the day
after.

A payout and its lines are written once and never change. What arrives late for a day that is already paid
goes into the merchant's next day. A day whose refunds exceed its payments has a negative deposit: the bank
account is debited.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import NamedTuple

from sandbox_acquirer import events, payouts
from sandbox_acquirer.clock import iso
from sandbox_acquirer.fees import bank_fee, fee
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.storage import setting, store_setting
from sandbox_acquirer.work import Work

PAID_AT = time(6, 0, tzinfo=UTC)
LAST_RUN = "last_settlement_day"

UNSETTLED = """
    SELECT id AS source_id, 'payment' AS kind, merchant_id, currency, amount, card, method,
           reference AS merchant_reference, captured_at AS occurred_at, seq
    FROM payment WHERE captured_at IS NOT NULL AND payout_id IS NULL AND captured_at < :until
    UNION ALL
    SELECT refund.id, 'refund', refund.merchant_id, refund.currency, refund.amount, payment.card,
           payment.method, payment.reference, refund.succeeded_at, refund.seq
    FROM refund JOIN payment ON payment.id = refund.payment_id
    WHERE refund.succeeded_at IS NOT NULL AND refund.payout_id IS NULL AND refund.succeeded_at < :until
    ORDER BY occurred_at, kind, seq
"""


class Book(NamedTuple):
    """One payout to be: a day of one merchant in one currency; sorts in the order of payment."""

    day: date
    merchant_id: str
    currency: str


def last_payable_day(now: datetime) -> date:
    """Return the last day whose payout is due by now."""
    return now.date() - timedelta(days=1 if now.timetz() >= PAID_AT else 2)


def is_due(work: Work) -> bool:
    """Say whether a payable day has passed since the last run; the first start counts from its own day."""
    day = last_payable_day(work.now)
    return setting(work.tx, name=LAST_RUN, default=day.isoformat()) < day.isoformat()


def settle(work: Work) -> int:
    """Pay out everything up to the last payable day and return the number of payouts made."""
    until = last_payable_day(work.now)
    midnight = datetime.combine(until + timedelta(days=1), time(0, tzinfo=UTC))
    rows = work.tx.execute(UNSETTLED, {"until": iso(midnight)}).fetchall()
    settled = _settled_until(work.tx)
    filed: list[tuple[Book, sqlite3.Row]] = []
    for row in rows:
        happened = date.fromisoformat(row["occurred_at"][:10])
        last = settled.get((row["merchant_id"], row["currency"]))
        day = happened if last is None else max(happened, last + timedelta(days=1))
        if day <= until:
            filed.append((Book(day, row["merchant_id"], row["currency"]), row))
    filed.sort(key=lambda entry: entry[0])
    made = 0
    for book, entries in groupby(filed, key=lambda entry: entry[0]):
        _pay_out(work, book=book, rows=[row for _, row in entries])
        made += 1
    store_setting(work.tx, name=LAST_RUN, value=until.isoformat())
    return made


def hash_lines(lines: list[dict[str, object]]) -> str:
    """Return the SHA-256 over the lines in order, each as JSON with sorted keys and no spaces, joined by
    newlines.
    """
    texts = (json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for line in lines)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _settled_until(connection: sqlite3.Connection) -> dict[tuple[str, str], date]:
    rows = connection.execute("SELECT merchant_id, currency, max(day) AS day FROM payout GROUP BY 1, 2")
    return {(row["merchant_id"], row["currency"]): date.fromisoformat(row["day"]) for row in rows}


def _pay_out(work: Work, *, book: Book, rows: list[sqlite3.Row]) -> None:
    lines = [_line(row) for row in rows]
    gross = sum(row["amount"] for row in rows if row["kind"] == "payment")
    refunds = sum(row["amount"] for row in rows if row["kind"] == "refund")
    charged = sum(int(str(line["fee"])) for line in lines)
    start = datetime.combine(book.day, time(0, tzinfo=UTC))
    payout_id = new_id("po")
    columns: dict[str, object] = {
        "id": payout_id,
        "merchant_id": book.merchant_id,
        "currency": book.currency,
        "day": book.day.isoformat(),
        "gross": gross,
        "fees": charged,
        "refunds": refunds,
        "chargebacks": 0,
        "adjustments": 0,
        "deposit": gross - charged - refunds,
        "line_count": len(lines),
        "lines_sha256": hash_lines(lines),
        "period_start": iso(start),
        "period_end": iso(start + timedelta(days=1)),
        "paid_at": iso(datetime.combine(book.day + timedelta(days=1), PAID_AT)),
    }
    payouts.insert(work.tx, columns=columns, lines=lines)
    for row in rows:
        table = "payment" if row["kind"] == "payment" else "refund"
        work.tx.execute(f"UPDATE {table} SET payout_id = ? WHERE id = ?", (payout_id, row["source_id"]))  # noqa: S608
    public = payouts.by_id(work.tx, payout_id=payout_id, merchant_id=book.merchant_id)
    events.record(work, merchant_id=book.merchant_id, event_type="payout.paid", subject=public)


def _line(row: sqlite3.Row) -> dict[str, object]:
    # A payment made at a bank has no card.
    card = json.loads(row["card"]) if row["card"] else {"brand": "", "funding": ""}
    paid = row["kind"] == "payment"
    gross = row["amount"] if paid else -row["amount"]
    # The fee of a payment is kept when it is refunded, and refunding is free.
    charged = _fee(row, card=card) if paid else 0
    return {
        "id": new_id("pol"),
        "kind": row["kind"],
        "provider_reference": row["source_id"],
        "merchant_reference": row["merchant_reference"],
        "gross": gross,
        "fee": charged,
        "net": gross - charged,
        "currency": row["currency"],
        "card_brand": card["brand"],
        "card_funding": card["funding"],
        "occurred_at": row["occurred_at"],
    }


def _fee(row: sqlite3.Row, *, card: dict[str, str]) -> int:
    if row["method"] == "bank":
        return bank_fee(row["currency"])
    return fee(row["amount"], currency=row["currency"], brand=card["brand"], funding=card["funding"])
