"""Which online payments of a booking can bear a refund, and what of it they bear now.

It reads under the caller's lock of the booking, so that two refunds never count on the same money (P7). It orders
nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.payment_machine import State
from fareledger.domain.refunding import COUNTED, LIVE, OUR_TROUBLE, Bearer, Spread, spread_refund
from fareledger.persistence.models import Attempt, RefundPart, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.find_open_row import TransactionNotFound, Wanted, find_open_row
from fareledger.usecases.lock_booking import LockedBooking


class NotARefund(Refused):
    """The row is money that the customer pays."""

    def __init__(self) -> None:
        super().__init__(code="not_a_refund", message="This row is a payment; there is nothing to refund.")


class NothingRefundable(Conflict):
    """No online payment of the booking can bear any of the refund now."""

    def __init__(self) -> None:
        message = "Nothing of this can go back online: no online payment has anything left to refund."
        super().__init__(code="nothing_refundable", message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What of a refund row can go back online now, by payment, and what is left for a refund by other means.

    `refused` are the payments whose instrument did not take the last refund sent to it, with what was told of it.
    """

    row: Transaction
    spread: Spread
    payments: dict[UUID, Attempt]
    refused: dict[UUID, str]

    @property
    def online_minor(self) -> int:
        """What goes back online, in minor units."""
        return self.spread.online_minor


def offer_of(locked: LockedBooking, *, transaction_id: UUID) -> Offer:
    """Work out what of an open refund row can go back online, under the booking's lock.

    Raises TransactionNotFound, AlreadyClosed, AlreadyDeleted and NotARefund.
    """
    row = next((row for row in locked.transactions if row.id == transaction_id), None)
    if row is not None and row.kind != "refund":
        raise NotARefund
    row = find_open_row(locked, wanted=Wanted(transaction_id=transaction_id, events=("refund_paid",)))
    if row.kind != "refund":
        raise TransactionNotFound(transaction_id)
    payments, bearers, refused = _bearers(locked)
    most_minor = locked.figures.paid_minor - locked.figures.refunded_minor - pending_minor(locked)
    spread = spread_refund(bearers, amount_minor=row.amount_minor, most_minor=most_minor)
    return Offer(row=row, spread=spread, payments=payments, refused=refused)


def pending_minor(locked: LockedBooking) -> int:
    """Give what is on its way back to the customer of a locked booking and has not been recorded yet."""
    parts = RefundPart.objects.filter(
        operator_id=locked.booking.operator_id, booking_id=locked.booking.id, state__in=list(LIVE)
    )
    return sum(parts.values_list("amount_minor", flat=True))


def needs_second_person(operator: Operator, *, amount_minor: int, currency: str) -> bool:
    """Say whether a refund of so many minor units is above what one person may order alone."""
    threshold_minor = operator.refund_threshold.get(currency)
    return threshold_minor is not None and amount_minor > threshold_minor


def _bearers(locked: LockedBooking) -> tuple[dict[UUID, Attempt], list[Bearer], dict[UUID, str]]:
    mine = {"operator_id": locked.booking.operator_id, "booking_id": locked.booking.id}
    attempts = Attempt.objects.filter(**mine, state=State.SUCCEEDED, currency=locked.booking.currency)
    payments = {one.id: one for one in attempts.exclude(provider_reference=None)}
    taken: Counter[UUID] = Counter()
    refused: dict[UUID, str] = {}
    for part in RefundPart.objects.filter(**mine).order_by("id"):
        payment_id, state = part.payment_attempt_id, State(part.state)
        if state in COUNTED:
            taken[payment_id] += part.amount_minor
        if state is not State.FAILED:
            refused.pop(payment_id, None)
        elif part.failure_code not in OUR_TROUBLE:
            refused[payment_id] = part.failure_message
    bearers = [
        Bearer(
            payment_id=one.id,
            captured_minor=one.amount_minor,
            taken_minor=taken[one.id],
            captured_at=one.changed_at,
            refused=one.id in refused,
        )
        for one in payments.values()
    ]
    return payments, bearers, refused
