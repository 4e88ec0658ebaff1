"""What every provider must do with a payment, whatever its own words are."""

from dataclasses import replace

import pytest

from fareledger.domain.identity import new_id
from fareledger.providers.contract import Declined, Misconfigured, OutcomeUnknown, Unavailable
from fareledger.providers.registry import gateway_of
from tests.contracts.peers import Customer, Peer, Trouble, a_request, just_now

NOBODY_LISTENS = "http://127.0.0.1:9"


def test_a_new_payment_awaits_the_customer_at_the_providers_own_form(peer: Peer) -> None:
    request = a_request()
    payment = peer.gateway.create_payment(request)
    assert payment.attempt_id == request.attempt_id
    assert (payment.state, payment.amount_minor, payment.currency) == ("awaiting_customer", 70_000, "GBP")
    assert payment.frame_url.startswith(peer.account.base_url)
    assert payment.hosted_url.startswith(peer.account.base_url)
    assert (payment.card, payment.captured_at, payment.failure_code) == (None, None, "")


@pytest.mark.parametrize(("amount_minor", "currency"), [(1, "GBP"), (250_000, "JPY"), (123_456_789, "KWD")])
def test_amounts_are_exact_in_every_currency(peer: Peer, amount_minor: int, currency: str) -> None:
    payment = peer.gateway.create_payment(a_request(amount_minor=amount_minor, currency=currency))
    assert (payment.amount_minor, payment.currency) == (amount_minor, currency)


def test_the_same_key_twice_is_one_payment(peer: Peer) -> None:
    request = a_request()
    first, second = peer.gateway.create_payment(request), peer.gateway.create_payment(request)
    assert first.reference == second.reference


def test_a_payment_is_found_by_its_reference_and_by_ours(peer: Peer) -> None:
    request = a_request()
    created = peer.gateway.create_payment(request)
    by_ours = peer.gateway.find_payment(request.attempt_id)
    assert by_ours is not None
    assert by_ours.reference == created.reference
    assert peer.gateway.payment(created.reference).attempt_id == request.attempt_id
    assert peer.gateway.find_payment(new_id()) is None


def test_a_payment_the_customer_made_says_when_and_with_what_card(peer: Peer) -> None:
    payment = peer.gateway.create_payment(a_request())
    peer.customer(payment, "pays")
    paid = peer.gateway.payment(payment.reference)
    assert paid.state == "succeeded"
    assert paid.captured_at is not None
    assert abs((paid.captured_at - just_now()).total_seconds()) < 60
    assert paid.card is not None
    assert (paid.card.brand, paid.card.funding, paid.card.last4) == ("visa", "credit", "4242")


@pytest.mark.parametrize(
    ("customer", "state", "failure"),
    [("is declined", "awaiting_customer", "insufficient_funds"), ("pays slowly", "processing", "")],
)
def test_what_is_not_a_success_is_not_told_as_one(
    peer: Peer, customer: Customer, state: str, failure: str
) -> None:
    payment = peer.gateway.create_payment(a_request())
    peer.customer(payment, customer)
    told = peer.gateway.payment(payment.reference)
    assert (told.state, told.failure_code, told.captured_at) == (state, failure, None)


def test_a_payment_not_made_yet_can_be_cancelled(peer: Peer) -> None:
    payment = peer.gateway.create_payment(a_request())
    assert peer.gateway.cancel_payment(payment.reference).state == "cancelled"
    assert peer.gateway.cancel_payment(payment.reference).state == "cancelled"


def test_cancelling_too_late_tells_of_the_success(peer: Peer) -> None:
    payment = peer.gateway.create_payment(a_request())
    peer.customer(payment, "pays")
    assert peer.gateway.cancel_payment(payment.reference).state == "succeeded"


@pytest.mark.parametrize("trouble", ["answer lost", "fails after doing it"])
def test_a_payment_set_up_without_an_answer_is_unknown_and_can_be_found(peer: Peer, trouble: Trouble) -> None:
    request = a_request()
    peer.have_trouble(trouble, "create_payment")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_payment(request)
    found = peer.gateway.find_payment(request.attempt_id)
    assert found is not None
    assert found.state == "awaiting_customer"


def test_a_5xx_is_unknown_even_when_nothing_was_done(peer: Peer) -> None:
    request = a_request()
    peer.have_trouble("fails before", "create_payment")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_payment(request)
    assert peer.gateway.find_payment(request.attempt_id) is None


@pytest.mark.parametrize("trouble", ["answer lost", "fails before"])
def test_a_question_without_an_answer_may_be_asked_again(peer: Peer, trouble: Trouble) -> None:
    payment = peer.gateway.create_payment(a_request())
    peer.have_trouble(trouble, "get_payment")
    with pytest.raises(Unavailable):
        peer.gateway.payment(payment.reference)
    assert peer.gateway.payment(payment.reference).state == "awaiting_customer"


def test_a_provider_nobody_reaches_has_done_nothing(peer: Peer) -> None:
    gateway = gateway_of(replace(peer.account, base_url=NOBODY_LISTENS))
    with pytest.raises(Unavailable):
        gateway.create_payment(a_request())


def test_a_key_the_provider_refuses_needs_a_person(peer: Peer) -> None:
    gateway = gateway_of(replace(peer.account, secret_key="sk_wrong"))
    with pytest.raises(Misconfigured):
        gateway.create_payment(a_request())


def test_another_merchants_payment_is_not_ours(peer: Peer, acquirer: object) -> None:
    with pytest.raises((Misconfigured, Declined)):
        peer.gateway.payment("pay_somebody_elses")
