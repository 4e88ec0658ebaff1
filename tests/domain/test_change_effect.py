"""What a preview says of each row of a plan, and of the approval it may have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from fareledger.domain.change_effect import ApprovalEffect, approval_effect, row_effects
from fareledger.domain.changes import BookingChange, apply, replan
from fareledger.domain.figures import PlanRow
from fareledger.domain.identity import new_id
from tests.domain.rows import PLANS, in_days, row
from tests.domain.test_changes import CHANGES

OPEN = row("payment", amount_minor=700, due=in_days(30))


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (OPEN, "keeps"),
        (replace(OPEN, amount_minor=699), "keeps"),
        (replace(OPEN, due_date=in_days(31)), "keeps"),
        (replace(OPEN, due_date=in_days(31), amount_minor=1), "keeps"),
        (replace(OPEN, amount_minor=701), "needs_its_own"),
        (replace(OPEN, due_date=in_days(29)), "needs_its_own"),
        (replace(OPEN, due_date=in_days(29), amount_minor=1), "needs_its_own"),
        (replace(OPEN, status="closed"), "none"),
        (None, "ends"),
    ],
)
def test_an_approval_is_kept_by_what_is_smaller_or_later(
    after: PlanRow | None, wanted: ApprovalEffect
) -> None:
    assert approval_effect(OPEN, after=after) == wanted


def test_a_new_payment_needs_its_own_approval_and_a_refund_none() -> None:
    assert approval_effect(None, after=OPEN) == "needs_its_own"
    refund = replace(OPEN, kind="refund")
    assert approval_effect(None, after=refund) == "none"
    assert approval_effect(refund, after=None) == "none"


@given(rows=PLANS, change=CHANGES)
def test_the_effects_of_a_change_are_its_steps(rows: list[PlanRow], change: BookingChange) -> None:
    after = apply(rows, steps=replan(rows, change=change), new_id=new_id)
    effects = row_effects(rows, after=after)
    assert {one.before.id for one in effects if one.before} == {
        one.id for one in rows if one.status != "deleted"
    }
    assert len(effects) == len({one.row.id for one in effects})
    for effect in effects:
        match effect.happenings:
            case ("kept",):
                assert effect.before == effect.after
            case ("deleted",):
                assert effect.before is not None and effect.before.is_open
            case ("added",):
                assert effect.row.source == "booking_change"
            case happenings:
                assert effect.before and effect.after and effect.before.is_open
                assert set(happenings) <= {"moved", "shrunk"}
                assert ("moved" in happenings) == (effect.moved_by != timedelta())
                assert effect.after.amount_minor <= effect.before.amount_minor


def test_a_payment_that_came_along_closes_a_row() -> None:
    closed = replace(OPEN, status="closed", amount_minor=500)
    (effect,) = row_effects([OPEN], after=[closed])
    assert effect.happenings == ("closed",)
