"""Load payments that succeeded before the sandbox was there, so that a demo has a past that settles like any
other.

They send no payment webhooks. They are paid out by the next run an admin asks for, the next move of the clock
or the next 06:00, not at once: a history may come in several parts.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

from sandbox_acquirer import merchants, payments
from sandbox_acquirer.cards import COUNTRY
from sandbox_acquirer.clock import iso
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.money import MOST_MINOR
from sandbox_acquirer.work import Work

PAYMENT_ID = re.compile(r"pay_[A-Za-z0-9_-]{1,60}")
BRANDS = ("visa", "mastercard", "amex")
MOST = 20_000


def load(work: Work, *, merchant_id: str, body: dict[str, object]) -> list[dict[str, object]]:
    """Store past payments, all or none, and return their payment objects.

    Raises InvalidRequest naming the first wrong parameter, NotFound when there is no such merchant.
    """
    merchant = merchants.by_id(work.tx, merchant_id=merchant_id)
    outer = Fields(body, allowed={"payments"})
    entries = outer.raw("payments")
    if not isinstance(entries, list) or len(entries) > MOST:
        raise outer.refuse("payments", message=f"payments must be a list of at most {MOST} payments.")
    loaded = []
    for position, entry in enumerate(entries):
        name = f"payments[{position}]"
        fields = Fields({name: entry}, allowed={name}).inner(
            name, allowed={"id", "amount", "currency", "reference", "description", "card", "captured_at"}
        )
        payment = payments.insert(work, columns=_columns(work, fields=fields, merchant_id=merchant.id))
        loaded.append(payment.public(work.base_url))
    return loaded


def _columns(work: Work, *, fields: Fields, merchant_id: str) -> dict[str, object]:
    captured_at = fields.moment("captured_at")
    if captured_at > work.now:
        raise fields.refuse("captured_at", message="captured_at must be in the past of the acquirer's clock.")
    payment_id = fields.optional_text("id", longest=64) or new_id("pay")
    if PAYMENT_ID.fullmatch(payment_id) is None:
        raise fields.refuse("id", message="id must be pay_ and up to 60 letters, digits, _ and -.")
    taken = work.tx.execute("SELECT 1 FROM payment WHERE id = ?", (payment_id,)).fetchone()
    if taken is not None:
        raise fields.refuse("id", code="payment_exists", message="There is a payment with this id already.")
    return {
        "id": payment_id,
        "merchant_id": merchant_id,
        "status": "succeeded",
        "amount": fields.integer("amount", least=1, most=MOST_MINOR),
        "currency": fields.currency("currency"),
        "reference": fields.text("reference", longest=64),
        "description": fields.optional_text("description", longest=500),
        "frame_token": new_id("ft", length=32),
        "save_card": False,
        "off_session": False,
        "card": json.dumps(_card(fields, last_year=captured_at.year)),
        "behaviour": "approve",
        "created": iso(captured_at - timedelta(minutes=1)),
        "expires_at": iso(captured_at + timedelta(minutes=59)),
        "captured_at": iso(captured_at),
    }


def _card(fields: Fields, *, last_year: int) -> dict[str, object]:
    card = fields.inner("card", allowed={"brand", "funding", "last4"})
    brand, funding, last4 = card.text("brand"), card.text("funding"), card.text("last4", longest=4)
    if brand not in BRANDS:
        raise card.refuse("brand", message=f"brand must be one of {', '.join(BRANDS)}.")
    if funding not in {"credit", "debit"}:
        raise card.refuse("funding", message="funding must be credit or debit.")
    if re.fullmatch(r"[0-9]{4}", last4) is None:
        raise card.refuse("last4", message="last4 must be four digits.")
    return {
        "brand": brand, "funding": funding, "last4": last4, "exp_month": 12, "exp_year": last_year + 3,
        "country": COUNTRY,
    }  # fmt: skip
