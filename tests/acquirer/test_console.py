"""The console shows what happened and turns the knobs with plain forms, for nobody but this machine."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.acquirer.peer import ADMIN_KEY, BROWSER, Merchant, Peer


def send(peer: Peer, *, path: str, **fields: str) -> httpx.Response:
    return BROWSER.post(peer.url + path, data=fields, headers={"Origin": peer.url})


def test_shows_everything_but_secrets(peer: Peer, merchant: Merchant) -> None:
    payment = merchant.paid(reference="SEEN-1")
    merchant.refund(payment["id"], amount=100)
    page = BROWSER.get(peer.url + "/").text
    for shown in (
        "SEEN-1",
        payment["id"],
        "£2,500.00",
        "£1.00",
        "payment.succeeded",
        merchant.id,
        "Visa credit 4242",
    ):
        assert shown in page
    for secret in (merchant.secret_key, merchant.webhook_secret, ADMIN_KEY):
        assert secret not in page


def test_knobs(peer: Peer) -> None:
    assert (
        send(peer, path="/console/faults", kind="delay", where="confirm", count="2", ms="50").status_code
        == 303
    )
    assert peer.admin.get("/admin/faults").json()["data"][0]["kind"] == "delay"
    assert "<b>delay</b>, 2 more, confirm, 50 ms" in BROWSER.get(peer.url + "/").text
    assert send(peer, path="/console/faults/clear").status_code == 303
    assert peer.admin.get("/admin/faults").json()["data"] == []
    assert send(peer, path="/console/run").headers["Location"] == "/?done=run"


def test_a_knob_that_cannot_be_turned_says_why(peer: Peer) -> None:
    refused = send(peer, path="/console/faults", kind="delay", count="many", ms="50")
    assert refused.status_code == 422
    assert "count must be a whole number" in refused.text
    assert "<title>Error:" in refused.text
    assert send(peer, path="/console/clock", now="yesterday").status_code == 422
    assert send(peer, path="/console/webhooks", event="evt_none").status_code == 422


def test_clock(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    merchant.paid()
    for _ in range(2):
        assert send(fresh_peer, path="/console/clock", hours="24").status_code == 303
    assert fresh_peer.admin.get("/admin/clock").json()["offset_s"] == 2 * 86_400
    page = BROWSER.get(fresh_peer.url + "/?done=clock").text
    assert "2 days ahead of the wall clock" in page
    assert len(merchant.payouts()) == 1
    send(fresh_peer, path="/console/clock", now="2030-01-01T12:00")
    assert re.search(r"1 Jan 2030, 12:00:\d\d", BROWSER.get(fresh_peer.url + "/").text)
    send(fresh_peer, path="/console/clock", reset="yes")
    assert fresh_peer.admin.get("/admin/clock").json()["offset_s"] == 0


def test_a_processing_payment_is_decided(peer: Peer, merchant: Merchant) -> None:
    payment = merchant.paid(number="4000000000009235")
    assert send(peer, path="/console/payments", payment=payment["id"], outcome="failed").status_code == 303
    assert merchant.get(payment["id"])["status"] == "failed"


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}]
)
def test_forms_of_other_sites_are_refused(peer: Peer, headers: dict[str, str]) -> None:
    refused = BROWSER.post(peer.url + "/console/faults", data={"kind": "drop_answer"}, headers=headers)
    assert refused.status_code == 422
    assert peer.admin.get("/admin/faults").json()["data"] == []
