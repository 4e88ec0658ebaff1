"""Refunds never exceed what was paid, also when they come at once or fail later."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acquirer.peer import Merchant, Peer


def test_refunds_up_to_the_rest(merchant: Merchant) -> None:
    payment = merchant.paid()
    first = merchant.refund(payment["id"], amount=100_000)
    assert first.json() == {
        "id": first.json()["id"],
        "object": "refund",
        "status": "succeeded",
        "amount": 100_000,
        "currency": "GBP",
        "payment": payment["id"],
        "reference": None,
        "created": first.json()["created"],
        "failure": None,
    }
    too_much = merchant.refund(payment["id"], amount=150_001)
    assert (too_much.status_code, too_much.json()["error"]["code"]) == (400, "amount_too_large")
    assert merchant.refund(payment["id"], amount=150_000).status_code == 200
    assert merchant.refund(payment["id"], amount=1).status_code == 400
    assert merchant.get(payment["id"])["amount_refunded"] == 250_000
    assert merchant.http.get(f"/v1/refunds/{first.json()['id']}").json() == first.json()


def test_refunds_at_the_same_time(merchant: Merchant) -> None:
    payment = merchant.paid(amount=1000)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: merchant.refund(payment["id"], amount=300), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 400, 400, 400]
    assert merchant.get(payment["id"])["amount_refunded"] == 900


@pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, None, 10**13])
def test_amount_must_be_a_positive_whole_number(merchant: Merchant, amount: object) -> None:
    payment = merchant.paid()
    refused = merchant.post(f"/v1/payments/{payment['id']}/refunds", body={"amount": amount})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "amount")


def test_an_unpaid_payment_cannot_be_refunded(merchant: Merchant) -> None:
    refused = merchant.refund(merchant.payment()["id"], amount=1)
    assert refused.json()["error"]["code"] == "payment_not_refundable"


def test_another_merchants_payment_is_not_there(peer: Peer, merchant: Merchant) -> None:
    theirs = peer.merchant().paid()
    assert merchant.refund(theirs["id"], amount=1).status_code == 404
    assert merchant.http.get(f"/v1/payments/{theirs['id']}").status_code == 404


@pytest.mark.parametrize(
    ("number", "ends", "refunded"),
    [("4000000000005126", "failed", 0), ("4000000000007726", "succeeded", 400)],
)
def test_a_refund_that_takes_its_time(fresh_peer: Peer, number: str, ends: str, refunded: int) -> None:
    merchant = fresh_peer.merchant()
    payment = merchant.paid(number=number, amount=400)
    refund = merchant.refund(payment["id"], amount=400).json()
    assert refund["status"] == "pending"
    assert merchant.refund(payment["id"], amount=1).status_code == 400
    fresh_peer.move_clock(offset_s=31)
    assert merchant.http.get(f"/v1/refunds/{refund['id']}").json()["status"] == ends
    assert merchant.get(payment["id"])["amount_refunded"] == refunded
