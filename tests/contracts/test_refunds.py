"""What every provider must do with a refund: once, never too much, found by either name."""

import json

import pytest

from fareledger.domain.identity import new_id
from fareledger.providers.contract import Declined, Misconfigured, OutcomeUnknown
from tests.contracts.peers import Peer, Trouble, a_bank_payment, a_refund, a_request


def paid(peer: Peer, *, amount_minor: int = 70_000) -> str:
    payment = peer.gateway.create_payment(a_request(amount_minor=amount_minor))
    peer.customer(payment, "pays")
    return payment.reference


def test_part_of_a_payment_goes_back(peer: Peer) -> None:
    reference = paid(peer)
    request = a_refund(reference, amount_minor=20_000)
    refund = peer.gateway.create_refund(request)
    assert (refund.refund_id, refund.payment_reference) == (request.refund_id, reference)
    assert (refund.state, refund.amount_minor, refund.currency) == ("succeeded", 20_000, "GBP")
    assert peer.gateway.refund(refund.reference) == refund
    assert peer.gateway.find_refund(request.refund_id) == refund
    assert peer.gateway.payment(reference).refunded_minor == 20_000


def test_the_same_key_refunds_once(peer: Peer) -> None:
    reference = paid(peer)
    request = a_refund(reference, amount_minor=20_000)
    assert peer.gateway.create_refund(request) == peer.gateway.create_refund(request)
    assert peer.gateway.payment(reference).refunded_minor == 20_000


def test_never_more_than_was_paid(peer: Peer) -> None:
    reference = paid(peer)
    peer.gateway.create_refund(a_refund(reference, amount_minor=50_000))
    too_much = a_refund(reference, amount_minor=20_001)
    with pytest.raises(Declined) as refused:
        peer.gateway.create_refund(too_much)
    assert (refused.value.code, refused.value.kind) == ("amount_too_large", "hard")
    assert peer.gateway.find_refund(too_much.refund_id) is None
    assert peer.gateway.payment(reference).refunded_minor == 50_000


def test_a_payment_nobody_made_cannot_be_refunded(peer: Peer) -> None:
    payment = peer.gateway.create_payment(a_request())
    with pytest.raises(Declined):
        peer.gateway.create_refund(a_refund(payment.reference, amount_minor=1))


@pytest.mark.parametrize("trouble", ["answer lost", "fails after doing it"])
def test_a_refund_without_an_answer_is_unknown_and_can_be_found(peer: Peer, trouble: Trouble) -> None:
    request = a_refund(paid(peer), amount_minor=20_000)
    peer.have_trouble(trouble, "create_refund")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_refund(request)
    found = peer.gateway.find_refund(request.refund_id)
    assert found is not None
    assert found.amount_minor == 20_000


def test_a_refund_that_was_never_seen(peer: Peer) -> None:
    request = a_refund(paid(peer), amount_minor=20_000)
    peer.have_trouble("fails before", "create_refund")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_refund(request)
    assert peer.gateway.find_refund(request.refund_id) is None
    assert peer.gateway.find_refund(new_id()) is None
    with pytest.raises(Misconfigured):
        peer.gateway.refund("ref_none")


def test_a_refund_to_a_bank_account_takes_its_time(peer: Peer) -> None:
    bank = peer.gateway.banks("GB")[0]
    payment = peer.gateway.create_bank_payment(a_bank_payment(bank.id))
    peer.at_bank(payment, "approve")
    refund = peer.gateway.create_refund(a_refund(payment.reference, amount_minor=70_000))
    assert (refund.state, refund.failure_code) == ("pending", "")


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("ref_1", ("ref_1", None, None)),
        ("set_1", (None, "set_1", None)),
        ("pm_1", (None, None, "pm_1")),
        ("pay_1", (None, None, None)),
    ],
)
def test_a_webhook_says_what_it_is_about(
    peer: Peer, reference: str, told: tuple[str | None, str | None, str | None]
) -> None:
    body = {"id": "evt_1", "type": "a.b", "data": {"object": {"id": reference, "amount": 5}}}
    notice = peer.gateway.parse_webhook(json.dumps(body).encode())
    assert (notice.refund_reference, notice.setup_reference, notice.payment_method) == told
