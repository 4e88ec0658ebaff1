"""What every provider must do with a payment that the customer approves at their bank."""

import pytest

from fareledger.providers.contract import Misconfigured, OutcomeUnknown, PaymentState
from tests.contracts.peers import AtBank, Peer, a_bank_payment


def a_bank(peer: Peer) -> str:
    return peer.gateway.banks("GB")[0].id


def test_the_banks_of_a_country_by_name(peer: Peer) -> None:
    banks = peer.gateway.banks("GB")
    assert [bank.name.casefold() for bank in banks] == sorted(bank.name.casefold() for bank in banks)
    assert any(bank.popular for bank in banks)
    assert not all(bank.popular for bank in banks)
    assert peer.gateway.banks("AQ") == []


def test_a_bank_payment_awaits_the_customer_at_the_bank(peer: Peer) -> None:
    bank = peer.gateway.banks("GB")[0]
    request = a_bank_payment(bank.id)
    payment = peer.gateway.create_bank_payment(request)
    assert (payment.attempt_id, payment.state, payment.method) == (
        request.attempt_id,
        "awaiting_customer",
        "bank",
    )
    assert (payment.bank, payment.frame_url, payment.card) == (bank.name, "", None)
    assert payment.redirect_url.startswith(peer.account.base_url)
    assert "locale=en-GB" in payment.redirect_url
    assert peer.gateway.create_bank_payment(request) == payment


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        ("approve", "succeeded", ""),
        ("refuse", "failed", "customer_refused"),
        ("later", "processing", ""),
    ],
)
def test_what_the_customer_answered_is_told(
    peer: Peer, answer: AtBank, state: PaymentState, code: str
) -> None:
    payment = peer.gateway.create_bank_payment(a_bank_payment(a_bank(peer)))
    peer.at_bank(payment, answer)
    told = peer.gateway.payment(payment.reference)
    assert (told.state, told.failure_code) == (state, code)
    assert (told.captured_at is not None) is (state == "succeeded")


def test_a_bank_payment_not_made_yet_can_be_cancelled(peer: Peer) -> None:
    payment = peer.gateway.create_bank_payment(a_bank_payment(a_bank(peer)))
    assert peer.gateway.cancel_payment(payment.reference).state == "cancelled"


def test_a_bank_payment_without_an_answer_is_unknown_and_can_be_found(peer: Peer) -> None:
    request = a_bank_payment(a_bank(peer))
    peer.have_trouble("answer lost", "create_payment")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_bank_payment(request)
    found = peer.gateway.find_payment(request.attempt_id)
    assert found is not None
    assert (found.state, found.method) == ("awaiting_customer", "bank")
    assert found.redirect_url


def test_a_bank_of_another_currency_is_our_mistake(peer: Peer) -> None:
    with pytest.raises(Misconfigured):
        peer.gateway.create_bank_payment(a_bank_payment(a_bank(peer), currency="EUR"))
