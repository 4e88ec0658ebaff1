"""Payments approved at a bank: the list of banks, the bank's pages, the way back, settlement and refunds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acquirer.peer import BROWSER, Merchant, Peer, Receiver, answer_bank, pay


def back(payment: dict[str, Any]) -> str:
    return f"http://127.0.0.1:9/back?from=card&payment={payment['id']}"


@pytest.mark.parametrize(("country", "currency"), [("GB", "GBP"), ("ES", "EUR"), ("US", "USD")])
def test_every_bank_of_a_country_takes_its_currency(merchant: Merchant, country: str, currency: str) -> None:
    banks = merchant.find(f"/v1/banks?country={country}")["data"]
    assert len(banks) > 9
    assert 4 < sum(bank["popular"] for bank in banks) < len(banks)
    assert len({bank["id"] for bank in banks}) == len({bank["name"] for bank in banks}) == len(banks)
    for bank in banks:
        payment = merchant.bank_payment(bank=bank["id"], currency=currency)
        assert payment["bank"] == {"id": bank["id"], "name": bank["name"]}


def test_a_country_without_banks_and_one_that_is_none(merchant: Merchant) -> None:
    assert merchant.find("/v1/banks?country=FR")["data"] == []
    assert merchant.http.get("/v1/banks?country=gb").json()["error"]["param"] == "country"
    assert merchant.http.get("/v1/banks").json()["error"]["code"] == "parameter_missing"


def test_approved_at_the_bank(merchant: Merchant) -> None:
    payment = merchant.bank_payment(description="Acme Travel TRV-48213")
    assert (payment["status"], payment["method"], payment["card"]) == ("requires_action", "bank", None)
    assert payment["frame_url"] is None
    page = BROWSER.get(payment["redirect_url"] + "&locale=en-GB")
    for shown in ("Harbour &amp; County", "£2,500.00", "Acme Travel", "Acme Travel TRV-48213", "Sign in"):
        assert shown in page.text
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    answered = answer_bank(payment["redirect_url"], answer="approve")
    assert (answered.status_code, answered.headers["Location"]) == (303, back(payment))
    paid = merchant.get(payment["id"])
    assert (paid["status"], paid["last_failure"]) == ("succeeded", None)
    assert paid["captured_at"] is not None
    again = BROWSER.get(payment["redirect_url"])
    assert (again.status_code, again.headers["Location"]) == (303, back(payment))


def test_refused_at_the_bank(merchant: Merchant) -> None:
    payment = merchant.bank_payment()
    answered = answer_bank(payment["redirect_url"], answer="refuse")
    assert answered.headers["Location"] == back(payment)
    refused = merchant.get(payment["id"])
    assert (refused["status"], refused["last_failure"]["code"]) == ("failed", "bank_payment_refused")


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_approved_later_and_decided_by_an_admin(peer: Peer, merchant: Merchant, outcome: str) -> None:
    payment = merchant.bank_payment()
    assert answer_bank(payment["redirect_url"], answer="later").headers["Location"] == back(payment)
    assert merchant.get(payment["id"])["status"] == "processing"
    peer.admin.post(f"/admin/payments/{payment['id']}/finish", json={"outcome": outcome})
    ended = merchant.get(payment["id"])
    assert ended["status"] == outcome
    assert (ended["last_failure"] or {}).get("code") == (
        "bank_payment_failed" if outcome == "failed" else None
    )


def test_approved_later_succeeds_after_half_a_minute(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    payment = merchant.bank_payment()
    answer_bank(payment["redirect_url"], answer="later")
    fresh_peer.move_clock(offset_s=31)
    assert merchant.get(payment["id"])["status"] == "succeeded"


def test_an_answer_that_is_none_changes_nothing(merchant: Merchant) -> None:
    payment = merchant.bank_payment()
    assert answer_bank(payment["redirect_url"], answer="perhaps").status_code == 422
    assert merchant.get(payment["id"])["status"] == "requires_action"


def test_expires_after_a_quarter_of_an_hour(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant(webhook_url=receiver.url)
    payment = merchant.bank_payment()
    fresh_peer.move_clock(offset_s=14 * 60)
    assert merchant.get(payment["id"])["status"] == "requires_action"
    fresh_peer.move_clock(offset_s=15 * 60 + 1)
    assert merchant.get(payment["id"])["status"] == "expired"
    page = BROWSER.get(payment["redirect_url"])
    assert "This payment has expired" in page.text
    assert "Go back to Acme Travel" in page.text
    receiver.wait_for(1)
    assert receiver.types() == ["payment.expired"]


def test_cancelled_before_it_is_approved(merchant: Merchant) -> None:
    payment = merchant.bank_payment()
    merchant.post(f"/v1/payments/{payment['id']}/cancel", body={})
    assert "This payment was cancelled" in BROWSER.get(payment["redirect_url"]).text


def test_no_card_form_for_it_and_no_bank_for_a_card(merchant: Merchant) -> None:
    at_bank, by_card = merchant.bank_payment(), merchant.payment()
    for face in ("frame", "pay"):
        address = at_bank["redirect_url"].replace("/bank/", f"/{face}/")
        assert BROWSER.get(address).status_code == 404
        assert pay(address, number="4242424242424242").status_code == 404
    assert BROWSER.get(by_card["frame_url"].replace("/frame/", "/bank/")).status_code == 404
    assert merchant.get(at_bank["id"])["status"] == "requires_action"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"bank": None}, "bank"),
        ({"bank": "gb-none"}, "bank"),
        ({"currency": "EUR"}, "currency"),
        ({"method": "cheque"}, "method"),
        ({"method": "card"}, "bank"),
        ({"method": None}, "bank"),
        ({"save_card": True}, "save_card"),
        ({"frame_style": {"ink": "#000000"}}, "frame_style"),
    ],
)
def test_a_bank_payment_that_cannot_be(merchant: Merchant, change: dict[str, Any], param: str) -> None:
    refused = merchant.create(**{"method": "bank", "bank": "gb-plover", **change})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


def test_settles_at_a_flat_fee_and_its_refunds_take_their_time(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant(webhook_url=receiver.url)
    payment = merchant.bank_payment(amount=100_000)
    answer_bank(payment["redirect_url"], answer="approve")
    body = {"amount": 40_000, "reference": "R-1"}
    refund = merchant.post(f"/v1/payments/{payment['id']}/refunds", body=body).json()
    assert (refund["status"], refund["reference"]) == ("pending", "R-1")
    assert merchant.refund(payment["id"], amount=60_001).json()["error"]["code"] == "amount_too_large"
    fresh_peer.move_clock(offset_s=31)
    assert merchant.find("/v1/refunds?reference=R-1")["data"] == [{**refund, "status": "succeeded"}]
    fresh_peer.move_clock(offset_s=2 * 86_400)
    (payout,) = merchant.payouts()
    assert (payout["gross"], payout["fees"], payout["refunds"]) == (100_000, 20, 40_000)
    assert payout["deposit"] == 100_000 - 20 - 40_000
    lines = merchant.lines(payout["id"])
    assert [(line["card_brand"], line["fee"]) for line in lines] == [("", 20), ("", 0)]
    receiver.wait_for(3)
    assert receiver.types() == ["payment.succeeded", "refund.succeeded", "payout.paid"]


def test_refunds_are_listed_by_reference_and_payment(merchant: Merchant) -> None:
    payment, other = merchant.paid(), merchant.paid()
    made = [
        merchant.post(f"/v1/payments/{one['id']}/refunds", body={"amount": 5, "reference": reference}).json()
        for one, reference in ((payment, "A"), (payment, "B"), (other, "B"))
    ]
    assert merchant.find("/v1/refunds?reference=B")["data"] == [made[2], made[1]]
    assert merchant.find(f"/v1/refunds?payment={payment['id']}")["data"] == [made[1], made[0]]
    assert merchant.http.get("/v1/refunds?colour=red").status_code == 400
