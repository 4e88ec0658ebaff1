"""The shape of a previewed change: the booking before and after, each row, protected money and travel law.

Amounts are whole minor units of the booking's currency.
"""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from fareledger.domain.figures import PlanRow
from fareledger.faces.shared.emails import preview_email
from fareledger.usecases.booking_state import BookingState
from fareledger.usecases.change_views import ChangePreview, ProtectedEffect
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.queue_email import about_booking, change_payload


class PreviewedRow(BaseModel):
    """One row of the plan; `id` is null for a row that would be new."""

    id: UUID | None
    kind: Literal["payment", "refund"]
    amount: int
    due_date: date
    status: Literal["open", "closed"]
    source: str


class RowChange(BaseModel):
    """What would become of one row, and of an approval that it may have."""

    happenings: list[Literal["kept", "moved", "shrunk", "closed", "deleted", "added"]]
    approval: Literal["none", "keeps", "needs_its_own", "ends"]
    before: PreviewedRow | None
    after: PreviewedRow | None


class PreviewedState(BaseModel):
    """The booking at one side of the change."""

    version: int
    cancelled: bool
    start_date: date
    end_date: date
    sales_price: int
    non_payable: int
    payable: int
    total_payments: int
    outstanding: int
    unplanned: int
    status: Literal["unpaid", "partially_paid", "paid"]
    refund_due: bool


class PreviewedProtection(BaseModel):
    """Customer money held on trust: what is held, what the plan would hand back, and from when it may be released."""

    policy: str
    held: int
    to_refund: int
    left: int
    releasable_before: date
    releasable_after: date


class LawNoticeAnswer(BaseModel):
    """What travel law has to say to the change: by how many percent the price rises, and the day that counts."""

    code: Literal["price_rise_above_limit", "price_rise_too_late", "dates_moved", "refund_deadline"]
    percent: str | None
    by: date | None


class PreviewedEmail(BaseModel):
    """What the customer would be sent, in their language; the email itself has a designed part too."""

    to: str
    subject: str
    text: str


class PreviewAnswer(BaseModel):
    """What the change would do; nothing was saved. `before` is null where the booking would be new."""

    preview: Literal[True]
    outcome: Literal["created", "changed", "unchanged"]
    currency: str
    before: PreviewedState | None
    after: PreviewedState
    rows: list[RowChange]
    protected: PreviewedProtection
    notices: list[LawNoticeAnswer]
    customer_email: PreviewedEmail | None


def preview_answer(preview: ChangePreview, *, operator: Operator, notify: bool) -> PreviewAnswer:
    """Write a preview; with `notify` the customer would be told of a change that concerns them."""
    known = {row.id for row in preview.before.rows} if preview.before else set()
    return PreviewAnswer(
        preview=True,
        outcome=preview.outcome,
        currency=preview.currency,
        before=_state(preview.before) if preview.before else None,
        after=_state(preview.after),
        rows=[
            RowChange(
                happenings=list(effect.happenings),
                approval=effect.approval,
                before=_row(effect.before, known=known) if effect.before else None,
                after=_row(effect.after, known=known) if effect.after else None,
            )
            for effect in preview.rows
        ],
        protected=_protection(preview.protected),
        notices=[
            LawNoticeAnswer(
                code=notice.code,
                percent=None if notice.percent is None else format(notice.percent, "f"),
                by=notice.by,
            )
            for notice in preview.notices
        ],
        customer_email=_email(preview, operator=operator) if notify else None,
    )


def _state(state: BookingState) -> PreviewedState:
    figures = state.figures
    return PreviewedState(
        version=state.version,
        cancelled=state.cancelled,
        start_date=state.details.start_date,
        end_date=state.details.end_date,
        sales_price=figures.sales_price_minor,
        non_payable=figures.non_payable_minor,
        payable=figures.payable_minor,
        total_payments=figures.paid_minor,
        outstanding=figures.outstanding_minor,
        unplanned=figures.unplanned_minor,
        status=figures.status,
        refund_due=figures.refund_due,
    )


def _email(preview: ChangePreview, *, operator: Operator) -> PreviewedEmail | None:
    facts = preview.facts
    if facts is None:
        return None
    drawn = preview_email(
        operator, kind="booking_change", about=about_booking(preview.after), facts=change_payload(facts)
    )
    return PreviewedEmail(to=preview.after.details.customer.email, subject=drawn.subject, text=drawn.text)


def _row(row: PlanRow, *, known: set[UUID]) -> PreviewedRow:
    return PreviewedRow(
        id=row.id if row.id in known else None,
        kind=row.kind,
        amount=row.amount_minor,
        due_date=row.due_date,
        status="open" if row.is_open else "closed",
        source=row.source,
    )


def _protection(effect: ProtectedEffect) -> PreviewedProtection:
    return PreviewedProtection(
        policy=effect.policy,
        held=effect.held_minor,
        to_refund=effect.refund_minor,
        left=effect.left_minor,
        releasable_before=effect.releasable_before,
        releasable_after=effect.releasable_after,
    )
