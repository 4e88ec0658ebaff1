"""An attempt to move money as the faces see it: its state, what the customer may do with it, what came of it.

It asks no provider; `refresh_attempt` does.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.domain.payment_machine import State
from fareledger.persistence.models import Attempt, AttemptCover
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction


class AttemptNotFound(NotFound):
    """No attempt of this operator has that id."""

    def __init__(self) -> None:
        super().__init__(code="attempt_not_found", message="There is no such payment attempt.")


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    """One attempt at one moment; the amount in minor units, the moments aware UTC.

    `transaction_ids` are the plan rows it means to close, wholly or in part. `method` is credit_card or bank_transfer;
    for a bank `hosted_url` is where the customer approves it. A `mandate_id` is the stored card that is charged, with
    its owner away when `off_session`; `request_id` is the consent it stores its card for. `failure_message` may be
    shown to the customer: after a decline the attempt still awaits the customer, who may try another card. `problem`
    is for staff only: a person must look, and nothing was posted.
    """

    id: UUID
    booking_id: UUID
    transaction_ids: tuple[UUID, ...]
    state: State
    amount_minor: int
    currency: str
    channel: str
    provider: str
    provider_reference: str
    frame_url: str
    hosted_url: str
    failure_code: str
    failure_message: str
    declines: int
    card_brand: str
    card_funding: str
    card_last4: str
    card_expires: str
    method: str
    bank_name: str
    mandate_id: UUID | None
    off_session: bool
    request_id: UUID | None
    problem: str
    created_at: datetime
    changed_at: datetime

    @property
    def by_bank(self) -> bool:
        """Say whether the customer approves it at a bank."""
        return self.method == "bank_transfer"

    @property
    def frame_origin(self) -> str:
        """The only origin the page of this attempt may frame; empty when there is nothing to frame yet."""
        parts = urlsplit(self.frame_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def show_attempt(operator: Operator, *, attempt_id: UUID, booking_id: UUID | None = None) -> AttemptView:
    """Return an attempt as it is recorded, of one booking when that is given; raises AttemptNotFound."""
    with operator_transaction(operator.id):
        found = Attempt.objects.filter(operator_id=operator.id, id=attempt_id).first()
        if found is None or booking_id not in (None, found.booking_id):
            raise AttemptNotFound
        return view_of(found)


def view_of(row: Attempt) -> AttemptView:
    """Return the view of a loaded attempt, inside the caller's operator transaction."""
    covers = AttemptCover.objects.filter(operator_id=row.operator_id, attempt_id=row.id).order_by("id")
    return AttemptView(
        id=row.id,
        booking_id=row.booking_id,
        transaction_ids=tuple(covers.values_list("transaction_id", flat=True)),
        state=State(row.state),
        amount_minor=row.amount_minor,
        currency=row.currency,
        channel=row.channel,
        provider=row.provider,
        provider_reference=row.provider_reference or "",
        frame_url=row.frame_url,
        hosted_url=row.hosted_url,
        failure_code=row.failure_code,
        failure_message=row.failure_message,
        declines=row.declines,
        card_brand=row.card_brand,
        card_funding=row.card_funding,
        card_last4=row.card_last4,
        card_expires=row.card_expires,
        method=row.method,
        bank_name=row.bank_name,
        mandate_id=row.mandate_id,
        off_session=row.off_session,
        request_id=row.request_id,
        problem=row.problem,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
