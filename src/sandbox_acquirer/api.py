"""The merchant's API: payments, refunds and payouts, each handler one request."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta

from sandbox_acquirer import banks, charging, framestyle, payments, refunds, saved_cards
from sandbox_acquirer.banks import Bank
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import Answer, InvalidRequest, Refused
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.money import MOST_MINOR
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.pipeline import Call
from sandbox_acquirer.work import Work

LIFETIME = timedelta(minutes=60)
PARAMETERS = {
    "amount",
    "currency",
    "reference",
    "description",
    "return_url",
    "capture",
    "save_card",
    "payment_method",
    "off_session",
    "frame_style",
    "method",
    "bank",
}
CARDS_ONLY = ("save_card", "payment_method", "off_session", "frame_style")  # fmt: skip


def create_payment(work: Work, call: Call, /) -> Answer:
    """Create a payment; with a saved card charge it at once, with a bank say where the customer approves it."""
    payment = payments.insert(work, columns=_columns(work, call=call))
    if payment.payment_method is None:
        return Answer(payment.public(work.base_url))
    return _charged(work, payment=charging.charge_saved(work, payment=payment))


def get_payment(call: Call) -> Answer:
    """Return a payment as it stands at this moment."""
    payment = payments.by_id(
        call.sandbox.storage.reader(), payment_id=call.path["id"], merchant_id=call.merchant_id
    )
    if payment.due(iso(call.sandbox.clock.now())):
        with call.sandbox.work() as work:
            payment = payments.catch_up(work, payment=payments.by_id(work.tx, payment_id=payment.id))
    return Answer(payment.public(call.sandbox.base_url))


def list_payments(call: Call) -> Answer:
    """Return the newest payments, or those with a reference."""
    Fields(call.query, allowed={"reference"})
    reader = call.sandbox.storage.reader()
    found = payments.by_reference(reader, merchant_id=call.merchant_id, reference=call.query.get("reference"))
    now = iso(call.sandbox.clock.now())
    if any(payment.due(now) for payment in found):
        with call.sandbox.work() as work:
            found = [
                payments.catch_up(work, payment=payments.by_id(work.tx, payment_id=payment.id))
                for payment in found
            ]
    return Answer({"data": [payment.public(call.sandbox.base_url) for payment in found]})


def cancel_payment(work: Work, call: Call, /) -> Answer:
    """Cancel a payment that is not paid yet.

    Raises Refused (409) when it has ended or its money is on the way.
    """
    Fields(call.body, allowed=())
    payment = payments.catch_up(
        work, payment=payments.by_id(work.tx, payment_id=call.path["id"], merchant_id=call.merchant_id)
    )
    if payment.status not in payments.UNPAID:
        message = f"The payment is {payment.status} and cannot be cancelled."
        raise Refused("payment_not_cancellable", message=message, status=409)
    return Answer(payments.move(work, payment=payment, event="cancelled").public(work.base_url))


def create_refund(work: Work, call: Call, /) -> Answer:
    """Refund a payment in part or in full."""
    payment = refunds.payment_for_refund(work, payment_id=call.path["id"], merchant_id=call.merchant_id)
    return Answer(refunds.create_refund(work, payment=payment, body=call.body))


def list_refunds(call: Call) -> Answer:
    """Return the newest refunds, or those with a reference or of a payment."""
    Fields(call.query, allowed={"reference", "payment"})

    def found(connection: sqlite3.Connection) -> list[dict[str, object]]:
        return refunds.listed(
            connection,
            merchant_id=call.merchant_id,
            reference=call.query.get("reference"),
            payment_id=call.query.get("payment"),
        )

    answer = found(call.sandbox.storage.reader())
    if any(refund["status"] == "pending" for refund in answer):
        with call.sandbox.work() as work:
            refunds.finish_pending(work)
            answer = found(work.tx)
    return Answer({"data": answer})


def get_refund(call: Call) -> Answer:
    """Return a refund as it stands at this moment."""
    reader = call.sandbox.storage.reader()
    refund = refunds.by_id(reader, refund_id=call.path["id"], merchant_id=call.merchant_id)
    if refund["status"] == "pending":
        with call.sandbox.work() as work:
            refunds.finish_pending(work)
            refund = refunds.by_id(work.tx, refund_id=call.path["id"], merchant_id=call.merchant_id)
    return Answer(refund)


def _columns(work: Work, *, call: Call) -> dict[str, object]:
    fields = Fields(call.body, allowed=PARAMETERS)
    if fields.given("capture") and fields.raw("capture") not in (True, "automatic"):
        raise fields.refuse("capture", message="capture is always automatic.")
    off_session = fields.flag("off_session")
    method = fields.optional_text("payment_method", longest=64)
    if off_session and method is None:
        message = "An off-session payment needs a saved card."
        raise fields.refuse("payment_method", code="parameter_missing", message=message)
    currency = fields.currency("currency")
    allowed = call.merchant.settle_currencies if call.merchant is not None else None
    if allowed is not None and currency not in allowed:
        message = f"This merchant takes {', '.join(allowed)} only."
        raise InvalidRequest("currency_not_enabled", message=message, param="currency")
    # Nobody comes back from an off-session payment, so it needs no address to come back to.
    return_url = None if off_session and not fields.given("return_url") else fields.url("return_url")
    style = framestyle.validated(fields)
    columns: dict[str, object] = {
        "id": new_id("pay"),
        "merchant_id": call.merchant_id,
        "status": "requires_card",
        "amount": fields.integer("amount", least=1, most=MOST_MINOR),
        "currency": currency,
        "reference": fields.text("reference", longest=64),
        "description": fields.optional_text("description", longest=500),
        "return_url": return_url,
        "frame_token": new_id("ft", length=32),
        "frame_style": json.dumps(style) if style else None,
        "save_card": fields.flag("save_card"),
        "off_session": off_session,
        "payment_method": method,
        "created": iso(work.now),
        "expires_at": iso(work.now + LIFETIME),
    }
    if method is not None:
        saved_cards.require_usable(work, merchant_id=call.merchant_id, method_id=method)
    bank = _bank(fields, currency=currency)
    if bank is None:
        return columns
    expires_at = iso(work.now + banks.LIFETIME)
    at_bank = {"status": "requires_action", "method": "bank", "bank": bank.id, "behaviour": "bank"}
    return {**columns, **at_bank, "expires_at": expires_at}


def _bank(fields: Fields, *, currency: str) -> Bank | None:
    """Return the bank the payment is approved at, or None when it is made by card."""
    if fields.raw("method") in (None, "card"):
        if fields.given("bank"):
            raise fields.refuse("bank", message="A bank belongs to a payment whose method is bank.")
        return None
    if fields.raw("method") != "bank":
        raise fields.refuse("method", message="method must be card or bank.")
    for name in CARDS_ONLY:
        if fields.given(name):
            raise fields.refuse(name, message=f"{name} does not go with a payment at a bank.")
    bank = banks.by_id(fields.text("bank", longest=64))
    if bank is None:
        raise fields.refuse("bank", code="bank_unknown", message="There is no such bank.")
    if bank.currency != currency:
        message = f"{bank.name} pays in {bank.currency} only."
        raise fields.refuse("currency", code="currency_not_enabled", message=message)
    return bank


def _charged(work: Work, *, payment: Payment) -> Answer:
    public = payment.public(work.base_url)
    failure = payment.parsed("last_failure")
    if failure is None:
        return Answer(public)
    # As card acquirers do, a refused charge is an error that carries the payment it belongs to.
    error: dict[str, object] = {"type": "card_error", **failure, "payment": public}
    return Answer(status=402, body={"error": error})
