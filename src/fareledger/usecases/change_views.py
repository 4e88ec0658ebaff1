"""What a change does to a booking, as frozen values: before, after, each row, protected money and the law.

Facts, never sentences; faces choose the words. The values are made by `carry_out_change.py`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from fareledger.domain.change_effect import RowEffect
from fareledger.domain.protection import Policy
from fareledger.domain.travel_law import LawNotice
from fareledger.usecases.booking_state import BookingState
from fareledger.usecases.queue_email import ChangeFacts, OpenRow, worth_telling

Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedEffect:
    """What the change does to the money held on trust, in minor units.

    `held_minor` is held now, `refund_minor` what the plan hands back afterwards, `left_minor` what is held once that
    is paid; the money may be released from the day `releasable_after` on (before the change: `releasable_before`).
    """

    policy: Policy
    held_minor: int
    refund_minor: int
    left_minor: int
    releasable_before: date
    releasable_after: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePreview:
    """A booking before and after a change; `before` is None where the booking is new.

    `approved_before` and `approved_after` are the rows that the customer has approved, then and afterwards.
    """

    outcome: Outcome
    before: BookingState | None
    after: BookingState
    rows: tuple[RowEffect, ...]
    protected: ProtectedEffect
    notices: tuple[LawNotice, ...]
    approved_before: frozenset[UUID] = frozenset()
    approved_after: frozenset[UUID] = frozenset()

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.after.currency

    @property
    def cancels(self) -> bool:
        """Say whether this cancels the whole booking."""
        return self.after.cancelled and not (self.before is not None and self.before.cancelled)

    @property
    def reinstates(self) -> bool:
        """Say whether this makes a cancelled booking live again."""
        return self.before is not None and self.before.cancelled and not self.after.cancelled

    @property
    def facts(self) -> ChangeFacts | None:
        """What the customer would want to hear of it; None where nothing of it concerns their money or dates."""
        if self.outcome != "changed" or self.before is None:
            return None
        facts = ChangeFacts(
            payable_before_minor=self.before.figures.payable_minor,
            payable_after_minor=self.after.figures.payable_minor,
            start_before=self.before.details.start_date,
            start_after=self.after.details.start_date,
            cancelled=self.cancels,
            reinstated=self.reinstates,
            outstanding_minor=self.after.figures.outstanding_minor,
            plan_before=_plan_of(self.before),
            plan_after=_plan_of(self.after),
        )
        return facts if worth_telling(facts) else None

    @property
    def mark(self) -> str:
        """A short text that differs whenever another change would be saved than this one.

        New rows get their ids when they are saved, so those are left out of it.
        """
        known = {row.id for row in self.before.rows} if self.before else set()
        after = asdict(self.after)
        for row in after["rows"]:
            row["id"] = row["id"] if row["id"] in known else "new"
        after["rows"] = sorted(after["rows"], key=lambda row: json.dumps(row, sort_keys=True, default=str))
        if self.before is None:
            after["id"] = "new"
        seen = [asdict(self.before) if self.before else None, after, [asdict(one) for one in self.notices]]
        return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _plan_of(state: BookingState) -> tuple[OpenRow, ...]:
    return tuple((row.kind, row.amount_minor, row.due_date) for row in state.open_rows)
