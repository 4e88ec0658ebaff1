"""Approved payments as staff see them: one story a row, cards by brand, digits and expiry only, two acts, and Today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from fareledger.domain.access import NotPermitted
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.note_work import snooze_work
from fareledger.usecases.retry_collection import (
    NoSuchCollection,
    NothingToRetry,
    retry_collection,
    write_again,
)
from fareledger.usecases.send_portal_link import TooManyLinkEmails
from fareledger.usecases.send_reminders import send_reminders
from tests.support.acquirer import Acquirer
from tests.support.approved import Approver, an_approver, day_of, end_approval, on, work_through
from tests.support.people import MARTA, person
from tests.support.staff import signed_in
from tests.support.today import only, page, queue

NEVER_MONEY = "4000000000000366"
OWNER_WANTED = "4000002760003184"


def stuck(operator: Operator, *, acquirer: Acquirer, number: str) -> Approver:
    one = an_approver(operator, acquirer=acquirer, number=number, due_in=4)
    work_through(operator, first=day_of(operator), days=12)
    return one


def billing_page(browser: Client, one: Approver, /) -> str:
    return page(browser, f"/office/bookings/{one.billing.booking.reference}/")


def test_the_row_tells_one_story_try_by_try(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=NEVER_MONEY)
    shown = billing_page(signed_in(operator), one)
    assert "Could not be charged" in shown
    assert "Every try was declined" in shown
    assert shown.count("Being paid by the customer") == 0
    story = shown.partition('id="approved"')[2].partition("</details>")[0]
    assert story.count("failed") >= 3
    assert "Visa •••• 0366, expires 12/2030" in story
    for secret in ("pm_", NEVER_MONEY, "4000 0000"):
        assert secret not in shown


def test_staff_try_again_and_the_worker_charges(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=NEVER_MONEY)
    tried = len(one.states())
    row_id, booking_id = one.row.id, one.booking_id
    with on(operator, day_of(operator) + timedelta(days=13)):
        browser = signed_in(operator)
        address = f"/office/bookings/{one.billing.booking.reference}/payments/{row_id}/collect/again/"
        assert browser.post(address).status_code == 303
        assert one.state == "waiting"
        assert collect_due(operator, threads=1) == 1
        assert (one.state, len(one.states())) == ("with_staff", tried + 1)
        retry_collection(operator, booking_id=booking_id, transaction_id=row_id, actor=MARTA)
        with pytest.raises(NothingToRetry):
            end_after = one.state
            assert end_after == "waiting"
            write_again(operator, booking_id=booking_id, transaction_id=row_id, actor=MARTA)


def test_a_card_that_wants_its_owner_is_not_tried_on_a_guess(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=OWNER_WANTED)
    with pytest.raises(NothingToRetry):
        retry_collection(operator, booking_id=one.booking_id, transaction_id=one.row.id, actor=MARTA)


def test_the_link_is_sent_again_three_times_an_hour(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=OWNER_WANTED)
    row_id = one.row.id
    address = f"/office/bookings/{one.billing.booking.reference}/payments/{row_id}/collect/email/"
    with on(operator, day_of(operator) + timedelta(days=13)):
        browser = signed_in(operator)
        for _ in range(3):
            assert browser.post(address).status_code == 303
        assert len(one.emails("charge_needs_you")) == 4
        with pytest.raises(TooManyLinkEmails):
            write_again(operator, booking_id=one.booking_id, transaction_id=row_id, actor=MARTA)
        # Looking does nothing.
        assert browser.get(address).status_code == 303
    assert len(one.emails("charge_needs_you")) == 4


def test_an_auditor_sees_and_does_nothing(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=OWNER_WANTED)
    shown = billing_page(signed_in(operator, role="auditor"), one)
    assert "Bank wants the customer" in shown
    assert "link again" not in shown
    auditor = person("Ansel", role="auditor")
    with pytest.raises(NotPermitted):
        write_again(operator, booking_id=one.booking_id, transaction_id=one.row.id, actor=auditor)


def test_a_payment_nobody_approved_is_none_of_this(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    with pytest.raises(NoSuchCollection):
        retry_collection(operator, booking_id=one.booking_id, transaction_id=one.row.id, actor=MARTA)


def test_today_names_reason_amount_and_the_one_act(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=NEVER_MONEY)
    with on(operator, day_of(operator) + timedelta(days=12)):
        item = only(operator, "collections")
        assert (item.amount_minor, item.currency, item.detail["state"]) == (30_000, "GBP", "with_staff")
        assert queue(operator, "overdue") is None
        shown = page(signed_in(operator))
        assert "Approved payments that failed" in shown
        assert "Declined 3 times" in shown
        assert "Try again now" in shown
        snooze_work(
            operator,
            item=("collections", item.subject),
            until=day_of(operator) + timedelta(days=2),
            reason="Called",
            actor=MARTA,
        )
        assert queue(operator, "collections") is None
        assert only(operator, "collections", view="snoozed").snooze_reason == "Called"
    end_approval(operator, row_id=one.row.id)
    with on(operator, day_of(operator) + timedelta(days=20)):
        assert queue(operator, "collections") is None
        # Without consent it is an overdue payment like any other.
        assert only(operator, "overdue").amount_minor == 30_000


def test_nobody_is_reminded_of_what_is_collected(operator: Operator, acquirer: Acquirer) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(reminders={"before": [2], "after": [1, 7]})
    reminding = by_id(operator.id)
    one = an_approver(reminding, acquirer=acquirer, number=OWNER_WANTED, due_in=10)
    with on(reminding, one.row.due_date - timedelta(days=2)):
        assert send_reminders(reminding) == 0
    work_through(reminding, first=one.row.due_date - timedelta(days=3), days=4)
    assert one.state == "needs_customer"
    # It is the customer's turn now, and they are told so once more.
    with on(reminding, one.row.due_date + timedelta(days=7)):
        assert send_reminders(reminding) == 1


def test_an_approval_that_ended_is_reminded_of_again(operator: Operator, acquirer: Acquirer) -> None:
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(reminders={"before": [2]})
    reminding = by_id(operator.id)
    one = an_approver(reminding, acquirer=acquirer, due_in=10)
    end_approval(reminding, row_id=one.row.id)
    with on(reminding, one.row.due_date - timedelta(days=2)):
        assert send_reminders(reminding) == 1
