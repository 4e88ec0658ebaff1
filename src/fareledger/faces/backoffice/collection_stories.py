"""The story of each approved payment for staff, try by try, and the stored cards as far as anybody may know them.

Of a card these are brand, last four digits and expiry; the provider keeps the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fareledger.faces.shared.formatting import long_date, short_date
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.show_booking import Billing, BookingAttempt, MandateView, RowView

_STUCK: Final = ("needs_customer", "needs_method", "with_staff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A stored card in words: "Visa •••• 4242, expires 04/2028", and whether payments are still charged to it."""

    words: str
    live: bool
    ended: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One approved payment: a word and a shape, a sentence for what happens next, and its tries, oldest first.

    `retries` and `writes` say which of the two acts of staff would change anything now.
    """

    row: RowView
    words: str
    shape: str
    sentence: str
    card: str
    tries: tuple[BookingAttempt, ...]
    retries: bool
    writes: bool


def stories_of(shown: Billing) -> tuple[Story, ...]:
    """Tell of every open payment that is approved, next due first."""
    mandates = {one.id: one for one in shown.mandates}
    return tuple(
        _story(row, shown=shown, mandate=mandates.get(row.approval.mandate_id))
        for row in shown.open_rows
        if row.approval
    )


def cards_of(shown: Billing) -> tuple[Card, ...]:
    """Return the cards that were ever stored for the booking, the one in use last."""
    return tuple(
        Card(
            words=_words(one),
            live=one.live,
            ended="" if one.ended_at is None else one.ended_because.replace("_", " "),
        )
        for one in shown.mandates
    )


def collection_word(row: RowView) -> tuple[str, str] | None:
    """Return word and shape of an open row that is collected with its customer's consent; None for any other."""
    if row.approval is None:
        return None
    found = row.collection
    state = found.state if found else "waiting"
    if state == "retry" and found and found.next_on:
        return f"Declined, again {short_date(found.next_on)}", "warn"
    words = {
        "charging": ("Being charged", "pending"),
        "needs_customer": ("Bank wants the customer", "failed"),
        "needs_method": ("Needs another card", "failed"),
        "with_staff": ("Could not be charged", "failed"),
    }
    return words.get(state, ("Approved", "approved"))


def _story(row: RowView, *, shown: Billing, mandate: MandateView | None) -> Story:
    words, shape = collection_word(row) or ("Approved", "approved")
    state = row.collection.state if row.collection else "waiting"
    return Story(
        row=row,
        words=words,
        shape=shape,
        sentence=_sentence(row, state=state),
        card=_words(mandate) if mandate else "the card is gone",
        tries=tuple(one for one in shown.attempts if row.id in one.transaction_ids),
        retries=state in ("retry", "with_staff"),
        writes=state in _STUCK,
    )


def _sentence(row: RowView, *, state: str) -> str:
    found = row.collection
    on = long_date(found.next_on) if found and found.next_on else ""
    if state == "waiting" and found and found.noticed_at and on:
        return f"The customer was told; it is charged on {on}."
    sentences = {
        "charging": "It is being charged now; the provider’s answer is not recorded yet.",
        "retry": f"It is charged again on {on}.",
        "needs_customer": "The customer was sent a link that approves this one charge.",
        "needs_method": "This card will not do. The customer was asked to pay another way.",
        "with_staff": "Every try was declined. The customer was asked to pay another way.",
    }
    if found and found.failure_code in ("more_than_is_left", "no_provider_account", "provider_misconfigured"):
        return "Nothing was charged; somebody must look at it."
    return sentences.get(state, f"It is charged by itself when it is due on {long_date(row.due_date)}.")


def _words(mandate: MandateView) -> str:
    year, _, month = mandate.card_expires.partition("-")
    expires = f", expires {month}/{year}" if month else ""
    return f"{card_name(mandate.card_brand, last4='') or 'Card'} •••• {mandate.card_last4}{expires}"
