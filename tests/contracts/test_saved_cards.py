"""What every provider must do with a card it saves: set-ups, charges with the owner away, renewal, detaching."""

from dataclasses import replace

import pytest

from fareledger.domain.identity import new_id
from fareledger.providers.contract import Declined, DeclineKind, OutcomeUnknown, Unavailable
from fareledger.providers.registry import gateway_of
from tests.contracts.peers import Kept, Peer, Trouble, a_charge, a_request, a_setup

NOBODY_LISTENS = "http://127.0.0.1:9"


def test_a_card_is_saved_without_a_payment(peer: Peer) -> None:
    request = a_setup()
    setup = peer.gateway.create_setup(request)
    assert (setup.setup_id, setup.state, setup.payment_method) == (
        request.setup_id,
        "awaiting_customer",
        "",
    )
    assert setup.frame_url.startswith(peer.account.base_url)
    peer.saves(setup, "works")
    told = peer.gateway.setup(setup.reference)
    assert told.state == "succeeded"
    assert told.card is not None
    assert (told.card.brand, told.card.last4) == ("visa", "4242")
    saved = peer.gateway.payment_method(told.payment_method)
    assert (saved.reference, saved.card, saved.detached) == (told.payment_method, told.card, False)


def test_the_same_key_twice_is_one_set_up(peer: Peer) -> None:
    request = a_setup()
    assert peer.gateway.create_setup(request) == peer.gateway.create_setup(request)


def test_a_set_up_is_found_by_our_reference(peer: Peer) -> None:
    request = a_setup()
    created = peer.gateway.create_setup(request)
    found = peer.gateway.find_setup(request.setup_id)
    assert found is not None
    assert found.reference == created.reference
    assert peer.gateway.find_setup(new_id()) is None


def test_a_set_up_without_an_answer_is_unknown_and_can_be_found(peer: Peer) -> None:
    request = a_setup()
    peer.have_trouble("answer lost", "create_setup")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.create_setup(request)
    assert peer.gateway.find_setup(request.setup_id) is not None


def test_a_set_up_can_be_cancelled_until_the_card_is_saved(peer: Peer) -> None:
    setup = peer.gateway.create_setup(a_setup())
    assert peer.gateway.cancel_setup(setup.reference).state == "cancelled"
    assert peer.gateway.cancel_setup(setup.reference).state == "cancelled"
    late = peer.gateway.create_setup(a_setup())
    peer.saves(late, "works")
    assert peer.gateway.cancel_setup(late.reference).state == "succeeded"


def test_a_payment_keeps_the_card_when_asked_to(peer: Peer) -> None:
    for keep_card in (True, False):
        payment = peer.gateway.create_payment(replace(a_request(), keep_card=keep_card))
        peer.customer(payment, "pays")
        assert bool(peer.gateway.payment(payment.reference).payment_method) is keep_card


def test_a_saved_card_is_charged_with_its_owner_away(peer: Peer) -> None:
    method = peer.saved_card()
    request = a_charge(method)
    paid = peer.gateway.charge_saved(request)
    assert (paid.state, paid.amount_minor, paid.attempt_id) == ("succeeded", 70_000, request.attempt_id)
    assert (paid.method, paid.payment_method) == ("card", method)
    assert paid.captured_at is not None
    assert peer.gateway.charge_saved(request).reference == paid.reference


@pytest.mark.parametrize(
    ("does", "kind", "code"),
    [
        ("short of money once more", "soft", "insufficient_funds"),
        ("lost", "hard", "lost_card"),
        ("asks its owner", "authentication", "authentication_required"),
    ],
)
def test_a_refused_charge_says_what_may_help(peer: Peer, does: Kept, kind: DeclineKind, code: str) -> None:
    request = a_charge(peer.saved_card(does))
    with pytest.raises(Declined) as refused:
        peer.gateway.charge_saved(request)
    assert (refused.value.kind, refused.value.code) == (kind, code)
    failed = peer.gateway.payment(refused.value.reference)
    assert (failed.state, failed.attempt_id, failed.failure_code) == ("failed", request.attempt_id, code)
    with pytest.raises(Declined) as again:
        peer.gateway.charge_saved(request)
    assert again.value.reference == refused.value.reference


@pytest.mark.parametrize("trouble", ["answer lost", "fails after doing it"])
def test_a_charge_without_an_answer_is_unknown_and_was_made_once(peer: Peer, trouble: Trouble) -> None:
    request = a_charge(peer.saved_card())
    peer.have_trouble(trouble, "create_payment")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.charge_saved(request)
    found = peer.gateway.find_payment(request.attempt_id)
    assert found is not None
    assert found.state == "succeeded"


def test_a_declined_charge_without_an_answer_is_found_failed(peer: Peer) -> None:
    request = a_charge(peer.saved_card("lost"))
    peer.have_trouble("answer lost", "create_payment")
    with pytest.raises(OutcomeUnknown):
        peer.gateway.charge_saved(request)
    found = peer.gateway.find_payment(request.attempt_id)
    assert found is not None
    assert (found.state, found.failure_code) == ("failed", "lost_card")


def test_a_charge_nobody_took_may_be_sent_again(peer: Peer) -> None:
    gateway = gateway_of(replace(peer.account, base_url=NOBODY_LISTENS))
    with pytest.raises(Unavailable):
        gateway.charge_saved(a_charge("pm_any"))


def test_with_its_owner_here_a_challenged_card_waits_for_them(peer: Peer) -> None:
    method = peer.saved_card("asks its owner")
    payment = peer.gateway.charge_saved(a_charge(method, off_session=False))
    assert payment.state == "awaiting_customer"
    assert payment.frame_url.startswith(peer.account.base_url)


def test_a_renewed_card_tells_its_new_expiry(peer: Peer) -> None:
    method = peer.saved_card()
    peer.renew(method, 2061)
    assert peer.gateway.payment_method(method).card.expires == "01/2061"


def test_an_expired_card_is_declined_for_good(peer: Peer) -> None:
    method = peer.saved_card()
    peer.renew(method, 2020)
    with pytest.raises(Declined) as refused:
        peer.gateway.charge_saved(a_charge(method))
    assert (refused.value.kind, refused.value.code) == ("hard", "expired_card")


def test_a_detached_card_is_never_charged(peer: Peer) -> None:
    method = peer.saved_card()
    assert peer.gateway.detach(method).detached
    assert peer.gateway.detach(method).detached
    assert peer.gateway.payment_method(method).detached
    request = a_charge(method)
    with pytest.raises(Declined) as refused:
        peer.gateway.charge_saved(request)
    assert (refused.value.kind, refused.value.reference) == ("hard", "")
    assert peer.gateway.find_payment(request.attempt_id) is None
