"""Webhooks: signed, in order, retried; and spoiled in each of the ways an admin can ask for."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from sandbox_acquirer.webhooks import RETRY_AFTER_S
from tests.acquirer.peer import Merchant, Peer, Receiver, answer_challenge, pay, wait_until


@pytest.fixture
def merchant(peer: Peer, receiver: Receiver) -> Merchant:
    """A merchant that listens."""
    return peer.merchant(webhook_url=receiver.url + "/hook")


def cancel_new(merchant: Merchant, *, reference: str) -> dict[str, Any]:
    """Make one event, payment.cancelled, and return the payment."""
    payment = merchant.payment(reference=reference)
    return dict(merchant.post(f"/v1/payments/{payment['id']}/cancel", body={}).json())


def references(receiver: Receiver) -> list[str]:
    return [webhook.event["data"]["object"]["reference"] for webhook in receiver.received]


def log_of(peer: Peer, *, subject: str) -> dict[str, Any]:
    log = peer.admin.get("/admin/webhooks").json()["data"]
    return next(entry for entry in log if entry["object"] == subject)


def test_signed_and_complete(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.paid()
    webhook = receiver.wait_for(1)[0]
    assert webhook.is_signed_by(merchant.webhook_secret)
    assert not webhook.is_signed_by("whsec_another")
    assert webhook.event["type"] == "payment.succeeded"
    assert webhook.event["data"]["object"] == payment


def test_the_whole_story_in_order(merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.payment()
    pay(payment["frame_url"], number="4000000000000002")
    pay(payment["frame_url"], number="4000002760003184")
    answer_challenge(payment["frame_url"], answer="refuse")
    pay(payment["frame_url"], number="4242424242424242")
    merchant.refund(payment["id"], amount=100)
    receiver.wait_for(5)
    assert receiver.types() == [
        "payment.declined",
        "payment.requires_action",
        "payment.declined",
        "payment.succeeded",
        "refund.succeeded",
    ]


def test_an_off_session_decline_is_declined_and_failed(merchant: Merchant, receiver: Receiver) -> None:
    method = merchant.paid(number="4000000000000341", save_card=True)["payment_method"]
    merchant.create(payment_method=method, off_session=True)
    receiver.wait_for(3)
    assert receiver.types() == ["payment.succeeded", "payment.declined", "payment.failed"]


@pytest.mark.parametrize("status", [500, 404, 302])
def test_retried_until_taken(peer: Peer, merchant: Merchant, receiver: Receiver, status: int) -> None:
    receiver.statuses = [status]
    payment = cancel_new(merchant, reference="R")
    first, second = receiver.wait_for(2)
    assert first.body == second.body
    assert second.is_signed_by(merchant.webhook_secret)
    wait_until(lambda: log_of(peer, subject=payment["id"])["state"] == "delivered")
    assert [entry["status"] for entry in log_of(peer, subject=payment["id"])["deliveries"]] == [status, 200]


def test_no_answer_is_retried_at_the_new_address(peer: Peer, receiver: Receiver) -> None:
    merchant = peer.merchant(webhook_url="http://127.0.0.1:9/nobody")
    payment = cancel_new(merchant, reference="R")
    wait_until(lambda: log_of(peer, subject=payment["id"])["tries"] == 1)
    assert log_of(peer, subject=payment["id"])["last_error"] == "ConnectError"
    peer.admin.patch(f"/admin/merchants/{merchant.id}", json={"webhook_url": receiver.url})
    assert receiver.wait_for(1)[0].event["data"]["object"]["id"] == payment["id"]


def test_given_up_after_fifteen_tries_and_still_there(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant(webhook_url="http://127.0.0.1:9/nobody")
    payment = cancel_new(merchant, reference="R")
    wait_until(lambda: log_of(fresh_peer, subject=payment["id"])["tries"] == 1)
    with sqlite3.connect(fresh_peer.storage_dir / "acquirer.sqlite3", timeout=5) as connection:
        connection.execute("UPDATE event SET tries = 14, next_try_ms = 0")
    wait_until(lambda: log_of(fresh_peer, subject=payment["id"])["state"] == "given_up")
    entry = log_of(fresh_peer, subject=payment["id"])
    assert (entry["tries"], entry["next_try_at_ms"]) == (15, None)
    fresh_peer.admin.patch(f"/admin/merchants/{merchant.id}", json={"webhook_url": receiver.url})
    fresh_peer.admin.post(f"/admin/webhooks/{entry['id']}/redeliver")
    assert receiver.wait_for(1)[0].event["id"] == entry["id"]


def test_pauses_grow_from_seconds_to_hours() -> None:
    assert RETRY_AFTER_S[:5] == (5, 30, 120, 600, 3600)
    assert list(RETRY_AFTER_S) == sorted(RETRY_AFTER_S)
    assert len(RETRY_AFTER_S) == 14


def test_nothing_is_lost_while_there_is_no_address(peer: Peer, receiver: Receiver) -> None:
    merchant = peer.merchant()
    cancel_new(merchant, reference="R")
    peer.admin.patch(f"/admin/merchants/{merchant.id}", json={"webhook_url": receiver.url})
    receiver.wait_for(1)


def test_duplicate(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    peer.fault("duplicate_webhook", where="webhook")
    cancel_new(merchant, reference="R")
    first, second = receiver.wait_for(2)
    assert first.event["id"] == second.event["id"]
    assert second.is_signed_by(merchant.webhook_secret)


def test_reorder(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    peer.fault("reorder_webhooks")
    for reference in ("A", "B", "C"):
        cancel_new(merchant, reference=reference)
    receiver.wait_for(3)
    assert references(receiver)[0] == "B"
    assert sorted(references(receiver)) == ["A", "B", "C"]


def test_forged(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    peer.fault("forge_webhook")
    cancel_new(merchant, reference="R")
    forged, genuine = receiver.wait_for(2)
    assert not forged.is_signed_by(merchant.webhook_secret)
    assert genuine.is_signed_by(merchant.webhook_secret)


def test_held_until_released(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    peer.fault("hold_webhooks", where="payment.cancelled", count=2)
    payments = [cancel_new(merchant, reference=reference) for reference in ("A", "B")]
    merchant.paid()
    receiver.wait_for(1)
    assert receiver.types() == ["payment.succeeded"]
    assert {log_of(peer, subject=payment["id"])["state"] for payment in payments} == {"held"}
    peer.admin.delete("/admin/faults")
    receiver.wait_for(3)
    assert references(receiver)[1:] == ["A", "B"]


def test_run_delivers_before_it_answers(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    payment = merchant.payment()
    merchant.post(f"/v1/payments/{payment['id']}/cancel", body={})
    peer.admin.post("/admin/run")
    assert references(receiver) == ["TRV-48213"]


def test_redelivered_on_request(peer: Peer, merchant: Merchant, receiver: Receiver) -> None:
    cancel_new(merchant, reference="R")
    event_id = receiver.wait_for(1)[0].event["id"]
    assert peer.admin.post(f"/admin/webhooks/{event_id}/redeliver").status_code == 200
    assert receiver.wait_for(2)[1].event["id"] == event_id
    assert peer.admin.post("/admin/webhooks/evt_none/redeliver").status_code == 404
