"""What happens when a card meets a payment: approved, declined, challenged or taken in for later.

Callers hold the write transaction and have read the payment in it. No HTTP and no HTML here.
"""

from __future__ import annotations

import json
from datetime import timedelta

from sandbox_acquirer import saved_cards
from sandbox_acquirer.banks import NOT_PAID
from sandbox_acquirer.cards import (
    AUTHENTICATION_FAILED,
    BEHAVIOURS,
    CARD_EXPIRED,
    GENERIC_DECLINE,
    Card,
    Decline,
    PresentedCard,
    has_expired,
)
from sandbox_acquirer.clock import iso
from sandbox_acquirer.payments import Payment, move
from sandbox_acquirer.work import Work

PROCESSING_TIME = timedelta(seconds=30)
NO_CARD: dict[str, object] = {"card": None, "behaviour": None, "fingerprint": None}


def present_card(work: Work, *, payment: Payment, presented: PresentedCard) -> Payment:
    """Try a card the customer has just entered; the payment requires a card."""
    behaviour = BEHAVIOURS[presented.behaviour]
    kept = _kept(presented)
    if behaviour.decline is not None:
        return decline(work, payment=payment, reason=behaviour.decline)
    if behaviour.challenge:
        return move(work, payment=payment, event="challenged", changes={**kept, "last_failure": None})
    return _approve(work, payment=payment, presented=presented)


def answer_challenge(work: Work, *, payment: Payment, approved: bool) -> Payment:
    """Take the customer's answer to the 3-D Secure challenge; the payment requires action."""
    if not approved:
        return decline(work, payment=payment, reason=AUTHENTICATION_FAILED)
    presented = PresentedCard(Card(**payment.parsed("card")), payment.behaviour, payment.fingerprint)
    return _approve(work, payment=payment, presented=presented)


def charge_saved(work: Work, *, payment: Payment) -> Payment:
    """Charge the saved card a payment was created with, with its owner present or not."""
    saved = saved_cards.by_id(work.tx, method_id=payment.payment_method)
    presented = saved.presented
    behaviour = BEHAVIOURS[presented.behaviour]
    reason: Decline | None = None
    if has_expired((presented.card.exp_month, presented.card.exp_year), now=work.now):
        reason = CARD_EXPIRED
    elif payment.off_session and saved.is_declined_again:
        reason = behaviour.off_session_decline
        saved_cards.count_decline(work, method_id=payment.payment_method)
    if reason is not None:
        return decline(work, payment=payment, reason=reason, card=presented)
    if behaviour.challenge_once_saved:
        return move(work, payment=payment, event="challenged", changes=_kept(presented))
    return _approve(work, payment=payment, presented=presented)


def decline(work: Work, *, payment: Payment, reason: Decline, card: PresentedCard | None = None) -> Payment:
    """Record a decline: the customer may try another card, an off-session payment has failed."""
    failure = {"last_failure": json.dumps(reason.public())}
    if payment.off_session:
        kept = _kept(card) if card is not None else {}
        return move(work, payment=payment, event="declined_off_session", changes={**kept, **failure})
    return move(work, payment=payment, event="declined", changes={**NO_CARD, **failure})


def finish(work: Work, *, payment: Payment, succeeded: bool) -> Payment:
    """End a payment that is processing."""
    if succeeded:
        return move(work, payment=payment, event="approved", changes={"captured_at": iso(work.now)})
    failure = json.dumps((NOT_PAID if payment.method == "bank" else GENERIC_DECLINE).public())
    return move(work, payment=payment, event="failed", changes={"last_failure": failure})


def _approve(work: Work, *, payment: Payment, presented: PresentedCard) -> Payment:
    changes: dict[str, object] = {**_kept(presented), "last_failure": None}
    if payment.save_card and payment.payment_method is None:
        changes["payment_method"] = saved_cards.save(
            work, merchant_id=payment.merchant_id, presented=presented
        )
    if BEHAVIOURS[presented.behaviour].processing:
        return move(
            work,
            payment=payment,
            event="taken_in",
            changes={**changes, "finish_at": iso(work.now + PROCESSING_TIME)},
        )
    return move(work, payment=payment, event="approved", changes={**changes, "captured_at": iso(work.now)})


def _kept(presented: PresentedCard) -> dict[str, object]:
    return {
        "card": json.dumps(presented.card.public()),
        "behaviour": presented.behaviour,
        "fingerprint": presented.fingerprint,
    }
