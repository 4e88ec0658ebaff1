"""What is paid out, when, and that it adds up to the last minor unit."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox_acquirer.fees import fee
from tests.acquirer.peer import Merchant, Peer, Receiver

FEES = [
    # currency, amount, card, fee: 0.8 % + 0.15, 1.4 % + 0.25, 2.4 % + 0.25, half a minor unit is rounded up
    ("GBP", 250_000, "debit", 2_015),
    ("GBP", 250_000, "credit", 3_525),
    ("GBP", 250_000, "amex", 6_025),
    ("GBP", 1, "debit", 15),
    ("GBP", 62, "debit", 15),
    ("GBP", 63, "debit", 16),
    ("EUR", 35, "credit", 25),
    ("EUR", 36, "credit", 26),
    ("EUR", 250, "credit", 29),
    ("JPY", 100_000, "debit", 815),
    ("JPY", 100_000, "credit", 1_425),
    ("JPY", 100_000, "amex", 2_425),
    ("KWD", 125_000, "debit", 1_050),
    ("KWD", 125_000, "credit", 1_830),
    ("KWD", 125_000, "amex", 3_080),
]


def past(amount: int, *, currency: str, card: str, at: datetime) -> dict[str, Any]:
    brand, funding = ("amex", "credit") if card == "amex" else ("visa", card)
    return {
        "amount": amount, "currency": currency, "reference": f"{currency}-{amount}-{card}",
        "card": {"brand": brand, "funding": funding, "last4": "4242"}, "captured_at": at.isoformat(),
    }  # fmt: skip


def days_ago(peer: Peer, *, days: int, hour: int = 12) -> datetime:
    now = datetime.fromisoformat(peer.admin.get("/admin/clock").json()["now"])
    return (now - timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def assert_adds_up(merchant: Merchant, *, payout: dict[str, Any]) -> list[dict[str, Any]]:
    lines = merchant.lines(payout["id"])
    assert payout["line_count"] == len(lines)
    assert payout["gross"] == sum(line["gross"] for line in lines if line["kind"] == "payment")
    assert payout["refunds"] == -sum(line["gross"] for line in lines if line["kind"] == "refund")
    assert payout["fees"] == sum(line["fee"] for line in lines)
    assert payout["deposit"] == sum(line["net"] for line in lines)
    kept = (
        payout["gross"] - payout["fees"] - payout["refunds"] - payout["chargebacks"] + payout["adjustments"]
    )
    assert payout["deposit"] == kept
    assert all(line["gross"] - line["fee"] == line["net"] for line in lines)
    texts = (json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for line in lines)
    assert payout["lines_sha256"] == hashlib.sha256("\n".join(texts).encode()).hexdigest()
    return lines


@pytest.mark.parametrize(("currency", "amount", "card", "expected"), FEES)
def test_fee_table(currency: str, amount: int, card: str, expected: int) -> None:
    brand, funding = ("amex", "credit") if card == "amex" else ("visa", card)
    assert fee(amount, currency=currency, brand=brand, funding=funding) == expected


def test_the_equation_in_every_currency(peer: Peer, merchant: Merchant) -> None:
    at = days_ago(peer, days=3)
    loaded = merchant.load_history(
        [past(amount, currency=currency, card=card, at=at) for currency, amount, card, _ in FEES]
    )
    assert loaded.status_code == 200, loaded.text
    refund = merchant.refund(loaded.json()["data"][1]["id"], amount=100_000).json()
    assert peer.admin.post("/admin/run").json()["payouts"] == 4
    payouts = merchant.payouts()
    assert {payout["currency"] for payout in payouts} == {"GBP", "EUR", "JPY", "KWD"}
    charged = {(currency, amount, card): expected for currency, amount, card, expected in FEES}
    for payout in payouts:
        for line in assert_adds_up(merchant, payout=payout):
            amount, card = line["gross"], "amex" if line["card_brand"] == "amex" else line["card_funding"]
            assert line["fee"] == charged[line["currency"], amount, card]
            assert line["merchant_reference"] == f"{line['currency']}-{amount}-{card}"
            assert line["provider_reference"] != refund["id"], "today's refund belongs to a later payout"
        assert payout["period_start"] == at.strftime("%Y-%m-%dT00:00:00.000Z")
        assert payout["paid_at"] == (at + timedelta(days=1)).strftime("%Y-%m-%dT06:00:00.000Z")


def test_moving_the_clock_pays_each_day_once(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    fresh_peer.move_clock(now="2027-03-01T10:00:00Z")
    first = merchant.paid(amount=10_000, number="4000056655665556")
    fresh_peer.move_clock(now="2027-03-01T23:59:30Z")
    second = merchant.paid(amount=20_000)
    fresh_peer.move_clock(now="2027-03-02T00:00:05Z")
    third = merchant.paid(amount=30_000)
    refund = merchant.refund(first["id"], amount=4_000).json()
    fresh_peer.move_clock(now="2027-03-02T05:59:00Z")
    assert merchant.payouts() == []
    fresh_peer.move_clock(now="2027-03-08T12:00:00Z")
    for _ in range(3):
        fresh_peer.admin.post("/admin/run")
    payouts = merchant.payouts()
    assert [payout["period_start"][:10] for payout in payouts] == ["2027-03-01", "2027-03-02"]
    assert [payout["paid_at"] for payout in payouts] == [
        "2027-03-02T06:00:00.000Z",
        "2027-03-03T06:00:00.000Z",
    ]
    lines = [
        [line["provider_reference"] for line in assert_adds_up(merchant, payout=payout)] for payout in payouts
    ]
    assert lines == [[first["id"], second["id"]], [third["id"], refund["id"]]]
    assert [payout["deposit"] for payout in payouts] == [10_000 - 95 + 20_000 - 305, 30_000 - 445 - 4_000]


def test_a_day_of_refunds_only_is_debited(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant(webhook_url=receiver.url)
    payment = merchant.paid(amount=10_000)
    fresh_peer.move_clock(offset_s=2 * 86_400)
    merchant.refund(payment["id"], amount=10_000)
    fresh_peer.move_clock(offset_s=4 * 86_400)
    assert [payout["deposit"] for payout in merchant.payouts()] == [10_000 - 165, -10_000]
    receiver.wait_for(4)
    assert receiver.types().count("payout.paid") == 2


def test_history_in_parts_and_late(peer: Peer, merchant: Merchant) -> None:
    merchant.load_history(
        [past(100, currency="GBP", card="debit", at=days_ago(peer, days=days)) for days in (9, 7, 5)]
    )
    merchant.load_history(
        [past(200, currency="GBP", card="debit", at=days_ago(peer, days=days, hour=1)) for days in (9, 7, 5)]
    )
    peer.admin.post("/admin/run")
    payouts = merchant.payouts()
    assert [payout["line_count"] for payout in payouts] == [2, 2, 2]
    assert [line["gross"] for line in merchant.lines(payouts[0]["id"])] == [200, 100]
    merchant.load_history([past(300, currency="GBP", card="debit", at=days_ago(peer, days=9))])
    peer.admin.post("/admin/run")
    late = merchant.payouts()
    assert late[:3] == payouts, "a payout never changes"
    assert late[3]["period_start"][:10] == days_ago(peer, days=4).date().isoformat()


def test_history_is_loaded_whole_or_not_at_all(peer: Peer, merchant: Merchant) -> None:
    good = past(100, currency="GBP", card="debit", at=days_ago(peer, days=3))
    future = past(100, currency="GBP", card="debit", at=datetime.now(UTC) + timedelta(days=9000))
    for field, bad in [
        ("captured_at", future),
        ("amount", {**good, "amount": 0}),
        ("currency", {**good, "currency": "GBX"}),
        ("card.brand", {**good, "card": {"brand": "x", "funding": "debit", "last4": "4242"}}),
        ("card.last4", {**good, "card": {"brand": "visa", "funding": "debit", "last4": "12"}}),
        ("captured_at", {**good, "captured_at": "2026-01-01T00:00:00"}),
    ]:
        refused = merchant.load_history([good, bad])
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, f"payments[1].{field}")
    twice = {**good, "id": f"pay_twice_{merchant.id}"}
    assert merchant.load_history([twice, twice]).json()["error"]["code"] == "payment_exists"
    assert merchant.http.get("/v1/payments").json()["data"] == []


def test_lists_are_read_page_by_page(peer: Peer, merchant: Merchant) -> None:
    at = days_ago(peer, days=8, hour=1)
    merchant.load_history(
        [
            past(100 + step, currency="GBP", card="debit", at=at + timedelta(hours=step * 6))
            for step in range(20)
        ]
    )
    peer.admin.post("/admin/run")
    for path in ("/v1/payouts", f"/v1/payouts/{merchant.payouts()[0]['id']}/lines"):
        everything = merchant.http.get(path).json()["data"]
        seen: list[dict[str, Any]] = []
        more = True
        while more:
            after = {"after": seen[-1]["id"]} if seen else {}
            page = merchant.http.get(path, params={"limit": 2, **after}).json()
            seen, more = seen + page["data"], page["has_more"]
        assert seen == everything
        assert len(everything) >= 4
        assert merchant.http.get(path, params={"after": "po_none"}).status_code == 400
        assert merchant.http.get(path, params={"limit": "0"}).status_code == 400


def test_payouts_belong_to_their_merchant(peer: Peer, merchant: Merchant) -> None:
    merchant.load_history([past(100, currency="GBP", card="debit", at=days_ago(peer, days=3))])
    peer.admin.post("/admin/run")
    other = peer.merchant()
    assert other.payouts() == []
    assert other.http.get(f"/v1/payouts/{merchant.payouts()[0]['id']}/lines").status_code == 404


@pytest.mark.parametrize("statement", ["UPDATE payout SET deposit = 0", "DELETE FROM payout_line"])
def test_the_database_refuses_to_change_a_payout(fresh_peer: Peer, statement: str) -> None:
    merchant = fresh_peer.merchant()
    merchant.paid()
    fresh_peer.move_clock(offset_s=2 * 86_400)
    with (
        sqlite3.connect(fresh_peer.storage_dir / "acquirer.sqlite3") as connection,
        pytest.raises(sqlite3.IntegrityError, match="never changes"),
    ):
        connection.execute(statement)
