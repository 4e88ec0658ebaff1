"""Weeks of approved payments, day by day, with the real acquirer's test cards: notice, charge, receipt, and the story
of every charge that fails.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from fareledger.persistence.models import Mandate, Transaction
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.send_notices import send_notices
from fareledger.usecases.watch_cards import watch_cards
from tests.support.acquirer import Acquirer
from tests.support.approved import (
    Approver,
    Stored,
    a_day_of_work,
    an_approver,
    approve,
    day_of,
    due_in_days,
    end_approval,
    move_first_row,
    on,
    work_through,
)

TWICE_NO_MONEY = "4000000000000358"
NEVER_MONEY = "4000000000000366"
DECLINED = "4000000000000341"
LOST = "4000000000000374"
OWNER_WANTED = "4000002760003184"


def test_notice_three_days_before_then_charge_then_receipt(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    first = day_of(operator)
    work_through(operator, first=first, days=7)
    assert (one.state, one.emails("collection_notice")) == ("none", [])
    a_day_of_work(operator, first + timedelta(days=7))
    (notice,) = one.emails("collection_notice")
    assert notice["charge_on"] == (first + timedelta(days=10)).isoformat()
    assert notice["withdraw_by"] == (first + timedelta(days=9)).isoformat()
    assert (notice["amount_minor"], notice["instrument"]) == (30_000, "Visa ending 4242")
    work_through(operator, first=first + timedelta(days=8), days=2)
    assert (one.state, one.states()) == ("waiting", ["cancelled"])
    a_day_of_work(operator, first + timedelta(days=10))
    assert (one.state, one.row.status, one.states()) == ("ended", "closed", ["cancelled", "succeeded"])
    assert (one.row.channel, one.row.method, one.billing.figures.paid_minor) == (
        "schedule",
        "credit_card",
        30_000,
    )
    assert len(one.emails("receipt")) == 1
    work_through(operator, first=first + timedelta(days=11), days=5)
    assert len(one.states()) == 2
    assert len(one.emails("collection_notice")) == 1
    assert one.told().count("collection_noticed") == 1


def test_approved_later_than_its_notice_was_due(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=1)
    first = day_of(operator)
    assert a_day_of_work(operator, first) == 0
    assert one.emails("collection_notice")[0]["late"] is False
    assert a_day_of_work(operator, first + timedelta(days=1)) == 1
    assert one.row.status == "closed"


def test_days_that_were_jumped_over_bring_no_charge_without_notice(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    jumped = day_of(operator) + timedelta(days=40)
    assert a_day_of_work(operator, jumped) == 0
    (notice,) = one.emails("collection_notice")
    assert notice["charge_on"] == (jumped + timedelta(days=1)).isoformat()
    assert (notice["late"], notice["withdraw_by"]) == (True, None)
    assert a_day_of_work(operator, jumped) == 0
    assert a_day_of_work(operator, jumped + timedelta(days=1)) == 1
    assert one.row.status == "closed"


def test_days_are_the_operators_own(operator: Operator, acquirer: Acquirer) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(time_zone="Pacific/Gambier")
    west = by_id(operator.id)
    one = an_approver(west, acquirer=acquirer, due_in=4)
    due = one.row.due_date
    with on(west, due - timedelta(days=3), hour=0):
        assert send_notices(west) == 1
    with on(west, due - timedelta(days=1), hour=23):
        # It is the due date in UTC, and everywhere east.
        assert collect_due(west, threads=1) == 0
    with on(west, due, hour=0):
        assert collect_due(west, threads=1) == 1


@pytest.mark.parametrize(
    ("number", "code"), [(NEVER_MONEY, "insufficient_funds"), (DECLINED, "generic_decline")]
)
def test_soft_declines_climb_the_ladder_to_staff(
    operator: Operator, acquirer: Acquirer, number: str, code: str
) -> None:
    one = an_approver(operator, acquirer=acquirer, number=number, due_in=4)
    due = one.row.due_date
    work_through(operator, first=due - timedelta(days=3), days=4)
    assert (one.state, one.states()[1:]) == ("retry", ["failed"])
    assert one.collection is not None
    assert (one.collection.next_on, one.collection.failure_code) == (due + timedelta(days=2), code)
    assert one.emails("charge_failed")[0]["retry_on"] == (due + timedelta(days=2)).isoformat()
    work_through(operator, first=due + timedelta(days=1), days=2)
    assert len(one.states()) == 3
    assert one.emails("charge_failed")[1]["retry_on"] == (due + timedelta(days=5)).isoformat()
    work_through(operator, first=due + timedelta(days=3), days=10)
    assert (one.state, len(one.states())) == ("with_staff", 4)
    assert [email["retry_on"] for email in one.emails("charge_failed")][2] is None
    assert one.told().count("collection_retrying") == 2
    assert one.told().count("collection_needs_staff") == 1


def test_a_card_that_has_money_at_last(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, number=TWICE_NO_MONEY, due_in=4)
    work_through(operator, first=day_of(operator), days=12)
    assert (one.state, one.states()[1:]) == ("ended", ["failed", "failed", "succeeded"])
    assert one.billing.figures.paid_minor == 30_000
    assert (len(one.emails("receipt")), len(one.emails("charge_failed"))) == (1, 2)


def test_a_lost_card_is_never_tried_again(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, number=LOST, due_in=4)
    work_through(operator, first=day_of(operator), days=20)
    assert (one.state, one.states()[1:]) == ("needs_method", ["failed"])
    (email,) = one.emails("charge_failed")
    assert (email["retry_on"], email["wanted"]) == (None, f"collect/{one.row.id}/")


def test_an_expired_card_needs_another_one(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    method = one_method(one)
    acquirer.admin.change_saved_card(method, exp_month=1, exp_year=2020)
    work_through(operator, first=day_of(operator), days=8)
    assert (one.state, one.attempts()[-1].failure_code) == ("needs_method", "expired_card")


def test_its_owner_is_asked_and_not_the_card_again(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, number=OWNER_WANTED, due_in=4)
    work_through(operator, first=day_of(operator), days=20)
    assert (one.state, one.states()[1:]) == ("needs_customer", ["failed"])
    (email,) = one.emails("charge_needs_you")
    assert email["wanted"] == f"collect/{one.row.id}/"
    assert one.attempts()[-1].provider_reference


def test_withdrawn_is_not_charged(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    first = day_of(operator)
    work_through(operator, first=first, days=3)
    end_approval(operator, row_id=one.row.id)
    work_through(operator, first=first + timedelta(days=3), days=5)
    assert (one.state, one.states()) == ("ended", ["cancelled"])


def test_a_row_that_is_due_later_is_announced_and_charged_later(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    first, later = day_of(operator), day_of(operator) + timedelta(days=9)
    work_through(operator, first=first, days=3)
    move_first_row(operator, booking_id=one.booking_id, due_date=later)
    work_through(operator, first=first + timedelta(days=3), days=6)
    assert (one.state, one.states()) == ("waiting", ["cancelled"])
    a_day_of_work(operator, later)
    assert one.row.status == "closed"
    assert [email["charge_on"] for email in one.emails("collection_notice")] == [
        (first + timedelta(days=4)).isoformat(),
        later.isoformat(),
    ]


def set_amount(one: Approver, *, amount_minor: int) -> None:
    row_id = one.row.id
    with operator_transaction(one.operator.id):
        Transaction.objects.filter(operator_id=one.operator.id, id=row_id).update(amount_minor=amount_minor)


def test_what_grew_back_after_its_notice_is_announced_anew_and_charged_a_night_later(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    due = one.row.due_date
    set_amount(one, amount_minor=20_000)
    work_through(operator, first=due - timedelta(days=3), days=2)
    # As much was approved, but the customer was told of less.
    set_amount(one, amount_minor=30_000)
    with on(operator, due):
        assert collect_due(operator, threads=1) == 0
    assert a_day_of_work(operator, due) == 0
    assert [(email["amount_minor"], email["charge_on"]) for email in one.emails("collection_notice")] == [
        (20_000, due.isoformat()),
        (30_000, (due + timedelta(days=1)).isoformat()),
    ]
    assert a_day_of_work(operator, due + timedelta(days=1)) == 1
    assert (one.state, one.billing.figures.paid_minor) == ("ended", 30_000)


def test_what_grew_back_in_time_is_charged_on_its_day(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    due = one.row.due_date
    set_amount(one, amount_minor=20_000)
    work_through(operator, first=due - timedelta(days=3), days=1)
    set_amount(one, amount_minor=30_000)
    work_through(operator, first=due - timedelta(days=2), days=2)
    assert [email["amount_minor"] for email in one.emails("collection_notice")] == [20_000, 30_000]
    assert a_day_of_work(operator, due) == 1


def test_less_than_was_announced_is_charged_without_another_notice(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=4)
    due = one.row.due_date
    work_through(operator, first=due - timedelta(days=3), days=2)
    set_amount(one, amount_minor=20_000)
    work_through(operator, first=due - timedelta(days=1), days=2)
    assert (one.billing.figures.paid_minor, len(one.emails("collection_notice"))) == (20_000, 1)


def test_an_expiring_card_is_announced_a_month_ahead_once(operator: Operator, acquirer: Acquirer) -> None:
    booking_id = due_in_days(operator, days=90)
    one = Approver(operator, booking_id)
    due = one.row.due_date
    last_month = due.replace(day=1) - timedelta(days=1)
    approve(operator, booking_id=booking_id, stored=Stored("pm_x", expires=f"{last_month:%Y-%m}"))
    with on(operator, last_month - timedelta(days=40)):
        assert watch_cards(operator) == 0
    with on(operator, last_month - timedelta(days=20)):
        assert watch_cards(operator) == 1
        assert watch_cards(operator) == 0
    (email,) = one.emails("card_expiring")
    assert (email["last_good"], email["last_due"]) == (last_month.isoformat(), due.isoformat())


def test_cards_whose_day_has_not_come_hide_none_whose_day_has(operator: Operator) -> None:
    ahead = day_of(operator).replace(day=1) + timedelta(days=62)
    this_month = ahead.replace(day=1) - timedelta(days=1)
    for expires in (ahead, ahead, this_month):
        booking_id = due_in_days(operator, days=150)
        approve(operator, booking_id=booking_id, stored=Stored("pm_x", expires=f"{expires:%Y-%m}"))
    # In batches of two, the first two cards, which expire a month later, are not a whole batch of nothing.
    with on(operator, this_month.replace(day=5)):
        assert watch_cards(operator, batch=2) == 1


def test_a_card_that_is_good_until_the_last_payment_is_not_spoken_of(operator: Operator) -> None:
    booking_id = due_in_days(operator, days=20)
    due = Approver(operator, booking_id).row.due_date
    approve(operator, booking_id=booking_id, stored=Stored("pm_x", expires=f"{due:%Y-%m}"))
    with on(operator, due - timedelta(days=1)):
        assert watch_cards(operator) == 0


def one_method(one: Approver) -> str:
    with operator_transaction(one.operator.id):
        return Mandate.objects.get(operator_id=one.operator.id, booking_id=one.booking_id).provider_method
