"""Takes a customer's consent to one scheduled payment back: until the day before, under the lock that a charge takes.

What is owed stays owed on its day. The stored card stays too, so that agreeing again is one press.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.approvals import may_withdraw
from fareledger.domain.errors import Conflict
from fareledger.persistence.models import Approval
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approval_records import end_some
from fareledger.usecases.clock import today
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.review_approvals import ApprovalNotFound
from fareledger.usecases.visit_rights import require_proven


class TooLateToWithdraw(Conflict):
    """The payment is due today or was due before; it is taken, or being taken."""

    def __init__(self) -> None:
        message = "An approval can be withdrawn until the day before the payment."
        super().__init__(code="too_late_to_withdraw", message=message)


@retried_on_deadlock
def withdraw_approval(operator: Operator, *, visit: Visit, transaction_id: UUID, approval_id: UUID) -> None:
    """End the approval that the customer was shown; the same press again does nothing.

    Raises OnlyLooking, NotProven, ApprovalNotFound and TooLateToWithdraw.
    """
    require_proven(visit)
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=visit.booking_id)
        approval = Approval.objects.filter(
            operator_id=operator.id,
            booking_id=visit.booking_id,
            transaction_id=transaction_id,
            id=approval_id,
        ).first()
        if approval is None:
            raise ApprovalNotFound
        if approval.ended_at is not None:
            return
        row = next(row for row in locked.transactions if row.id == transaction_id)
        if not may_withdraw(row.due_date, today=today(operator)):
            raise TooLateToWithdraw
        end_some(locked.booking, approvals=[approval], because="withdrawn")
