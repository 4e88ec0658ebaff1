"""Tells who changed a row that somebody else has just opened a form for. It changes nothing."""

from __future__ import annotations

from uuid import UUID

from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.find_open_row import RowHasMovedOn, TransactionNotFound, Wanted, find_open_row
from fareledger.usecases.lock_booking import see_booking
from fareledger.usecases.reverse_transaction import AlreadyReversed


def who_was_first(operator: Operator, *, booking_id: UUID, transaction_id: UUID) -> RowHasMovedOn:
    """Return what was done with a row that is not as it was, as the error its form would raise.

    Raises BookingNotFound, and TransactionNotFound also for a row that nobody has touched.
    """
    with operator_snapshot(operator.id):
        seen = see_booking(operator, booking_id=booking_id)
        reversal = next((row for row in seen.transactions if row.reverses == transaction_id), None)
        if reversal is not None:
            return AlreadyReversed(reversed_by=reversal.closed_by, reversed_at=reversal.closed_at)
        try:
            find_open_row(seen, wanted=Wanted(transaction_id=transaction_id, events=()))
        except RowHasMovedOn as error:
            return error
    raise TransactionNotFound(transaction_id)
