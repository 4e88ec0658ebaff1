"""The stored card that approved payments of a booking are charged to: which one is usable, how it begins and ends.

A booking has at most one live mandate. One that has ended is forgotten at the provider too, by a job that is tried
until the provider has answered. Approvals are `approval_records.py`'s affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Attempt, Mandate
from fareledger.persistence.models.payments import LIVE_STATES
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Card
from fareledger.usecases.clock import now
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider

_SWEEP_LIMIT = 500
_FORGET_AFTER_S = 60


@dataclass(frozen=True, kw_only=True)
class StoredCard:
    """A card that a provider keeps for us, and by which set-up or payment it came to be."""

    provider: str
    provider_method: str
    card: Card
    setup_id: UUID | None = None
    attempt_id: UUID | None = None


def usable(operator: Operator, *, booking_id: UUID, until: date | None = None) -> Mandate | None:
    """Return the booking's live mandate, or None; with `until` only if its card is still valid on that day.

    Call it inside the operator's transaction, under the booking's lock where the answer must hold.
    """
    found = Mandate.objects.filter(operator_id=operator.id, booking_id=booking_id, ended_at=None).first()
    if found is None or (until is not None and expired_by(found.card_expires, on=until)):
        return None
    return found


def expired_by(card_expires: str, *, on: date) -> bool:
    """Say whether a card (YYYY-MM, good to the end of that month) can no longer be charged on a day."""
    return bool(card_expires) and f"{on:%Y-%m}" > card_expires


def year_and_month(expires: str) -> str:
    """Write a card's expiry as the table keeps it, "2029-08"; providers tell it as cards do, "08/2029"."""
    month, slash, year = expires.partition("/")
    return f"{year}-{month}" if slash else expires


def begin_mandate(operator: Operator, *, locked: LockedBooking, stored: StoredCard) -> Mandate:
    """Make a stored card the booking's mandate, under its lock; the one before must have ended."""
    return _write(operator, booking_id=locked.booking.id, stored=stored)


def refuse_card(operator: Operator, *, booking_id: UUID, stored: StoredCard) -> None:
    """Take a card that was stored for nothing any more: no mandate comes of it, and the provider forgets it."""
    end_mandate(_write(operator, booking_id=booking_id, stored=stored), because="not_needed")


def end_mandate(mandate: Mandate, *, because: str) -> None:
    """End a mandate inside the caller's operator transaction, and have its card forgotten at the provider."""
    mandate.ended_at, mandate.ended_because = now(), because
    mandate.save()
    enqueue(
        "detach_card",
        once=f"detach:{mandate.id}",
        operator_id=str(mandate.operator_id),
        mandate_id=str(mandate.id),
    )


def detach_card(operator: Operator, *, mandate_id: UUID) -> bool:
    """Have the provider forget the card of a mandate that has ended; say whether it is forgotten now.

    While a charge of it is under way the card is kept. Raises ProviderFailure; whoever calls tries again.
    """
    with operator_transaction(operator.id):
        mandate = Mandate.objects.filter(operator_id=operator.id, id=mandate_id).first()
        if mandate is None or mandate.ended_at is None:
            return False
        if mandate.detached_at is not None:
            return True
        charging = Attempt.objects.filter(
            operator_id=operator.id, mandate_id=mandate_id, state__in=LIVE_STATES
        )
        if charging.exists():
            return False
    gateway = open_gateway(operator, provider=mandate.provider)
    with calling_provider():
        gateway.detach(mandate.provider_method)
    with operator_transaction(operator.id):
        Mandate.objects.filter(operator_id=operator.id, id=mandate_id).update(detached_at=now())
    return True


def cards_to_detach(operator: Operator) -> list[UUID]:
    """Return the mandates whose cards the provider still keeps for nothing, longest ended first."""
    since = now() - timedelta(seconds=_FORGET_AFTER_S)
    with operator_transaction(operator.id):
        kept = Mandate.objects.filter(operator_id=operator.id, detached_at=None, ended_at__lte=since)
        return list(kept.order_by("ended_at").values_list("id", flat=True)[:_SWEEP_LIMIT])


def _write(operator: Operator, *, booking_id: UUID, stored: StoredCard) -> Mandate:
    return Mandate.objects.create(
        operator_id=operator.id,
        id=new_id(),
        booking_id=booking_id,
        provider=stored.provider,
        provider_method=stored.provider_method,
        card_brand=stored.card.brand,
        card_funding=stored.card.funding,
        card_last4=stored.card.last4,
        card_expires=year_and_month(stored.card.expires),
        attempt_id=stored.attempt_id,
        setup_id=stored.setup_id,
        set_up_at=now(),
    )
