"""The one thing that happened to a booking which its customer should read before anything else.

At most one is told: what must not be missed goes before what is only good to know. The sentences are `news.html`; what
is left and by when is `standing.py`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal
from uuid import UUID

from fareledger.faces.portal.movements import Movement
from fareledger.faces.portal.standing import Standing
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.show_booking import Billing, BookingAttempt, MandateView, RowView

Code = Literal[
    "checking",
    "charging",
    "confirming",
    "needs_customer",
    "needs_method",
    "with_staff",
    "retry",
    "unfinished",
    "failed",
    "expired",
    "card_expires",
    "corrected",
]
# What a collection that is stuck needs, the most pressing first.
_STUCK: Final[tuple[Code, ...]] = ("needs_customer", "needs_method", "with_staff", "retry")
_LATELY: Final = timedelta(days=7)
_A_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCard:
    """What may be said of a stored card: "Visa", its last digits, and the last day on which it is good."""

    card: str
    last4: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened, with what it happened to; only what belongs to its code is there."""

    code: Code
    attempt: BookingAttempt | None = None
    row: RowView | None = None
    movement: Movement | None = None
    card: KnownCard | None = None


def known_cards(billing: Billing) -> dict[UUID, KnownCard]:
    """Return the cards that were ever stored for the booking, by mandate."""
    return {one.id: _known(one) for one in billing.mandates}


def news_of(billing: Billing, *, standing: Standing, movements: Sequence[Movement]) -> News | None:
    """Return what is to be told first, or None."""
    return (
        _on_its_way(billing, standing=standing)
        or _stuck(billing, standing=standing)
        or _last_try(billing, standing=standing)
        or _expiring(billing)
        or _corrected(billing, standing=standing, movements=movements)
    )


def _on_its_way(billing: Billing, *, standing: Standing) -> News | None:
    attempt = standing.confirming
    if attempt is None:
        return None
    code: Code = "checking" if attempt.problem else "charging" if attempt.off_session else "confirming"
    card = known_cards(billing).get(attempt.mandate_id) if attempt.mandate_id else None
    return News(code=code, attempt=attempt, card=card)


def _stuck(billing: Billing, *, standing: Standing) -> News | None:
    cards = known_cards(billing)
    for code in _STUCK:
        for row in standing.payments:
            if row.collection and row.collection.state == code:
                mandate_id = row.approval.mandate_id if row.approval else None
                return News(code=code, row=row, card=cards.get(mandate_id) if mandate_id else None)
    return None


def _last_try(billing: Billing, *, standing: Standing) -> News | None:
    """Tell of the customer's own last try, while what it was for is still to be paid and no money came since."""
    tries = [one for one in billing.attempts if not one.off_session]
    if not tries or standing.next is None:
        return None
    last = tries[-1]
    paid_since = any(row.closed_at and row.closed_at > last.changed_at for row in billing.closed_rows)
    if paid_since or billing.today - last.changed_at.date() > _LATELY:
        return None
    codes: dict[str, Code] = {"awaiting_customer": "unfinished", "failed": "failed", "expired": "expired"}
    code = codes.get(last.state)
    return News(code=code, attempt=last) if code else None


def _expiring(billing: Billing) -> News | None:
    """Tell a month ahead of a card that runs out before the last payment it is to bear."""
    mandate = billing.mandate
    if mandate is None:
        return None
    card = _known(mandate)
    after = [
        row
        for row in billing.open_rows
        if row.approval and row.approval.mandate_id == mandate.id and row.due_date > card.until
    ]
    if not after or card.until - billing.today > _A_MONTH:
        return None
    return News(code="card_expires", row=after[0], card=card)


def _corrected(billing: Billing, *, standing: Standing, movements: Sequence[Movement]) -> News | None:
    last = movements[-1] if movements else None
    if last is None or not last.correction or last.kind != "payment" or not standing.left_minor:
        return None
    return News(code="corrected", movement=last) if billing.today - last.on <= _A_MONTH else None


def _known(mandate: MandateView) -> KnownCard:
    year, month = map(int, mandate.card_expires.split("-"))
    return KnownCard(
        card=card_name(mandate.card_brand, last4=""),
        last4=mandate.card_last4,
        until=date(year, month, monthrange(year, month)[1]),
    )
