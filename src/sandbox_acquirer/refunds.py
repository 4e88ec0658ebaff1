"""Refunds: money back to the card, never more than was taken. A refund in flight counts as taken until it
fails.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from sandbox_acquirer import events, payments
from sandbox_acquirer.cards import BEHAVIOURS
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import NotFound, Refused
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.money import MOST_MINOR
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.work import Work

SETTLING_TIME = timedelta(seconds=30)
FAILED = {"code": "refund_refused", "message": "The customer’s bank did not take the refund."}


def create_refund(work: Work, *, payment: Payment, body: dict[str, object]) -> dict[str, object]:
    """Refund part or all of a payment and return the refund object.

    Raises Refused when the payment is not paid or less than the amount is left of it.
    """
    fields = Fields(body, allowed={"amount", "reference"})
    amount = fields.integer("amount", least=1, most=MOST_MINOR)
    reference = fields.optional_text("reference", longest=64)
    if payment.status != "succeeded":
        raise Refused(
            "payment_not_refundable",
            message=f"The payment is {payment.status}; only a paid one can be refunded.",
        )
    left = payment.amount - payment.amount_refunded
    if amount > left:
        message = f"Only {left} of the payment's {payment.amount} can still be refunded (minor units)."
        raise Refused("amount_too_large", message=message, param="amount")
    at_once = BEHAVIOURS[payment.behaviour or "approve"].refund == "succeeded"
    refund_id = new_id("ref")
    work.tx.execute(
        "INSERT INTO refund (id, merchant_id, payment_id, status, amount, currency, reference, created,"
        " finish_at, succeeded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            refund_id, payment.merchant_id, payment.id, "succeeded" if at_once else "pending", amount,
            payment.currency, reference, iso(work.now), None if at_once else iso(work.now + SETTLING_TIME),
            iso(work.now) if at_once else None,
        ),
    )  # fmt: skip
    work.tx.execute(
        "UPDATE payment SET amount_refunded = amount_refunded + ? WHERE id = ?", (amount, payment.id)
    )
    refund = by_id(work.tx, refund_id=refund_id, merchant_id=payment.merchant_id)
    if at_once:
        events.record(work, merchant_id=payment.merchant_id, event_type="refund.succeeded", subject=refund)
    return refund


def finish_pending(work: Work) -> int:
    """End the refunds whose time has come and return how many; a failed one can be asked for again."""
    rows = work.tx.execute(
        "SELECT refund.*, payment.behaviour FROM refund JOIN payment ON payment.id = refund.payment_id"
        " WHERE refund.status = 'pending' AND refund.finish_at <= ? ORDER BY refund.seq",
        (iso(work.now),),
    ).fetchall()
    for row in rows:
        failed = BEHAVIOURS[row["behaviour"]].refund == "failed"
        status = "failed" if failed else "succeeded"
        work.tx.execute(
            "UPDATE refund SET status = ?, succeeded_at = ? WHERE id = ?",
            (status, None if failed else row["finish_at"], row["id"]),
        )
        if failed:
            work.tx.execute(
                "UPDATE payment SET amount_refunded = amount_refunded - ? WHERE id = ?",
                (row["amount"], row["payment_id"]),
            )
        refund = by_id(work.tx, refund_id=row["id"], merchant_id=row["merchant_id"])
        events.record(work, merchant_id=row["merchant_id"], event_type=f"refund.{status}", subject=refund)
    return len(rows)


def by_id(connection: sqlite3.Connection, *, refund_id: str, merchant_id: str) -> dict[str, object]:
    """Return a merchant's refund object.

    Raises NotFound when there is none.
    """
    row = connection.execute(
        "SELECT * FROM refund WHERE id = ? AND merchant_id = ?", (refund_id, merchant_id)
    ).fetchone()
    if row is None:
        raise NotFound("refund_not_found", message="There is no such refund.", param="id")
    return public(row)


def listed(
    connection: sqlite3.Connection, *, merchant_id: str, reference: str | None, payment_id: str | None
) -> list[dict[str, object]]:
    """Return at most 100 refunds of a merchant, newest first; those with the reference or of the payment when
    one is given.
    """
    rows = connection.execute(
        "SELECT * FROM refund WHERE merchant_id = :merchant_id"
        " AND (:reference IS NULL OR reference = :reference)"
        " AND (:payment_id IS NULL OR payment_id = :payment_id) ORDER BY seq DESC LIMIT 100",
        {"merchant_id": merchant_id, "reference": reference, "payment_id": payment_id},
    )
    return [public(row) for row in rows]


def public(row: sqlite3.Row) -> dict[str, object]:
    """Return the refund object of the API."""
    return {
        "id": row["id"],
        "object": "refund",
        "status": row["status"],
        "amount": row["amount"],
        "currency": row["currency"],
        "payment": row["payment_id"],
        "reference": row["reference"],
        "created": row["created"],
        "failure": FAILED if row["status"] == "failed" else None,
    }


def payment_for_refund(work: Work, *, payment_id: str, merchant_id: str) -> Payment:
    """Return the merchant's payment as it stands now.

    Raises NotFound when there is none.
    """
    return payments.catch_up(
        work, payment=payments.by_id(work.tx, payment_id=payment_id, merchant_id=merchant_id)
    )
