"""Reminds customers of payments that are due soon or were due, on the operator's ladder.

Bookings are claimed in batches under their locks, so that two schedulers never remind one twice, and a booking that
somebody works on just now is left for the next round. A reminder is queued in the transaction that decided it: a
worker that dies leaves a whole batch undone, and the next one finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from fareledger.domain.figures import figures_of
from fareledger.domain.plan import Terms
from fareledger.domain.reminders import (
    MADE_UP_FOR_DAYS,
    DueRow,
    Ladder,
    Reminder,
    reminder_for,
    rung_dates,
)
from fareledger.persistence import queries
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Booking, EmailMessage, Transaction
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.lock_booking import plan_rows
from fareledger.usecases.queue_email import Letter, queue_email

BATCH: Final = 200
# Nobody is reminded in the night: the hour of the operator's day from which it is decent.
FROM_HOUR: Final = 9
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """An operator's day and what its ladder says for it."""

    operator: Operator
    ladder: Ladder
    today: date

    @property
    def begins_at(self) -> datetime:
        """The moment at which the day begins where the operator is."""
        return datetime.combine(self.today, time(0), tzinfo=self.operator.time_zone)


def queue_reminders() -> None:
    """Queue the reminders of every operator who sends any and whose day has begun; a demo's day always has."""
    for operator in everyone():
        decent = now().astimezone(operator.time_zone).hour >= FROM_HOUR or settings.ENVIRONMENT.demo
        if operator.reminders and decent:
            with operator_transaction(operator.id):
                enqueue("send_reminders", once=f"reminders:{operator.id}", operator_id=str(operator.id))


def send_reminders(operator: Operator, *, batch: int = BATCH) -> int:
    """Queue every reminder of the operator's present day that was not queued yet; return how many.

    A booking gets one a day at most, none while it is being paid, and none for what is covered otherwise. Raises
    InvalidLadder.
    """
    ladder = Ladder.from_json(operator.reminders)
    day = _Day(operator=operator, ladder=ladder, today=now().astimezone(operator.time_zone).date())
    queued, last = 0, _NOBODY
    while ladder.offsets:
        with operator_transaction(operator.id):
            claimed = _claim(day, after=last, limit=batch)
            queued += sum(_remind(day, booking_ids=claimed)) if claimed else 0
            reached("before_reminders_commit")
        if not claimed:
            break
        last = claimed[-1]
    return queued


def _claim(day: _Day, *, after: UUID, limit: int) -> list[UUID]:
    arguments: dict[str, object] = {
        "operator_id": day.operator.id,
        "after": after,
        "offsets": list(day.ladder.offsets),
        "due_dates": list(rung_dates(day.ladder, today=day.today)),
        "since": day.today - timedelta(days=MADE_UP_FOR_DAYS),
        "today": day.today,
        "day_begins": day.begins_at,
        "limit": limit,
    }
    return [row["id"] for row in queries.rows("reminder.claim", arguments=arguments)]


def _remind(day: _Day, *, booking_ids: list[UUID]) -> Iterable[bool]:
    """Decide and queue, from what stands under the locks that are held now."""
    ours = {"operator_id": day.operator.id, "booking_id__in": booking_ids}
    rows: dict[UUID, list[Transaction]] = defaultdict(list)
    for row in Transaction.objects.filter(**ours).exclude(status="deleted"):
        rows[row.booking_id].append(row)
    arguments: dict[str, object] = {"operator_id": day.operator.id, "booking_ids": booking_ids}
    live = {row["transaction_id"] for row in queries.rows("reminder.live", arguments=arguments)}
    sent = _sent(day, booking_ids=booking_ids)
    for booking in Booking.objects.filter(operator_id=day.operator.id, id__in=booking_ids).order_by("id"):
        plan = rows[booking.id]
        figures = figures_of(
            plan_rows(plan),
            sales_price_minor=booking.sales_price_minor,
            non_payable_minor=booking.non_payable_minor,
        )
        reminder = reminder_for(
            _due(plan, live=live, day=day),
            ladder=day.ladder,
            today=day.today,
            outstanding_minor=figures.outstanding_minor,
            sent=sent[booking.id],
        )
        if reminder is not None:
            yield _queue(day, booking=booking, reminder=reminder, left_minor=figures.outstanding_minor)


def _due(plan: Iterable[Transaction], *, live: set[UUID], day: _Day) -> list[DueRow]:
    zone = day.operator.time_zone
    return [
        DueRow(
            amount_minor=row.amount_minor,
            due_date=row.due_date,
            opened_on=row.opened_at.astimezone(zone).date(),
        )
        for row in plan
        if row.status == "open" and row.kind == "payment" and row.id not in live
    ]


def _sent(day: _Day, *, booking_ids: list[UUID]) -> dict[UUID | None, set[tuple[date, int]]]:
    emails = EmailMessage.objects.filter(
        operator_id=day.operator.id,
        booking_id__in=booking_ids,
        source_key__startswith="reminder:",
    )
    sent: dict[UUID | None, set[tuple[date, int]]] = defaultdict(set)
    for booking_id, key in emails.values_list("booking_id", "source_key"):
        _, _, due_date, offset = key.split(":")
        sent[booking_id].add((date.fromisoformat(due_date), int(offset)))
    return sent


def _queue(day: _Day, *, booking: Booking, reminder: Reminder, left_minor: int) -> bool:
    on_invoice = Terms.from_json(booking.terms).invoice
    letter = Letter(
        kind="reminder_after" if reminder.overdue else "reminder_before",
        source_key=f"reminder:{booking.id}:{reminder.due_date}:{reminder.offset}",
        payload={
            "amount_minor": reminder.amount_minor,
            "due_date": reminder.due_date.isoformat(),
            "left_minor": left_minor,
            "later_payments": reminder.later_payments,
            "bank_details": day.operator.bank_details if on_invoice else {},
        },
    )
    return queue_email(day.operator, booking=booking, letter=letter) is not None
