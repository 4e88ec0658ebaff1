"""Writes an edited plan: the rows that go, change and come, the booking's own terms, and one event of the timeline.

The caller holds the booking's lock, has checked the edit and shows it to people; see `edit_plan.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from fareledger.domain.change_effect import RowEffect
from fareledger.domain.figures import Figures, PlanRow
from fareledger.domain.plan import Terms
from fareledger.persistence.models import Booking, EmailMessage, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_rows import content_hash
from fareledger.usecases.booking_state import stored_details
from fareledger.usecases.event_wording import counted, plain_amount
from fareledger.usecases.lock_booking import LockedBooking, with_plan
from fareledger.usecases.post_movement import Source, tell
from fareledger.usecases.queue_email import ChangeFacts, Letter, change_payload, queue_email, worth_telling
from fareledger.usecases.save_plan import add_rows, update_row
from fareledger.usecases.show_booking import OFFLINE

EDITED: Final = "plan_edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditMade:
    """Who edits a plan, through which channel and when; `key` tells this edit from every other."""

    key: str
    actor: str
    channel: str
    at: datetime
    day: date


def save_plan_edit(
    locked: LockedBooking, *, effects: Sequence[RowEffect], terms: Terms | None, made: EditMade
) -> None:
    """Save an edit inside the caller's operator transaction and tell it on the timeline."""
    terms_before = Terms.from_json(locked.booking.terms)
    _save_rows(locked, effects=effects, made=made)
    if terms is not None and terms != terms_before:
        _save_terms(locked, terms=terms, made=made)
    after = with_plan(locked.booking).figures
    source = Source(
        name="plan",
        id=made.key,
        provider=OFFLINE,
        channel=made.channel,
        occurred_at=made.at,
        recorded_at=made.at,
        day=made.day,
    )
    payload: dict[str, object] = {
        "text": _sentence(effects, after=after, currency=locked.booking.currency),
        "version": locked.booking.version,
        "changed": {},
        "plan": [_effect_json(effect) for effect in effects if effect.before != effect.after],
        "unplanned_minor": after.unplanned_minor,
        "channel": made.channel,
    }
    if terms is not None and terms != terms_before:
        payload["changed"] = {"terms": {"before": terms_before.to_json(), "after": terms.to_json()}}
    tell(locked.booking, kind=EDITED, actor=made.actor, source=source, payload=payload)


def queue_plan(operator: Operator, *, booking: Booking, effects: Sequence[RowEffect], key: str) -> None:
    """Email the customer the plan as it is from now on, inside the caller's operator transaction."""
    price, figures = booking.sales_price_minor - booking.non_payable_minor, with_plan(booking).figures
    facts = ChangeFacts(
        payable_before_minor=price,
        payable_after_minor=price,
        start_before=booking.start_date,
        start_after=booking.start_date,
        cancelled=False,
        reinstated=False,
        outstanding_minor=figures.outstanding_minor,
        plan_before=_open_rows(one.before for one in effects),
        plan_after=_open_rows(one.after for one in effects),
    )
    if worth_telling(facts):
        letter = Letter(
            kind="booking_change", source_key=_letter_key(booking, key=key), payload=change_payload(facts)
        )
        queue_email(operator, booking=booking, letter=letter)


def plan_queued(booking: Booking, *, key: str) -> bool:
    """Say whether the edit with this key was one that the customer is emailed about."""
    mails = EmailMessage.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return mails.filter(source_key=_letter_key(booking, key=key)).exists()


def _letter_key(booking: Booking, *, key: str) -> str:
    return f"booking_change:{booking.id}:plan:{key}"


def _open_rows(rows: Iterable[PlanRow | None]) -> tuple[tuple[str, int, date], ...]:
    found = ((row.due_date, row.kind, row.amount_minor) for row in rows if row is not None and row.is_open)
    return tuple((kind, amount_minor, due) for due, kind, amount_minor in sorted(found))


def _save_rows(locked: LockedBooking, *, effects: Sequence[RowEffect], made: EditMade) -> None:
    by_id = {row.id: row for row in locked.transactions}
    added, owed_since = [], _owed_since(locked)
    for effect in effects:
        before, after = effect.before, effect.after
        if before == after:
            continue
        if before is not None and after is not None and before.id == after.id:
            _set(by_id[after.id], wanted=after)
            update_row(by_id[after.id])
            continue
        if after is not None:
            row = _new(after, locked=locked, made=made, old=by_id.get(before.id) if before else None)
            if row.kind == "refund" and owed_since is not None:
                row.opened_at = owed_since
            added.append(row)
        if before is not None:
            by_id[before.id].status = "deleted"
            by_id[before.id].deleted_at = made.at
            update_row(by_id[before.id])
    add_rows(added)


def _set(row: Transaction, *, wanted: PlanRow) -> None:
    row.amount_minor = row.planned_minor = wanted.amount_minor
    row.due_date = wanted.due_date
    row.rule_based = wanted.rule_based
    row.part = wanted.part


def _new(wanted: PlanRow, *, locked: LockedBooking, made: EditMade, old: Transaction | None) -> Transaction:
    """Make the row of the table; one that takes another's place keeps its method and comment."""
    return Transaction(
        operator_id=locked.booking.operator_id,
        id=wanted.id,
        booking_id=locked.booking.id,
        kind=wanted.kind,
        type="partial",
        method=old.method if old else "undecided",
        method_name=old.method_name if old else "",
        amount_minor=wanted.amount_minor,
        planned_minor=wanted.amount_minor,
        due_date=wanted.due_date,
        rule_based=wanted.rule_based,
        part=wanted.part,
        source=wanted.source,
        channel=made.channel,
        comment=old.comment if old else "",
        split_from=old.split_from if old else None,
        opened_at=made.at,
    )


def _owed_since(locked: LockedBooking) -> datetime | None:
    """Return when the oldest refund that is open came about; a row in its place is owed since then."""
    by_id = {row.id: row for row in locked.transactions}
    found = []
    for row in locked.transactions:
        line: Transaction | None = row if row.kind == "refund" and row.status == "open" else None
        while line is not None:
            found.append(line.opened_at)
            line = by_id.get(line.split_from) if line.split_from else None
    return min(found, default=None)


def _save_terms(locked: LockedBooking, *, terms: Terms, made: EditMade) -> None:
    """Make terms the booking's own; a copy of the booking that names none still changes nothing."""
    booking = locked.booking
    booking.terms = terms.to_json()
    booking.version += 1
    booking.changed_at = made.at
    booking.content_sha256 = content_hash(stored_details(booking), terms=terms)
    booking.save(force_update=True)


def _sentence(effects: Sequence[RowEffect], *, after: Figures, currency: str) -> str:
    before_rows = [one.before for one in effects if one.before is not None and one.before.is_open]
    after_rows = [one.after for one in effects if one.after is not None and one.after.is_open]
    text = f"Plan edited: {counted(len(before_rows), noun='open row')} to {len(after_rows)}"
    if not after.unplanned_minor:
        return f"{text}, everything planned"
    return f"{text}, {plain_amount(after.unplanned_minor, currency=currency)} not planned"


def _effect_json(effect: RowEffect) -> dict[str, object]:
    return {"before": _row_json(effect.before), "after": _row_json(effect.after)}


def _row_json(row: PlanRow | None) -> dict[str, object] | None:
    if row is None:
        return None
    return {
        "id": str(row.id),
        "kind": row.kind,
        "amount_minor": row.amount_minor,
        "due_date": row.due_date.isoformat(),
    }
