"""Staff rewrite the open rows of a booking: by other terms, by hand, after a look at what it makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fareledger.domain.access import NotPermitted
from fareledger.domain.plan import Share, Terms
from fareledger.domain.plan_edit import DraftRow
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.clock import today
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.edit_plan import (
    InvalidPlanEdit,
    PlanChanged,
    WantedPlan,
    edit_plan,
    plan_mark,
    preview_plan,
)
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import Acquirer
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import a_customer
from tests.support.people import BOOKING_API, MARTA, person


def kept(row: RowView, *, amount: int | None = None, due: date | None = None) -> DraftRow:
    return DraftRow(
        row_id=row.id,
        kind=row.kind,
        amount_minor=row.amount_minor if amount is None else amount,
        due_date=due or row.due_date,
    )


def a_new(amount: int, *, due: date) -> DraftRow:
    return DraftRow(row_id=None, kind="payment", amount_minor=amount, due_date=due)


def by_hand(billing: Billing, *rows: DraftRow, key: str = "") -> WantedPlan:
    return WantedPlan(rows=rows, seen=plan_mark(billing), form_key=key)


def edited(operator: Operator, billing: Billing, /, *, wanted: WantedPlan) -> Billing:
    edit_plan(operator, booking_id=billing.booking.id, wanted=wanted, actor=MARTA)
    return billing_by_id(operator, booking_id=billing.booking.id)


def plan(billing: Billing) -> list[tuple[int, date, str]]:
    return [(row.amount_minor, row.due_date, row.source) for row in billing.open_rows]


def test_rows_written_by_hand_are_what_the_plan_then_is(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    down, balance = billing.open_rows
    day = today(operator)
    later = balance.due_date + timedelta(days=5)
    wanted = by_hand(
        billing, kept(down, amount=20_000), a_new(50_000, due=day), kept(balance, amount=30_000, due=later)
    )
    then = edited(operator, billing, wanted=wanted)
    assert plan(then) == [(20_000, down.due_date, "plan"), (50_000, day, "manual"), (30_000, later, "plan")]
    assert {row.id for row in then.open_rows} >= {down.id, balance.id}
    assert then.figures.unplanned_minor == 0
    event = then.timeline[-1]
    assert (event.kind, event.actor) == ("plan_edited", "Marta Lindgren")
    assert event.text == "Plan edited: 2 open rows to 3, everything planned"
    assert len(event.payload["plan"]) == 3
    assert then.booking.version == billing.booking.version


def test_a_row_that_grows_is_a_new_one_with_the_method_and_comment_of_the_old(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    down, balance = billing.open_rows
    first = edited(operator, billing, wanted=by_hand(billing, kept(down)))
    row = WantedRow(
        kind="payment",
        method="bank_transfer",
        type="partial",
        amount_minor=100,
        due_date=balance.due_date,
        comment="Second payment",
    )
    old_id = plan_transaction(operator, booking_id=first.booking.id, wanted=row, actor=MARTA)
    billing = billing_by_id(operator, booking_id=first.booking.id)
    old = next(row for row in billing.open_rows if row.id == old_id)
    then = edited(operator, billing, wanted=by_hand(billing, kept(down), kept(old, amount=70_000)))
    new = next(row for row in then.open_rows if row.amount_minor == 70_000)
    assert new.id != old_id
    assert (new.method, new.comment, new.source) == ("bank_transfer", "Second payment", "manual")
    assert old_id not in {row.id for row in then.rows}


def test_other_terms_become_the_bookings_own_and_their_parts_move_with_the_trip(operator: Operator) -> None:
    details = replace(a_trip_in(200), terms=Terms(balance_due_days=30))
    billing = sell(operator, details)
    terms = Terms(
        down_payment_percent=Decimal(20),
        balance_due_days=30,
        schedule=(Share(percent=Decimal(30), days_before_start=90),),
    )
    wanted = WantedPlan(terms=terms, seen=plan_mark(billing))
    then = edited(operator, billing, wanted=wanted)
    start = details.start_date
    assert plan(then) == [
        (20_000, today(operator), "plan"),
        (30_000, start - timedelta(days=90), "plan"),
        (50_000, start - timedelta(days=30), "plan"),
    ]
    assert then.booking.terms == terms
    assert then.booking.version == billing.booking.version + 1
    assert all(verdict.holds for verdict in verify_ledger([operator])), "the new version is on the timeline"
    week = timedelta(days=7)
    moved = replace(details, terms=None, start_date=start + week, end_date=details.end_date + week)
    accept_booking(operator, details=moved, channel="api", actor=BOOKING_API)
    after = billing_by_id(operator, booking_id=billing.booking.id)
    assert [row.due_date for row in after.open_rows] == [
        today(operator),
        start - timedelta(days=83),
        start - timedelta(days=23),
    ]


def test_a_copy_of_the_booking_that_names_no_terms_still_changes_nothing(operator: Operator) -> None:
    details = a_trip_in(200)
    billing = sell(operator, details)
    wanted = WantedPlan(terms=Terms(balance_due_days=10, instalments=4, invoice=True))
    edited(operator, billing, wanted=wanted)
    again = accept_booking(operator, details=details, channel="api", actor=BOOKING_API)
    assert again.outcome == "unchanged"


def test_a_preview_saves_nothing_and_saving_does_what_it_showed(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=billing.open_rows[0].id,
        received=Received(amount_minor=12_345),
        actor=MARTA,
    )
    before = billing_by_id(operator, booking_id=billing.booking.id)
    wanted = WantedPlan(terms=Terms(balance_due_days=20, instalments=3), seen=plan_mark(before))
    shown = preview_plan(operator, booking_id=billing.booking.id, wanted=wanted, actor=MARTA)
    assert billing_by_id(operator, booking_id=billing.booking.id) == before
    then = edited(operator, before, wanted=wanted)
    promised = [effect.after for effect in shown.effects if effect.after and effect.after.is_open]
    assert sorted((row.amount_minor, row.due_date) for row in promised) == sorted(
        (row.amount_minor, row.due_date) for row in then.open_rows
    )
    assert then.figures == shown.figures_after
    assert then.figures.unplanned_minor == 0
    assert then.closed_rows == before.closed_rows


def test_open_payments_come_to_no_more_than_is_outstanding(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    down, balance = billing.open_rows
    with pytest.raises(InvalidPlanEdit) as refused:
        edited(operator, billing, wanted=by_hand(billing, kept(down), kept(balance, amount=70_001)))
    assert refused.value.message == ("Open payments come to GBP 0.01 too much: GBP 1,000.00 is outstanding.")
    assert billing_by_id(operator, booking_id=billing.booking.id) == billing


def test_somebody_who_was_first_is_named_and_nothing_is_saved(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    down, balance = billing.open_rows
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=down.id,
        received=Received(),
        actor=person("Ivo Brandt"),
    )
    for act in (edit_plan, preview_plan):
        with pytest.raises(PlanChanged) as lost:
            act(operator, booking_id=billing.booking.id, wanted=by_hand(billing, kept(balance)), actor=MARTA)
        assert lost.value.actor == "Ivo Brandt"
        assert lost.value.text == "GBP 300.00 received by bank transfer"
        assert lost.value.at is not None


def test_the_same_form_twice_is_one_edit(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    wanted = by_hand(billing, a_new(10_000, due=today(operator)), key="one form")
    once = edited(operator, billing, wanted=wanted)
    assert edited(operator, billing, wanted=wanted) == once


def test_an_edit_that_changes_nothing_leaves_no_trace(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    assert edited(operator, billing, wanted=by_hand(billing, *map(kept, billing.open_rows))) == billing


def test_a_row_that_is_being_paid_is_not_touched(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    paying = customer.next_row
    customer.press_pay()
    billing = customer.billing
    assert [attempt.live for attempt in billing.attempts] == [True]
    with pytest.raises(InvalidPlanEdit) as refused:
        edited(operator, billing, wanted=by_hand(billing, kept(paying, amount=1)))
    assert refused.value.code == "row_not_editable"
    then = edited(operator, billing, wanted=WantedPlan(terms=Terms(balance_due_days=10)))
    assert paying in then.open_rows
    assert then.figures.unplanned_minor == 0


def test_who_may_only_look_cannot_edit(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    for act in (edit_plan, preview_plan):
        with pytest.raises(NotPermitted):
            act(
                operator,
                booking_id=billing.booking.id,
                wanted=by_hand(billing),
                actor=person("Ada", role="auditor"),
            )


def test_terms_by_invoice_send_the_invoice_with_them(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    by_invoice = WantedPlan(terms=Terms(balance_due_days=30, invoice=True))
    then = edited(operator, billing, wanted=by_invoice)
    assert [email.kind for email in then.emails] == ["invoice"]
    assert [row.status for row in then.rows] == ["open"]


def test_the_customer_is_emailed_the_new_plan_if_staff_say_so(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    down, balance = billing.open_rows
    quiet = by_hand(billing, kept(down, amount=20_000), kept(balance))
    then = edited(operator, billing, wanted=quiet)
    assert then.emails == ()
    later = kept(balance, due=balance.due_date + timedelta(days=1))
    told = replace(by_hand(then, kept(then.open_rows[0]), later, key="a form"), notify=True)
    edited(operator, then, wanted=told)
    once = edited(operator, then, wanted=told)
    assert [email.kind for email in once.emails] == ["booking_change"]
