"""A card saved without a payment, through the same frame as a payment."""

from __future__ import annotations

import pytest

from tests.acquirer.peer import BROWSER, RETURN_URL, Merchant, Peer, Receiver, answer_challenge, pay


def told(merchant: Merchant, *, setup_id: str) -> dict[str, object]:
    return merchant.find(f"/v1/setups/{setup_id}")


def test_a_card_is_saved_and_nothing_charged(merchant: Merchant) -> None:
    setup = merchant.setup()
    assert (setup["object"], setup["status"], setup["payment_method"]) == ("setup", "requires_card", None)
    form = BROWSER.get(setup["frame_url"]).text
    assert "Save this card for later payments to Acme Travel. Nothing is charged now." in form
    assert "Pay " not in form
    assert pay(setup["frame_url"], number="4242424242424242").status_code == 303
    done = BROWSER.get(setup["frame_url"]).text
    assert "Card saved" in done
    assert f"&amp;setup={setup['id']}" in done
    saved = told(merchant, setup_id=setup["id"])
    assert (saved["status"], saved["last_failure"]) == ("succeeded", None)
    method = merchant.find(f"/v1/payment_methods/{saved['payment_method']}")
    assert method["card"] == {
        "brand": "visa",
        "funding": "credit",
        "last4": "4242",
        "exp_month": 8,
        "exp_year": 2039,
        "country": "GB",
    }
    assert merchant.http.get("/v1/payments").json()["data"] == []


def test_a_3d_secure_card_is_challenged_first(merchant: Merchant) -> None:
    setup = merchant.setup()
    pay(setup["frame_url"], number="4000002500003155")
    assert told(merchant, setup_id=setup["id"])["status"] == "requires_action"
    question = BROWSER.get(setup["frame_url"]).text
    assert "Let Acme Travel keep this card?" in question
    answer_challenge(setup["frame_url"], answer="approve")
    assert told(merchant, setup_id=setup["id"])["status"] == "succeeded"
    assert merchant.charge(str(told(merchant, setup_id=setup["id"])["payment_method"])).status_code == 200


def test_a_refused_challenge_saves_nothing(merchant: Merchant) -> None:
    setup = merchant.setup()
    pay(setup["frame_url"], number="4000002760003184")
    answer_challenge(setup["frame_url"], answer="refuse")
    refused = told(merchant, setup_id=setup["id"])
    assert (refused["status"], refused["payment_method"], refused["card"]) == ("requires_card", None, None)
    assert "The card was not saved." in BROWSER.get(setup["frame_url"]).text


def test_a_declined_card_may_be_followed_by_another(merchant: Merchant) -> None:
    setup = merchant.setup()
    declined = pay(setup["frame_url"], number="4000000000000002")
    assert declined.status_code == 422
    assert "The card was not saved." in declined.text
    assert told(merchant, setup_id=setup["id"])["last_failure"]["decline_code"] == "generic_decline"  # type: ignore[index]  # JSON
    pay(setup["frame_url"], number="5555555555554444")
    assert told(merchant, setup_id=setup["id"])["status"] == "succeeded"


def test_a_set_up_ends_after_ten_refused_cards(merchant: Merchant) -> None:
    setup = merchant.setup()
    for _ in range(10):
        pay(setup["frame_url"], number="4000000000009995")
    assert told(merchant, setup_id=setup["id"])["status"] == "failed"
    pay(setup["frame_url"], number="4242424242424242")
    assert told(merchant, setup_id=setup["id"])["status"] == "failed"


def test_found_by_reference_and_only_by_its_merchant(peer: Peer, merchant: Merchant) -> None:
    first, second = merchant.setup(reference="M-7"), merchant.setup(reference="M-7")
    found = merchant.find("/v1/setups?reference=M-7")["data"]
    assert [setup["id"] for setup in found] == [second["id"], first["id"]]
    assert peer.merchant().http.get(f"/v1/setups/{first['id']}").status_code == 404


def test_cancelled_once(merchant: Merchant) -> None:
    setup = merchant.setup()
    path = f"/v1/setups/{setup['id']}/cancel"
    assert merchant.post(path, body={}).json()["status"] == "cancelled"
    refused = merchant.post(path, body={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "setup_not_cancellable")
    pay(setup["frame_url"], number="4242424242424242")
    assert told(merchant, setup_id=setup["id"])["payment_method"] is None


def test_the_same_key_is_one_set_up(merchant: Merchant) -> None:
    first = merchant.setup(key="one")
    assert merchant.setup(key="one") == first
    other = merchant.post("/v1/setups", body={"reference": "X", "return_url": RETURN_URL}, key="one")
    assert other.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("change", [{"reference": ""}, {"return_url": "/here"}, {"amount": 5}])
def test_a_set_up_that_cannot_be(merchant: Merchant, change: dict[str, object]) -> None:
    refused = merchant.post("/v1/setups", body={"reference": "X", "return_url": RETURN_URL, **change})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, next(iter(change)))


def test_each_end_is_told(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant(webhook_url=receiver.url)
    done, cancelled, _forgotten = merchant.setup(), merchant.setup(), merchant.setup()
    pay(done["frame_url"], number="4000000000000002")
    pay(done["frame_url"], number="4242424242424242")
    merchant.post(f"/v1/setups/{cancelled['id']}/cancel", body={})
    fresh_peer.move_clock(offset_s=3601)
    receiver.wait_for(4)
    assert receiver.types() == ["setup.declined", "setup.succeeded", "setup.cancelled", "setup.expired"]


def test_a_wrong_token_opens_nothing(merchant: Merchant) -> None:
    setup = merchant.setup()
    assert BROWSER.get(setup["frame_url"].partition("token=")[0] + "token=ft_wrong").status_code == 404
