"""Staff rewrite the open rows of a booking as a whole: by other terms for this booking, or each row by hand.

A preview shows what an edit would make of the plan and saves nothing; saving does exactly that, in one transaction, and
only while the plan is as it was when the form was drawn. The rules are `fareledger.domain.plan_edit`; no money moves
here, and one row alone is planned or deleted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.change_effect import RowEffect
from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.figures import Figures, figures_of
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Kind, Terms
from fareledger.domain.plan_edit import (
    Desk,
    DraftError,
    DraftRow,
    check_drafts,
    edit_by_hand,
    edit_by_terms,
    over_minor,
)
from fareledger.persistence.models import AttemptCover, TimelineEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.issue_invoice import invoice_by_terms
from fareledger.usecases.lock_booking import LockedBooking, lock_booking, see_booking
from fareledger.usecases.save_plan_edit import EDITED, EditMade, plan_queued, queue_plan, save_plan_edit
from fareledger.usecases.show_booking import Billing

_KINDS: Final[tuple[Kind, ...]] = ("payment", "refund")


class InvalidPlanEdit(Refused):
    """A plan that cannot be; `errors` names every problem, by the place of its row."""

    def __init__(self, errors: Iterable[DraftError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        place = "" if first.place is None else f"/{first.place}"
        super().__init__(code=first.code, message=first.message, field=f"/rows{place}")


class PlanChanged(Conflict):
    """The plan is not any more what the form showed; says who did what, and when."""

    def __init__(self, *, actor: str, text: str, at: datetime | None) -> None:
        when = f" on {at:%Y-%m-%d at %H:%M} UTC" if at else ""
        message = f"{actor or 'Somebody'} was first{when}: {text}" if text else "The plan has changed."
        super().__init__(code="plan_changed", message=message)
        self.actor = actor
        self.text = text
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPlan:
    """The edit: other terms for this booking or, with None, all open rows as they are wanted.

    `seen` is the mark of the plan that the form showed (`plan_mark`); `form_key` makes a second copy of the form
    find the first. A preview needs neither. With `notify` the customer is emailed the new plan.
    """

    terms: Terms | None = None
    rows: tuple[DraftRow, ...] = ()
    seen: str = ""
    form_key: str = ""
    notify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """What an edit makes of a plan: every row before and after, figures and terms before and after."""

    effects: tuple[RowEffect, ...]
    figures_before: Figures
    figures_after: Figures
    terms_before: Terms
    terms_after: Terms
    mark: str

    @property
    def changes_nothing(self) -> bool:
        """Say whether the plan stays as it is."""
        same_rows = all(effect.before == effect.after for effect in self.effects)
        return same_rows and self.terms_before == self.terms_after


def plan_mark(billing: Billing) -> str:
    """Give a short text that is the same as long as the plan of a booking is the same."""
    rows = ((row.id, row.status, row.amount_minor, row.due_date) for row in billing.rows)
    return _mark(
        rows,
        version=billing.booking.version,
        event_seq=billing.booking.event_seq,
        untouchable=rows_being_paid(billing),
    )


def rows_being_paid(billing: Billing) -> frozenset[UUID]:
    """Name the rows that somebody is paying at this moment."""
    return frozenset(row_id for one in billing.attempts if one.live for row_id in one.transaction_ids)


def preview_plan(operator: Operator, *, booking_id: UUID, wanted: WantedPlan, actor: Actor) -> PlanPreview:
    """Show what an edit would make of a plan as it is at this moment; nothing is saved, and nobody is kept waiting.

    Raises NotPermitted, BookingNotFound, InvalidPlanEdit and, where `wanted` says what was seen, PlanChanged.
    """
    actor.require(Permission.PLAN)
    with operator_snapshot(operator.id):
        seen = see_booking(operator, booking_id=booking_id)
        return _preview(seen, wanted=wanted, day=now().astimezone(operator.time_zone).date())


@retried_on_deadlock
def edit_plan(
    operator: Operator, *, booking_id: UUID, wanted: WantedPlan, actor: Actor, channel: str = "back_office"
) -> bool:
    """Save an edit of a plan, once for each form, and say whether the customer is emailed the new plan.

    An edit that changes nothing leaves no trace and is not told.

    Raises NotPermitted, BookingNotFound, InvalidPlanEdit and PlanChanged.
    """
    actor.require(Permission.PLAN)
    moment = now()
    day = moment.astimezone(operator.time_zone).date()
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        if wanted.form_key and _made_before(locked, form_key=wanted.form_key):
            return plan_queued(locked.booking, key=wanted.form_key)
        preview = _preview(locked, wanted=wanted, day=day)
        if preview.changes_nothing:
            return False
        made = EditMade(
            key=wanted.form_key or str(new_id()), actor=actor.name, channel=channel, at=moment, day=day
        )
        save_plan_edit(locked, effects=preview.effects, terms=wanted.terms, made=made)
        if wanted.notify:
            queue_plan(operator, booking=locked.booking, effects=preview.effects, key=made.key)
        invoice_by_terms(operator, booking=locked.booking, issued_by=actor.name)
        return plan_queued(locked.booking, key=made.key)


def _preview(locked: LockedBooking, *, wanted: WantedPlan, day: date) -> PlanPreview:
    booking = locked.booking
    untouchable = _being_paid(locked)
    mark = _check_seen(locked, wanted=wanted, untouchable=untouchable)
    desk = Desk(rows=locked.plan, untouchable=untouchable, figures=locked.figures, today=day, new_id=new_id)
    if wanted.terms is None:
        errors = check_drafts(wanted.rows, desk=desk)
        if errors:
            raise InvalidPlanEdit(errors)
        effects = edit_by_hand(wanted.rows, desk=desk)
        _check_sums(effects, desk=desk, currency=booking.currency)
    else:
        effects = edit_by_terms(
            wanted.terms, booked_on=booking.booked_on, start_date=booking.start_date, desk=desk
        )
    before = Terms.from_json(booking.terms)
    return PlanPreview(
        effects=effects,
        figures_before=locked.figures,
        figures_after=_figures(effects, locked=locked),
        terms_before=before,
        terms_after=wanted.terms or before,
        mark=mark,
    )


def _figures(effects: Iterable[RowEffect], *, locked: LockedBooking) -> Figures:
    rows = [effect.after for effect in effects if effect.after is not None]
    booking = locked.booking
    return figures_of(
        rows, sales_price_minor=booking.sales_price_minor, non_payable_minor=booking.non_payable_minor
    )


def _check_sums(effects: tuple[RowEffect, ...], *, desk: Desk, currency: str) -> None:
    errors = []
    for kind in _KINDS:
        over = over_minor(effects, kind=kind, desk=desk)
        if over > 0:
            still = plain_amount(desk.still_minor(kind=kind), currency=currency)
            owed = "is outstanding" if kind == "payment" else "is owed to the customer"
            message = (
                f"Open {kind}s come to {plain_amount(over, currency=currency)} too much: {still} {owed}."
            )
            errors.append(DraftError(place=None, field="", code=f"{kind}s_too_high", message=message))
    if errors:
        raise InvalidPlanEdit(errors)


def _being_paid(locked: LockedBooking) -> frozenset[UUID]:
    covers = AttemptCover.objects.filter(
        operator_id=locked.booking.operator_id,
        transaction_id__in=[row.id for row in locked.transactions if row.status == "open"],
        live=True,
    )
    return frozenset(covers.values_list("transaction_id", flat=True))


def _made_before(locked: LockedBooking, *, form_key: str) -> bool:
    booking = locked.booking
    told = TimelineEvent.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return told.filter(source_key=f"{EDITED}:plan:{form_key}").exists()


def _check_seen(locked: LockedBooking, *, wanted: WantedPlan, untouchable: Collection[UUID]) -> str:
    """Give the mark of the plan as it is now. Raises PlanChanged when the form showed another one."""
    booking = locked.booking
    told = TimelineEvent.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    last = told.order_by("-seq").first()
    rows = ((row.id, row.status, row.amount_minor, row.due_date) for row in locked.transactions)
    mark = _mark(rows, version=booking.version, event_seq=last.seq if last else 0, untouchable=untouchable)
    seq, _, digest = wanted.seen.partition(".")
    if wanted.seen and digest != mark.partition(".")[2]:
        since = told.filter(seq__gt=int(seq) if seq.isascii() and seq.isdigit() else 0)
        news = since.order_by("-seq").first()
        raise PlanChanged(
            actor=news.actor if news else "",
            text=str(news.payload.get("text", news.kind)) if news else "",
            at=news.occurred_at if news else None,
        )
    return mark


def _mark(
    rows: Iterable[tuple[UUID, str, int, date]],
    *,
    version: int,
    event_seq: int,
    untouchable: Collection[UUID],
) -> str:
    """Write the last event that was seen, and a hash of the plan; events that leave the plan alone do not count."""
    plan = sorted(
        f"{row_id}|{status}|{amount_minor}|{due}|{row_id in untouchable}"
        for row_id, status, amount_minor, due in rows
    )
    digest = hashlib.sha256("\n".join([str(version), *plan]).encode()).hexdigest()[:24]
    return f"{event_seq}.{digest}"
