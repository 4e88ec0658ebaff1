"""What becomes of a saved card: detached, renewed, replaced, expired, declined for a while or for good."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sandbox_acquirer.storage import Storage
from tests.acquirer.peer import BROWSER, Merchant, Peer, Receiver

NO_MONEY_TWICE = "4000000000000358"
NO_MONEY = "4000000000000366"
LOST = "4000000000000374"


def codes(merchant: Merchant, *, method: str, charges: int) -> list[str]:
    answers = [merchant.charge(method) for _ in range(charges)]
    return [answer.json().get("error", {}).get("decline_code", "paid") for answer in answers]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (NO_MONEY_TWICE, ["insufficient_funds", "insufficient_funds", "paid", "paid"]),
        (NO_MONEY, ["insufficient_funds"] * 4),
        (LOST, ["lost_card"] * 4),
    ],
)
def test_declined_off_session(merchant: Merchant, number: str, told: list[str]) -> None:
    assert codes(merchant, method=merchant.saved(number=number), charges=4) == told


def test_a_repeated_key_is_not_another_decline(merchant: Merchant) -> None:
    method = merchant.saved(number=NO_MONEY_TWICE)
    for _ in range(3):
        assert merchant.charge(method, key="one").status_code == 402
    assert codes(merchant, method=method, charges=2) == ["insufficient_funds", "paid"]


def test_with_its_owner_here_the_card_works(merchant: Merchant) -> None:
    paid = merchant.payment(payment_method=merchant.saved(number=NO_MONEY))
    assert paid["status"] == "succeeded"


def test_a_detached_card_is_not_charged(merchant: Merchant) -> None:
    method = merchant.saved(number="4242424242424242")
    first = merchant.post(f"/v1/payment_methods/{method}/detach", body={}).json()
    assert first["detached_at"] is not None
    assert merchant.post(f"/v1/payment_methods/{method}/detach", body={}).json() == first
    refused = merchant.charge(method)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "payment_method_detached")
    assert merchant.http.get("/v1/payments").json()["data"] == []


def test_another_merchants_card_is_not_there(peer: Peer, merchant: Merchant) -> None:
    method = peer.merchant().saved(number="4242424242424242")
    assert merchant.http.get(f"/v1/payment_methods/{method}").status_code == 404
    assert merchant.post(f"/v1/payment_methods/{method}/detach", body={}).status_code == 404


def test_an_admin_lets_a_card_expire_and_renews_it(peer: Peer, receiver: Receiver) -> None:
    merchant = peer.merchant(webhook_url=receiver.url)
    method = merchant.saved(number="4242424242424242")
    path = f"/admin/payment_methods/{method}"
    changed = peer.admin.patch(path, json={"exp_month": 1, "exp_year": 2020}).json()
    assert (changed["card"]["exp_month"], changed["card"]["exp_year"]) == (1, 2020)
    assert merchant.find(f"/v1/payment_methods/{method}")["card"] == changed["card"]
    assert codes(merchant, method=method, charges=1) == ["expired_card"]
    peer.admin.patch(path, json={"exp_month": 1, "exp_year": 2060})
    assert codes(merchant, method=method, charges=1) == ["paid"]
    receiver.wait_for(6)
    assert receiver.types().count("payment_method.updated") == 2


def test_an_admin_replaces_and_saves_cards(peer: Peer, merchant: Merchant) -> None:
    body = {"number": "4242424242424242", "exp_month": 3, "exp_year": 2031}
    made = peer.admin.post(f"/admin/merchants/{merchant.id}/payment_methods", json=body).json()
    assert codes(merchant, method=made["id"], charges=1) == ["paid"]
    replaced = peer.admin.patch(f"/admin/payment_methods/{made['id']}", json={"number": LOST}).json()
    assert (replaced["card"]["last4"], replaced["card"]["exp_year"]) == ("0374", 2031)
    assert codes(merchant, method=made["id"], charges=1) == ["lost_card"]
    refused = peer.admin.patch(f"/admin/payment_methods/{made['id']}", json={"number": "4111111111111111"})
    assert refused.json()["error"]["param"] == "number"


def test_the_console_shows_saved_cards_and_lets_them_expire(peer: Peer, merchant: Merchant) -> None:
    method = merchant.saved(number="4242424242424242")
    page = BROWSER.get(peer.url + "/").text
    assert method in page
    assert NO_MONEY_TWICE in page
    for action, told in (("expire", "expired_card"), ("renew", "paid")):
        fields = {"payment_method": method, "action": action}
        sent = BROWSER.post(peer.url + "/console/cards", data=fields, headers={"Origin": peer.url})
        assert sent.status_code == 303
        assert codes(merchant, method=method, charges=1) == [told]


def test_a_file_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "acquirer.sqlite3"
    Storage(path)
    with sqlite3.connect(path) as connection:
        for table, column in (("payment", "bank"), ("payment_method", "declines")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    Storage(path).reader().execute("SELECT bank, method FROM payment").fetchall()
    Storage(path).reader().execute("SELECT declines, detached_at FROM payment_method").fetchall()
