"""What other systems of an operator can be told: the events, how a message is signed, and when it is tried again.

The table of events is the whole truth: whoever announces something else is refused, and `docs/webhooks.md` is compared
with it. Where a message goes and what was answered is no business of this module.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

API_VERSION: Final = "1"
TEST: Final = "webhook.test"
SIGNING_PREFIX: Final = "whsec_"

EVENTS: Final[Mapping[str, str]] = {
    "booking.created": "A booking came in.",
    "booking.changed": "A booking was changed, cancelled or reinstated, or its plan was edited.",
    "transaction.opened": "A payment or refund was planned: a new open row.",
    "transaction.closed": "A row closed, because its money moved.",
    "transaction.deleted": "An open row was deleted.",
    "transaction.reversed": "A closed row was taken back by a new one.",
    "payment.received": "Money arrived, in whatever way.",
    "payment.pending": "The provider is confirming an online payment.",
    "payment.declined": "A card was declined; the customer may try another one.",
    "payment.failed": "An online payment failed for good; no money moved.",
    "payment.cancelled": "An online payment was given up before it was made.",
    "payment.expired": "An online payment was not made in time.",
    "payment.unknown": "The provider’s answer got lost; the outcome is being asked for.",
    "payment.needs_attention": "What the provider tells does not fit; a person must look.",
    "payment.reversed": "A recorded payment was taken back.",
    "approval.given": "A customer agreed that a scheduled payment is charged to their card on its day.",
    "approval.withdrawn": "A customer took back what they had agreed to; the payment stays due.",
    "approval.ended": "An approval ended: its payment was made or has changed, or a new card took over.",
    "collection.noticed": "A customer was told by when an approved payment will be charged to their card.",
    "collection.retrying": "An approved payment was declined and is charged again on a later day.",
    "collection.needs_customer": "An approved payment waits for its customer to approve it at the bank.",
    "collection.needs_method": "An approved payment needs another card or way to pay.",
    "collection.needs_staff": "An approved payment could not be charged; staff take over.",
    "refund.pending": "Money is on its way back to the customer online.",
    "refund.failed": "Money did not go back online; it is owed to the customer still.",
    "refund.paid": "Money went back to the customer.",
    "refund.reversed": "A recorded refund was taken back.",
}

# Seconds from one try to the next, before the jitter; after the last one the delivery has failed.
RETRY_LADDER_S: Final = (10, 60, 300, 1800, 7200, 21600, 86400, 86400, 86400)
_JITTER: Final = 0.2
# An address that has answered nothing well for so long is told nothing any more.
FAILING_DAYS: Final = 5
# Older signatures are to be refused by whoever receives them, so that a copy cannot be played again.
TOLERANCE_S: Final = 300


def sign(body: bytes, *, secrets: Iterable[str], timestamp_s: int) -> str:
    """Write the signature header of a message: its time, and one signature for each live secret.

    Each is HMAC-SHA256 of `{timestamp}.{body}` over the bytes as they are sent, in hexadecimal.
    """
    content = b"%d." % timestamp_s + body
    digests = [hmac.new(secret.encode(), content, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp_s}", *(f"v1={digest}" for digest in digests)])


def retry_after_s(tries: int, *, chance: float) -> float | None:
    """Give the seconds to wait after so many tries that failed; None when that was the last.

    `chance` is a random number from 0 to 1: it spreads tries that failed together by a fifth either way.
    """
    if tries > len(RETRY_LADDER_S):
        return None
    return RETRY_LADDER_S[tries - 1] * (1 + _JITTER * (2 * chance - 1))


def groups(events: Sequence[str] = tuple(EVENTS)) -> dict[str, tuple[str, ...]]:
    """Put events together by what they are about: the word before the dot."""
    found: dict[str, list[str]] = {}
    for event in events:
        found.setdefault(event.partition(".")[0], []).append(event)
    return {about: tuple(of_it) for about, of_it in found.items()}
