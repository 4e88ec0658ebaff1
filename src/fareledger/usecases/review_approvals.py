"""What a customer is about to agree to: which scheduled payments can be approved, and from which stored card.

Only a visit that proved its mailbox sees it, because a stored card is named. Nothing is decided or written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.approvals import Wanted, may_withdraw
from fareledger.domain.errors import NotFound
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_views import Billing, MandateView, RowView
from fareledger.usecases.mandates import expired_by
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.show_booking import billing_by_id
from fareledger.usecases.visit_rights import require_proven


class ApprovalNotFound(NotFound):
    """The booking has no payment with a live approval under this id."""

    def __init__(self) -> None:
        super().__init__(code="approval_not_found", message="There is no such approval.")


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the approve page shows.

    `offered` can be approved and are not yet; `wanted` are those of them that were asked for, or all; `approved` last
    already. `card` is the stored card that `wanted` would be charged to, None when one must be entered. With
    `replaces` a new card is wanted although there is one, so what lasts already is asked for again.
    """

    billing: Billing
    offered: tuple[RowView, ...]
    wanted: tuple[RowView, ...]
    approved: tuple[RowView, ...]
    card: MandateView | None
    replaces: MandateView | None

    @property
    def total_minor(self) -> int:
        """The sum of what would be agreed to."""
        return sum(row.amount_minor for row in self.wanted)

    @property
    def shown(self) -> tuple[Wanted, ...]:
        """The rows as they are shown, for a later comparison."""
        return tuple(
            Wanted(row_id=row.id, amount_minor=row.amount_minor, due_date=row.due_date) for row in self.wanted
        )

    @property
    def left_out(self) -> tuple[RowView, ...]:
        """The payments whose approval ends with the card that is replaced: due by now, so paid and not approved."""
        anew = {row.id for row in self.wanted}
        return tuple(row for row in self.approved if row.id not in anew) if self.replaces else ()

    @property
    def finishes(self) -> bool:
        """Say whether nothing is left to pay after these payments."""
        return self.total_minor == self.billing.figures.outstanding_minor


def review_approvals(
    operator: Operator, *, visit: Visit, only: Collection[UUID] = (), new_card: bool = False
) -> Review:
    """Read what can be approved, or of it `only` these rows. Raises OnlyLooking, NotProven and BookingNotFound."""
    require_proven(visit)
    billing = billing_by_id(operator, booking_id=visit.booking_id)
    offered = offered_rows(billing)
    approved = tuple(row for row in billing.open_rows if row.approval is not None)
    chosen = tuple(row for row in offered if row.id in only) if only else offered
    card = billing.mandate
    if card is not None and (new_card or not _lasts(card, rows=chosen)):
        wanted = tuple(sorted((*chosen, *_still_ahead(approved, billing=billing)), key=_by_day))
        return Review(
            billing=billing, offered=offered, wanted=wanted, approved=approved, card=None, replaces=card
        )
    return Review(
        billing=billing, offered=offered, wanted=chosen, approved=approved, card=card, replaces=None
    )


def offered_rows(billing: Billing) -> tuple[RowView, ...]:
    """Return the payments that can be approved and are not yet, next due first; none once the booking is cancelled."""
    if billing.booking.cancelled:
        return ()
    return tuple(
        row
        for row in _still_ahead(billing.open_rows, billing=billing)
        if row.kind == "payment" and row.approval is None
    )


def approved_row(operator: Operator, *, visit: Visit, transaction_id: UUID) -> tuple[Billing, RowView]:
    """Return an open payment whose approval lasts. Raises ApprovalNotFound, OnlyLooking and NotProven."""
    require_proven(visit)
    billing = billing_by_id(operator, booking_id=visit.booking_id)
    for row in billing.open_rows:
        if row.id == transaction_id and row.approval is not None:
            return billing, row
    raise ApprovalNotFound


def can_withdraw(row: RowView, *, billing: Billing) -> bool:
    """Say whether the approval of a row can be withdrawn today."""
    return row.approval is not None and may_withdraw(row.due_date, today=billing.today)


def _still_ahead(rows: Iterable[RowView], *, billing: Billing) -> tuple[RowView, ...]:
    """Return the rows that are due later than today, the only ones that are approved."""
    return tuple(row for row in rows if row.due_date > billing.today)


def _lasts(card: MandateView, *, rows: Iterable[RowView]) -> bool:
    return not any(expired_by(card.card_expires, on=row.due_date) for row in rows)


def _by_day(row: RowView) -> tuple[object, ...]:
    return (row.due_date, row.id)
