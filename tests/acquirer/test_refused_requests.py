"""Bad input gets an error that names the parameter, and nothing is stored."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acquirer.peer import BROWSER, Merchant, Peer, payment_body


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10.0}, "amount"),
        ({"amount": "250000"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**30}, "amount"),
        ({"currency": "gbp"}, "currency"),
        ({"currency": "XAU"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": ["GBP"]}, "currency"),
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 65}, "reference"),
        ({"reference": "line\nbreak"}, "reference"),
        ({"return_url": None}, "return_url"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "http://user:word@example.com/"}, "return_url"),
        ({"return_url": "http://a.example;script-src%20*/"}, "return_url"),
        ({"return_url": "/relative"}, "return_url"),
        ({"return_url": "http://[broken"}, "return_url"),
        ({"return_url": "http://a.example:99999/"}, "return_url"),
        ({"capture": "manual"}, "capture"),
        ({"save_card": "yes"}, "save_card"),
        ({"off_session": True}, "payment_method"),
        ({"payment_method": "pm_none"}, "payment_method"),
        ({"frame_style": "blue"}, "frame_style"),
        ({"frame_style": {"ink": "red; } body { display: none"}}, "frame_style.ink"),
        ({"frame_style": {"ink": "url(http://x)"}}, "frame_style.ink"),
        ({"frame_style": {"radius": "999px"}}, "frame_style.radius"),
        ({"frame_style": {"color_scheme": "sepia"}}, "frame_style.color_scheme"),
        ({"frame_style": {"font": "Comic"}}, "frame_style.font"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_payment_that_cannot_be(merchant: Merchant, change: dict[str, Any], param: str) -> None:
    refused = merchant.post("/v1/payments", body={**payment_body(), **change}, key="k")
    assert refused.status_code == 400, refused.text
    error = refused.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert merchant.http.get("/v1/payments").json()["data"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"\xff", b'"text"', b"[" * 100_000])
def test_a_body_that_is_not_an_object(merchant: Merchant, body: bytes) -> None:
    refused = merchant.http.post("/v1/payments", content=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "body_not_json")


def test_a_body_that_is_too_large(merchant: Merchant) -> None:
    refused = merchant.http.post("/v1/payments", content=b" " * (17 * 1024 * 1024))
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("header", ["", "Bearer sk_wrong", "Basic abc", "Bearer", "Bearer ünbekannt"])
def test_a_wrong_key(peer: Peer, header: str) -> None:
    headers = [(b"Authorization", header.encode())]
    for method, path in (("GET", "/v1/payouts"), ("POST", "/v1/payments"), ("GET", "/admin/clock")):
        refused = BROWSER.request(method, peer.url + path, headers=headers)
        assert (refused.status_code, refused.json()["error"]["type"]) == (401, "authentication_error")


def test_a_merchants_key_is_not_an_admins(merchant: Merchant) -> None:
    assert merchant.http.get("/admin/clock").status_code == 401
    assert merchant.http.post("/admin/merchants", json={"name": "Mine"}).status_code == 401


def test_unknown_addresses_and_methods(merchant: Merchant) -> None:
    assert merchant.http.get("/v1/nothing").json()["error"]["code"] == "not_found"
    assert merchant.http.delete("/v1/payments").json()["error"]["code"] == "method_not_allowed"
    assert merchant.http.get("/healthz").status_code == 200


def test_only_the_currencies_a_merchant_settles(peer: Peer) -> None:
    merchant = peer.merchant(settle_currencies=["GBP", "EUR"])
    assert merchant.create(currency="EUR").status_code == 200
    assert merchant.create(currency="JPY").json()["error"]["code"] == "currency_not_enabled"
    refused = peer.admin.post("/admin/merchants", json={"name": "x", "settle_currencies": ["GBX"]})
    assert refused.json()["error"]["param"] == "settle_currencies"


@pytest.mark.parametrize(
    "body",
    [{}, {"now": "soon"}, {"now": "2027-01-01T00:00:00"}, {"offset_s": 1.5}, {"offset_s": 10**12}, {"to": 1}],
)
def test_a_clock_that_cannot_be(peer: Peer, body: dict[str, Any]) -> None:
    assert peer.admin.post("/admin/clock", json=body).status_code == 400
    assert peer.admin.get("/admin/clock").json()["offset_s"] == 0
