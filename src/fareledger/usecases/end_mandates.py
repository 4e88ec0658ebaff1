"""Ends stored cards that are needed for nothing any more, so that none outlives what it was stored for.

A card is needed while a payment is open that is approved or may be approved, and while a charge of it or the
collection of a row is under way. Once the booking is paid, cancelled or travelled it is forgotten at the provider too,
which is a job of `mandates.py`.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import (
    Approval,
    ApprovalRequest,
    Attempt,
    Booking,
    Collection,
    Mandate,
    Transaction,
)
from fareledger.persistence.models.payments import LIVE_STATES
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approval_news import card_words
from fareledger.usecases.clock import now, today
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.mandates import end_mandate
from fareledger.usecases.tell_collection import WORKER

BATCH: Final = 500


def end_mandates(operator: Operator, *, batch: int = BATCH) -> int:
    """End the operator's stored cards that nothing can be charged to any more; return how many."""
    with operator_transaction(operator.id):
        found = list(_unneeded(operator).order_by("id").values_list("id", "booking_id")[:batch])
    return sum(
        _end(operator, mandate_id=mandate_id, booking_id=booking_id) for mandate_id, booking_id in found
    )


def _end(operator: Operator, *, mandate_id: UUID, booking_id: UUID) -> bool:
    """End one under its booking's lock, unless it is needed after all."""
    with operator_transaction(operator.id):
        booking = lock_booking(operator, booking_id=booking_id).booking
        mandate = _unneeded(operator).filter(id=mandate_id).first()
        if mandate is None:
            return False
        end_mandate(mandate, because="not_needed")
        append_timeline(
            Event(
                operator_id=operator.id,
                booking_id=booking.id,
                kind="stored_card",
                actor=WORKER,
                occurred_at=now(),
                payload={
                    "text": f"{card_words(mandate)} is stored no longer: nothing is left to charge to it"
                },
                source_key=f"stored_card:not_needed:{mandate.id}",
            )
        )
        return True


def _unneeded(operator: Operator) -> QuerySet[Mandate]:
    of_booking = {"operator_id": operator.id, "booking_id": OuterRef("booking_id")}
    bookings = Booking.objects.filter(operator_id=operator.id, id=OuterRef("booking_id"))
    over = bookings.filter(Q(status="cancelled") | Q(end_date__lt=today(operator)))
    payments = Transaction.objects.filter(**of_booking, kind="payment", status="open")
    charging = Attempt.objects.filter(
        operator_id=operator.id, mandate_id=OuterRef("id"), state__in=LIVE_STATES
    )
    return Mandate.objects.filter(
        Exists(over) | ~Exists(payments),
        ~Exists(Approval.objects.filter(**of_booking, ended_at=None)),
        ~Exists(ApprovalRequest.objects.filter(**of_booking, state="waiting")),
        ~Exists(Collection.objects.filter(**of_booking).exclude(state="ended")),
        ~Exists(charging),
        operator_id=operator.id,
        ended_at=None,
    )
