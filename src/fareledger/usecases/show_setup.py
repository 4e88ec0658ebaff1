"""A set-up of a card as the faces see it: how far the storing is, and what became of the consent that waits for it.

It asks no provider; `ask_setups` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from fareledger.domain.approvals import Wanted, wanted_of
from fareledger.domain.errors import NotFound
from fareledger.domain.payment_machine import State
from fareledger.persistence.models import Approval, ApprovalRequest, CardSetup
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.visit_rights import require_customer


class SetupNotFound(NotFound):
    """No set-up or consent of this booking has that id."""

    def __init__(self) -> None:
        super().__init__(code="setup_not_found", message="There is no such agreement.")


@dataclass(frozen=True, kw_only=True)
class SetupView:
    """One try to store a card, at one moment; `failure_code` is why the last card was refused."""

    id: UUID
    booking_id: UUID
    request_id: UUID
    state: State
    provider: str
    provider_reference: str
    frame_url: str
    hosted_url: str
    failure_code: str
    failure_message: str
    created_at: datetime
    changed_at: datetime

    @property
    def frame_origin(self) -> str:
        """The only origin the page of this set-up may frame; empty when there is nothing to frame yet."""
        parts = urlsplit(self.frame_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @property
    def in_frame(self) -> bool:
        """Say whether the customer can enter a card now."""
        return self.state is State.AWAITING_CUSTOMER and bool(self.frame_origin)


@dataclass(frozen=True, kw_only=True)
class RequestView:
    """One consent: what was agreed to, whether it waits for its card, is done or came to nothing.

    `approved` are the rows that it was the start of an approval for; `setup` is the set-up of its card, if it has one.
    """

    id: UUID
    booking_id: UUID
    state: str
    wanted: tuple[Wanted, ...]
    approved: frozenset[UUID]
    created_at: datetime
    setup: SetupView | None


def show_request(operator: Operator, *, visit: Visit, request_id: UUID) -> RequestView:
    """Return a consent of the visit's booking as it is recorded. Raises SetupNotFound and OnlyLooking."""
    require_customer(visit)
    with operator_transaction(operator.id):
        return request_view(operator, request_id=request_id, booking_id=visit.booking_id)


def request_view(operator: Operator, *, request_id: UUID, booking_id: UUID | None = None) -> RequestView:
    """Return a consent inside the caller's operator transaction, of one booking when that is given."""
    found = ApprovalRequest.objects.filter(operator_id=operator.id, id=request_id).first()
    if found is None or booking_id not in (None, found.booking_id):
        raise SetupNotFound
    given = Approval.objects.filter(operator_id=operator.id, evidence_id=found.evidence_id)
    setup = CardSetup.objects.filter(operator_id=operator.id, request_id=found.id).order_by("-id").first()
    return RequestView(
        id=found.id,
        booking_id=found.booking_id,
        state=found.state,
        wanted=wanted_of(found.wanted),
        approved=frozenset(given.values_list("transaction_id", flat=True)),
        created_at=found.created_at,
        setup=setup_view(setup) if setup is not None else None,
    )


def show_setup(operator: Operator, *, setup_id: UUID, booking_id: UUID | None = None) -> SetupView:
    """Return a set-up as it is recorded, of one booking when that is given. Raises SetupNotFound."""
    with operator_transaction(operator.id):
        found = CardSetup.objects.filter(operator_id=operator.id, id=setup_id).first()
        if found is None or booking_id not in (None, found.booking_id):
            raise SetupNotFound
        return setup_view(found)


def setup_view(row: CardSetup) -> SetupView:
    """Return the view of a loaded set-up."""
    return SetupView(
        id=row.id,
        booking_id=row.booking_id,
        request_id=row.request_id,
        state=State(row.state),
        provider=row.provider,
        provider_reference=row.provider_reference or "",
        frame_url=row.frame_url,
        hosted_url=row.hosted_url,
        failure_code=row.failure_code,
        failure_message=row.failure_message,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
