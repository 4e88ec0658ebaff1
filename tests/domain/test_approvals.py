"""What a customer may agree to, what that covers, and how it ends; over every pair of states a row can be in."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given

from fareledger.domain.approvals import (
    Consent,
    Ending,
    Wanted,
    changed_since,
    covers,
    ending_of,
    last_day_to_withdraw,
    may_be_approved,
    may_withdraw,
)
from fareledger.domain.change_effect import approval_effect
from fareledger.domain.figures import PlanRow, RowStatus
from fareledger.domain.plan import Kind
from tests.domain.rows import AMOUNTS, DAYS, TODAY, in_days, plan_rows, row

KINDS: tuple[Kind, ...] = ("payment", "refund")
STATES: tuple[RowStatus, ...] = ("open", "closed", "deleted")
AGREED = Consent(amount_minor=70_000, currency="GBP", earliest_date=in_days(30))
ROW = row("payment", amount_minor=70_000, due=in_days(30))


@pytest.mark.parametrize(("kind", "status", "days"), list(product(KINDS, STATES, (-1, 0, 1, 30))))
def test_only_open_payments_of_a_later_day_are_approved(kind: Kind, status: RowStatus, days: int) -> None:
    planned = row(kind, amount_minor=100, due=in_days(days), status=status)
    expected = kind == "payment" and status == "open" and days > 0
    assert may_be_approved(planned, today=TODAY) is expected


@pytest.mark.parametrize("amount_minor", [-1, 0, 1, 69_999, 70_000, 70_001])
@pytest.mark.parametrize("currency", ["GBP", "EUR"])
@pytest.mark.parametrize("days", [29, 30, 31])
def test_a_charge_is_covered_up_to_its_amount_from_its_day_on(
    amount_minor: int, currency: str, days: int
) -> None:
    expected = 0 < amount_minor <= 70_000 and currency == "GBP" and days >= 30
    assert covers(AGREED, amount_minor=amount_minor, currency=currency, on=in_days(days)) is expected


def test_it_is_withdrawn_until_the_day_before() -> None:
    assert last_day_to_withdraw(date(2028, 3, 1)) == date(2028, 2, 29)
    assert [may_withdraw(in_days(days), today=TODAY) for days in (-1, 0, 1, 2)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("after", "ending"),
    [
        (ROW, None),
        (replace(ROW, amount_minor=1), None),
        (replace(ROW, due_date=in_days(31)), None),
        (replace(ROW, amount_minor=69_999, due_date=in_days(300)), None),
        (replace(ROW, amount_minor=70_001), "plan_changed"),
        (replace(ROW, due_date=in_days(29)), "plan_changed"),
        (replace(ROW, due_date=in_days(29), amount_minor=1), "plan_changed"),
        (replace(ROW, status="closed"), "used"),
        (replace(ROW, status="closed", amount_minor=90_000), "used"),
        (replace(ROW, status="deleted"), "plan_changed"),
    ],
)
def test_how_an_approval_ends_with_its_row(after: PlanRow, ending: Ending | None) -> None:
    assert ending_of(AGREED, row=after) == ending


@given(AMOUNTS, DAYS, AMOUNTS, DAYS)
def test_it_lasts_exactly_as_long_as_it_would_cover_the_row(
    agreed: int, earliest: date, amount_minor: int, due: date
) -> None:
    consent = Consent(amount_minor=agreed, currency="GBP", earliest_date=earliest)
    planned = row("payment", amount_minor=amount_minor, due=due)
    lasts = ending_of(consent, row=planned) is None
    assert lasts is covers(consent, amount_minor=amount_minor, currency="GBP", on=due)


@given(plan_rows(), AMOUNTS, DAYS)
def test_a_row_as_it_was_approved_is_judged_as_a_preview_judges_it(
    before: PlanRow, amount_minor: int, due: date
) -> None:
    was = replace(before, kind="payment", status="open")
    after = replace(was, amount_minor=amount_minor, due_date=due)
    consent = Consent(amount_minor=was.amount_minor, currency="GBP", earliest_date=was.due_date)
    kept = approval_effect(was, after=after) == "keeps"
    assert (ending_of(consent, row=after) is None) is kept


def test_a_plan_that_changed_is_noticed() -> None:
    shown = Wanted(row_id=ROW.id, amount_minor=70_000, due_date=in_days(30))
    other = row("payment", amount_minor=1)
    assert not changed_since([shown], rows=[other, ROW])
    assert not changed_since([], rows=[ROW])
    for now in (
        replace(ROW, amount_minor=69_999),
        replace(ROW, due_date=in_days(31)),
        replace(ROW, status="closed"),
        replace(ROW, kind="refund"),
        other,
    ):
        assert changed_since([shown], rows=[now])
