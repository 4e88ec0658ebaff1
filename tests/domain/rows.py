"""Builders of plan rows that read like sentences."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from fareledger.domain.figures import PlanRow, RowStatus
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Kind

TODAY = date(2027, 3, 15)


def row(
    kind: Kind, *, amount_minor: int, due: date = TODAY, status: RowStatus = "open", online: bool = False
) -> PlanRow:
    """Build one row of a plan."""
    return PlanRow(
        id=new_id(), kind=kind, status=status, amount_minor=amount_minor, due_date=due, online=online
    )


def in_days(days: int) -> date:
    """Give the day so many days after today."""
    return TODAY + timedelta(days=days)


AMOUNTS = st.integers(1, 10**9)
DAYS = st.integers(-400, 400).map(in_days)


@st.composite
def plan_rows(draw: st.DrawFn) -> PlanRow:
    """Draw any row that a plan may hold."""
    return PlanRow(
        id=new_id(),
        kind=draw(st.sampled_from(["payment", "refund"])),
        status=draw(st.sampled_from(["open", "closed", "deleted"])),
        amount_minor=draw(AMOUNTS),
        due_date=draw(DAYS),
        online=draw(st.booleans()),
        rule_based=draw(st.booleans()),
        source=draw(st.sampled_from(["plan", "booking_change", "manual"])),
    )


PLANS = st.lists(plan_rows(), max_size=8)
