"""Merchants: who may call, where their webhooks go, and the keys that say so."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import NotFound, Unauthorised
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import digest, new_id
from sandbox_acquirer.work import Work


@dataclass(frozen=True)
class Merchant:
    """A customer of the acquirer. Its secret key is kept as a hash only."""

    id: str
    name: str
    webhook_url: str | None
    webhook_secret: str
    settle_currencies: tuple[str, ...] | None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Merchant:
        """Build a merchant from its row."""
        currencies = row["settle_currencies"]
        return cls(
            id=row["id"],
            name=row["name"],
            webhook_url=row["webhook_url"],
            webhook_secret=row["webhook_secret"],
            settle_currencies=tuple(json.loads(currencies)) if currencies else None,
        )


def create_merchant(work: Work, *, body: dict[str, object]) -> dict[str, object]:
    """Create a merchant; the answer is the only place where its secret key is ever seen."""
    fields = Fields(body, allowed={"name", "webhook_url", "settle_currencies"})
    name = fields.text("name", longest=100)
    webhook_url = fields.url("webhook_url") if fields.given("webhook_url") else None
    currencies = fields.raw("settle_currencies")
    if currencies is not None:
        if not isinstance(currencies, list) or not currencies:
            raise fields.refuse(
                "settle_currencies", message="settle_currencies must be a list of currency codes."
            )
        for currency in currencies:
            Fields({"settle_currencies": currency}, allowed={"settle_currencies"}).currency(
                "settle_currencies"
            )
    keys = {
        "id": new_id("acct", length=16),
        "secret_key": new_id("sk", length=40),
        "publishable_key": new_id("pk", length=32),
        "webhook_secret": new_id("whsec", length=40),
    }
    work.tx.execute(
        "INSERT INTO merchant (id, name, secret_key_hash, publishable_key, webhook_secret, webhook_url,"
        " settle_currencies, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            keys["id"], name, digest(keys["secret_key"]), keys["publishable_key"], keys["webhook_secret"],
            webhook_url, json.dumps(currencies) if currencies else None, iso(work.now),
        ),
    )  # fmt: skip
    return {**keys, "name": name, "webhook_url": webhook_url, "settle_currencies": currencies}


def move_webhook(work: Work, *, merchant_id: str, body: dict[str, object]) -> dict[str, object]:
    """Change or clear the address webhooks go to; what is still waiting goes to the new one.

    Raises NotFound when there is no such merchant.
    """
    fields = Fields(body, allowed={"webhook_url"})
    webhook_url = fields.url("webhook_url") if fields.given("webhook_url") else None
    changed = work.tx.execute("UPDATE merchant SET webhook_url = ? WHERE id = ?", (webhook_url, merchant_id))
    if not changed.rowcount:
        raise NotFound("merchant_not_found", message="There is no such merchant.")
    merchant = by_id(work.tx, merchant_id=merchant_id)
    return {"id": merchant.id, "name": merchant.name, "webhook_url": merchant.webhook_url}


def by_id(connection: sqlite3.Connection, *, merchant_id: str) -> Merchant:
    """Return a merchant.

    Raises NotFound when there is none.
    """
    row = connection.execute("SELECT * FROM merchant WHERE id = ?", (merchant_id,)).fetchone()
    if row is None:
        raise NotFound("merchant_not_found", message="There is no such merchant.")
    return Merchant.from_row(row)


def by_secret_key(connection: sqlite3.Connection, *, secret_key: str) -> Merchant:
    """Return the merchant a secret key belongs to.

    Raises Unauthorised when there is none.
    """
    row = connection.execute(
        "SELECT * FROM merchant WHERE secret_key_hash = ?", (digest(secret_key),)
    ).fetchone()
    if row is None:
        raise Unauthorised("api_key_invalid", message="The secret key is missing or unknown.")
    return Merchant.from_row(row)
