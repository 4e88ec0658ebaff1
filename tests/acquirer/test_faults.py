"""A bad day on request: what fails, what was done all the same, and that it ends."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.acquirer.peer import BROWSER, Merchant, Peer, pay


def test_dropped_answer_was_done(peer: Peer, merchant: Merchant) -> None:
    peer.fault("drop_answer", where="create_payment")
    with pytest.raises(httpx.RemoteProtocolError):
        merchant.create(key="a")
    found = merchant.http.get("/v1/payments", params={"reference": "TRV-48213"}).json()["data"]
    assert len(found) == 1
    again = merchant.create(key="a")
    assert (again.json()["id"], again.headers["Idempotent-Replayed"]) == (found[0]["id"], "true")


def test_dropped_answer_of_the_frame_was_paid(peer: Peer, merchant: Merchant) -> None:
    payment = merchant.payment()
    peer.fault("drop_answer", where="confirm")
    with pytest.raises(httpx.RemoteProtocolError):
        pay(payment["frame_url"], number="4242424242424242")
    assert merchant.get(payment["id"])["status"] == "succeeded"


def test_delay(peer: Peer, merchant: Merchant) -> None:
    payment = merchant.payment()
    peer.fault("delay", ms=400, where="get_payment")
    started = time.monotonic()
    merchant.get(payment["id"])
    assert time.monotonic() - started >= 0.4
    with pytest.raises(httpx.ReadTimeout):
        peer.fault("delay", ms=400, where="get_payment")
        merchant.http.get(f"/v1/payments/{payment['id']}", timeout=0.1)


def test_a_fault_keeps_to_its_place_and_count(peer: Peer, merchant: Merchant) -> None:
    peer.fault("error_before", where="get_payment", count=2)
    payment = merchant.payment()
    path = f"/v1/payments/{payment['id']}"
    assert [merchant.http.get(path).status_code for _ in range(3)] == [500, 500, 200]


def test_frame_that_fails_before_and_after(peer: Peer, merchant: Merchant) -> None:
    payment = merchant.payment()
    peer.fault("error_before", where="confirm")
    assert pay(payment["frame_url"], number="4242424242424242").status_code == 500
    assert merchant.get(payment["id"])["status"] == "requires_card"
    peer.fault("error_after_success", where="confirm")
    failed = pay(payment["frame_url"], number="4242424242424242")
    assert failed.status_code == 500
    assert "Don’t pay again" in failed.text
    assert merchant.get(payment["id"])["status"] == "succeeded"
    assert BROWSER.get(payment["frame_url"]).status_code == 200


def test_listed_and_cleared(peer: Peer) -> None:
    peer.fault("error_before", where="get_refund", count=3)
    listed = peer.admin.get("/admin/faults").json()["data"]
    assert [(fault["kind"], fault["where"], fault["count"]) for fault in listed] == [
        ("error_before", "get_refund", 3)
    ]
    assert peer.admin.delete("/admin/faults").json() == {"cleared": 1}
    assert peer.admin.get("/admin/faults").json()["data"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "meteor"},
        {},
        {"kind": "delay"},
        {"kind": "delay", "ms": -1},
        {"kind": "drop_answer", "where": "nowhere"},
        {"kind": "drop_answer", "where": "webhook"},
        {"kind": "forge_webhook", "where": "confirm"},
        {"kind": "drop_answer", "count": 0},
        {"kind": "drop_answer", "surprise": 1},
    ],
)
def test_a_fault_that_cannot_be(peer: Peer, body: dict[str, object]) -> None:
    assert peer.admin.post("/admin/faults", json=body).status_code == 400
    assert peer.admin.get("/admin/faults").json()["data"] == []
