"""A saved card charged later, with its owner away or present."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.acquirer.peer import Merchant, Peer, answer_challenge, pay


def saved(merchant: Merchant, *, number: str) -> str:
    """Save a card through the frame, approving a challenge when there is one."""
    payment = merchant.payment(save_card=True)
    pay(payment["frame_url"], number=number)
    if merchant.get(payment["id"])["status"] == "requires_action":
        answer_challenge(payment["frame_url"], answer="approve")
    method = merchant.get(payment["id"])["payment_method"]
    assert method is not None
    return str(method)


def charge(merchant: Merchant, *, method: str, **more: Any) -> httpx.Response:
    return merchant.create(payment_method=method, off_session=True, return_url=None, **more)


@pytest.mark.parametrize("number", ["4242424242424242", "378282246310005", "4000002500003155"])
def test_off_session_charge(merchant: Merchant, number: str) -> None:
    method = saved(merchant, number=number)
    charged = charge(merchant, method=method)
    assert charged.status_code == 200
    payment = charged.json()
    assert (payment["status"], payment["off_session"]) == ("succeeded", True)
    assert payment["payment_method"] == method
    assert payment["card"]["last4"] == number[-4:]


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000341", "card_declined", "generic_decline"),
        ("4000002760003184", "authentication_required", "authentication_required"),
    ],
)
def test_off_session_refused(merchant: Merchant, number: str, code: str, decline_code: str) -> None:
    method = saved(merchant, number=number)
    refused = merchant.create(payment_method=method, off_session=True, key="due")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["decline_code"]) == (402, code, decline_code)
    assert error["payment"]["status"] == "failed"
    assert merchant.get(error["payment"]["id"]) == error["payment"]
    again = merchant.create(payment_method=method, off_session=True, key="due")
    assert (again.status_code, again.json()) == (402, refused.json())


def test_saved_card_with_its_owner_present(merchant: Merchant) -> None:
    paid = merchant.payment(payment_method=saved(merchant, number="4242424242424242"))
    assert paid["status"] == "succeeded"


def test_saved_card_that_is_always_challenged(merchant: Merchant) -> None:
    payment = merchant.payment(payment_method=saved(merchant, number="4000002760003184"))
    assert payment["status"] == "requires_action"
    answer_challenge(payment["frame_url"], answer="approve")
    assert merchant.get(payment["id"])["status"] == "succeeded"


def test_a_card_is_not_saved_unasked(merchant: Merchant) -> None:
    assert merchant.paid()["payment_method"] is None


def test_another_merchants_card(peer: Peer, merchant: Merchant) -> None:
    method = saved(peer.merchant(), number="4242424242424242")
    refused = charge(merchant, method=method)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "payment_method")


def test_a_saved_card_expires(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    payment = merchant.payment(save_card=True)
    pay(payment["frame_url"], number="4242424242424242", expiry="01/27")
    method = merchant.get(payment["id"])["payment_method"]
    fresh_peer.move_clock(now="2027-01-31T23:00:00Z")
    assert charge(merchant, method=method).status_code == 200
    fresh_peer.move_clock(now="2027-02-01T00:00:01Z")
    assert charge(merchant, method=method).json()["error"]["code"] == "expired_card"
