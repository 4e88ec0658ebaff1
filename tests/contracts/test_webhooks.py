"""A webhook is taken only with a fresh signature over exactly these bytes, made with one of our secrets."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fareledger.providers.contract import ForgedWebhook
from fareledger.providers.registry import gateway_of
from tests.contracts.peers import Peer, just_now

BODY = json.dumps(
    {
        "id": "evt_1",
        "type": "payment.succeeded",
        "data": {"object": {"id": "pay_1", "amount": 70_000, "currency": "GBP"}},
    }
).encode()


def signed(peer: Peer, *, body: bytes = BODY, at: datetime, secret: str = "") -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    key = secret or peer.account.webhook_secrets[0]
    digest = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"sandbox-signature": f"t={stamp},v1={digest}"}


def test_a_genuine_webhook_names_its_payment_and_amount(peer: Peer) -> None:
    notice = peer.gateway.read_webhook(BODY, headers=signed(peer, at=just_now()), now=just_now())
    assert (notice.event_id, notice.payment_reference, notice.payout_reference) == ("evt_1", "pay_1", None)
    assert (notice.amount_minor, notice.currency) == (70_000, "GBP")


def test_both_live_secrets_are_good(peer: Peer) -> None:
    account = replace(peer.account, webhook_secrets=("whsec_old", "whsec_new"))
    for secret in account.webhook_secrets:
        headers = signed(peer, at=just_now(), secret=secret)
        assert gateway_of(account).read_webhook(BODY, headers=headers, now=just_now()).event_id == "evt_1"


@pytest.mark.parametrize("age_s", [-299, 0, 299])
def test_five_minutes_either_way_are_tolerated(peer: Peer, age_s: int) -> None:
    moment = just_now()
    headers = signed(peer, at=moment - timedelta(seconds=age_s))
    assert peer.gateway.read_webhook(BODY, headers=headers, now=moment).event_type == "payment.succeeded"


@pytest.mark.parametrize("age_s", [-310, 310, 3 * 86400])
def test_an_old_or_early_signature_is_refused(peer: Peer, age_s: int) -> None:
    moment = just_now()
    with pytest.raises(ForgedWebhook, match="too old"):
        peer.gateway.read_webhook(
            BODY, headers=signed(peer, at=moment - timedelta(seconds=age_s)), now=moment
        )


def test_one_changed_byte_is_refused(peer: Peer) -> None:
    headers = signed(peer, at=just_now())
    with pytest.raises(ForgedWebhook, match="does not match"):
        peer.gateway.read_webhook(BODY.replace(b"70000", b"70001"), headers=headers, now=just_now())


def test_a_time_that_was_not_signed_is_refused(peer: Peer) -> None:
    header = signed(peer, at=just_now() - timedelta(hours=1))["sandbox-signature"]
    moved = f"t={int(just_now().timestamp())},{header.partition(',')[2]}"
    with pytest.raises(ForgedWebhook, match="does not match"):
        peer.gateway.read_webhook(BODY, headers={"sandbox-signature": moved}, now=just_now())


def test_somebody_elses_secret_is_refused(peer: Peer) -> None:
    headers = signed(peer, at=just_now(), secret="whsec_another_operator")
    with pytest.raises(ForgedWebhook, match="does not match"):
        peer.gateway.read_webhook(BODY, headers=headers, now=just_now())


@pytest.mark.parametrize("header", ["", "v1=abc", "t=1", "t=x,v1=" + "0" * 64, "t=1,v1=" + "0" * 64 * 2])
def test_no_signature_or_half_of_one_is_refused(peer: Peer, header: str) -> None:
    with pytest.raises(ForgedWebhook):
        peer.gateway.read_webhook(BODY, headers={"sandbox-signature": header}, now=just_now())


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id":"evt_1","type":"x","data":{"object":[]}}', b"\xff"]
)
def test_a_signed_body_of_another_shape_is_refused(peer: Peer, body: bytes) -> None:
    with pytest.raises(ForgedWebhook, match="shape"):
        peer.gateway.read_webhook(body, headers=signed(peer, body=body, at=just_now()), now=just_now())
