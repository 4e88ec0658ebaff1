"""Today: a refund is owed since it came about, whatever becomes of its row; an email that did not arrive is settled
only by one that says the same to the same person.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fareledger.domain.identity import new_id
from fareledger.domain.plan_edit import DraftRow
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.edit_plan import WantedPlan, edit_plan
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, sell
from tests.support.paying import later
from tests.support.people import MARTA
from tests.support.staff import signed_in
from tests.support.today import only, page, queue, today

DAY = 86_400


@pytest.fixture
def refund(operator: Operator) -> Billing:
    """A booking whose flights were cancelled after everything was paid: 400.00 is owed back."""
    trip = replace(a_trip_in(200), payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    return sell(operator, cancelling(trip, "flights"))


def an_email(
    operator: Operator, *, booking_id: UUID, status: str, age_s: int = 0, **differences: Any
) -> None:
    """Store an email to a customer as it stands."""
    with operator_transaction(operator.id):
        usual = {
            "kind": "receipt", "source_key": uuid4().hex, "to_email": "eleanor@example.com", "payload": {},
            "problem": "550 no such mailbox", "queued_at": datetime.now(UTC) - timedelta(seconds=age_s),
        }  # fmt: skip
        email = {**usual, **differences, "status": status, "booking_id": booking_id}
        EmailMessage.objects.create(operator_id=operator.id, id=new_id(), **email)


@pytest.mark.parametrize(("status", "words"), [("failed", "could not be sent"), ("bounced", "bounced")])
def test_an_email_that_did_not_arrive_until_one_does(operator: Operator, status: str, words: str) -> None:
    booking_id = sell(operator, a_trip_in(200)).booking.id
    an_email(operator, booking_id=booking_id, status=status, age_s=60)
    assert only(operator, "emails").amount_minor is None
    assert f"Receipt {words}" in page(signed_in(operator))
    an_email(operator, booking_id=booking_id, status="sent")
    assert queue(operator, "emails") is None


def test_an_email_settles_only_one_about_the_same_to_the_same_address(operator: Operator) -> None:
    sold = sell(operator, a_trip_in(200)).booking
    receipt: dict[str, Any] = {"payload": {"receipt": "R-1-1", "amount_minor": 100}}
    an_email(operator, booking_id=sold.id, status="bounced", age_s=60, **receipt)
    almost: tuple[dict[str, Any], ...] = (
        {"payload": {"receipt": "R-1-2"}},
        {**receipt, "kind": "refund_confirmation"},
        {**receipt, "to_email": "accounts@example.org"},
        {**receipt, "to_email": "accounts@example.org", "source_key": f"again:{uuid4()}:1"},
        {**receipt, "to_email": sold.customer_email},
    )
    for nearly in almost:
        an_email(operator, booking_id=sold.id, status="sent", **nearly)
        assert only(operator, "emails").detail["status"] == "bounced"
    an_email(operator, booking_id=sold.id, status="sent", **{**receipt, "to_email": "Eleanor@example.com"})
    assert queue(operator, "emails") is None


def test_an_email_sent_again_to_the_address_the_customer_has_now_settles_the_first(
    operator: Operator,
) -> None:
    sold = sell(operator, a_trip_in(200)).booking
    reminder: dict[str, Any] = {"kind": "reminder_before", "payload": {"due_date": "2027-03-01"}}
    an_email(operator, booking_id=sold.id, status="bounced", age_s=60, **reminder)
    again: dict[str, Any] = {"to_email": sold.customer_email, "source_key": f"again:{uuid4()}:1"}
    an_email(
        operator,
        booking_id=sold.id,
        status="sent",
        **again,
        **{**reminder, "payload": {"due_date": "2027-04-01"}},
    )
    assert only(operator, "emails").detail["kind"] == "reminder_before"
    an_email(
        operator,
        booking_id=sold.id,
        status="sent",
        **{**again, "source_key": f"again:{uuid4()}:2"},
        **reminder,
    )
    assert queue(operator, "emails") is None


def test_a_refund_is_due_within_fourteen_days(operator: Operator, refund: Billing) -> None:
    item = only(operator, "refunds")
    assert (item.amount_minor, item.since) == (40_000, today())
    browser = signed_in(operator)
    shown = page(browser)
    assert "14 of 14 days left" in shown
    assert "first limit in 14 days" in shown
    row = next(row for row in refund.rows if row.kind == "refund")
    assert f"/office/bookings/{refund.booking.reference}/payments/{row.id}/commit/" in shown
    assert "Refund GBP 400.00" in shown
    with later(14 * DAY):
        assert "Last day" in page(signed_in(operator))
    with later(16 * DAY):
        assert "2 days over the limit" in page(signed_in(operator))
    commit_transaction(
        operator,
        booking_id=refund.booking.id,
        transaction_id=row.id,
        received=Received(),
        actor=MARTA,
    )
    assert queue(operator, "refunds") is None


def test_the_rest_of_a_refund_is_as_old_as_the_refund(operator: Operator, refund: Billing) -> None:
    row = next(row for row in refund.rows if row.kind == "refund")
    rest_id: UUID | None = row.id
    for days in (3, 5):
        assert rest_id is not None
        with later(days * DAY):
            rest_id = commit_transaction(
                operator,
                booking_id=refund.booking.id,
                transaction_id=rest_id,
                received=Received(amount_minor=10_000),
                actor=MARTA,
            )
    item = only(operator, "refunds")
    assert (item.amount_minor, item.since, item.target) == (20_000, today(), rest_id)


def test_the_button_pays_back_what_its_row_says(operator: Operator, refund: Billing) -> None:
    (row,) = refund.open_rows
    rows = tuple(
        DraftRow(row_id=row_id, kind="refund", amount_minor=amount_minor, due_date=due)
        for row_id, amount_minor, due in (
            (row.id, 15_000, row.due_date),
            (None, 25_000, row.due_date + timedelta(days=3)),
        )
    )
    edit_plan(operator, booking_id=refund.booking.id, wanted=WantedPlan(rows=rows), actor=MARTA)
    item = only(operator, "refunds")
    assert (item.amount_minor, item.target) == (40_000, row.id)
    shown = page(signed_in(operator))
    assert "Refund GBP 150.00" in shown
    assert "Refund GBP 400.00" not in shown


def test_the_clock_of_a_refund_runs_on_when_its_row_is_replaced(operator: Operator, refund: Billing) -> None:
    (row,) = refund.open_rows
    with later(5 * DAY):
        sooner = DraftRow(
            row_id=row.id, kind="refund", amount_minor=10_000, due_date=row.due_date - timedelta(days=1)
        )
        other = DraftRow(row_id=None, kind="refund", amount_minor=30_000, due_date=row.due_date)
        edit_plan(
            operator, booking_id=refund.booking.id, wanted=WantedPlan(rows=(sooner, other)), actor=MARTA
        )
        rows = billing_by_id(operator, booking_id=refund.booking.id).open_rows
        assert row.id not in {one.id for one in rows}
        assert {one.opened_at for one in rows} == {row.opened_at}
        assert only(operator, "refunds").since == refund.today


def test_the_clock_of_a_refund_runs_on_when_it_was_taken_back(operator: Operator, refund: Billing) -> None:
    booking_id = refund.booking.id
    (row,) = refund.open_rows
    with later(3 * DAY):
        commit_transaction(
            operator, booking_id=booking_id, transaction_id=row.id, received=Received(), actor=MARTA
        )
    with later(5 * DAY):
        reverse_transaction(
            operator, booking_id=booking_id, transaction_id=row.id, reason="Never left", actor=MARTA
        )
        assert only(operator, "refunds").since == refund.today
    with later(6 * DAY):
        due = today() + timedelta(days=3)
        wanted = WantedRow(
            kind="refund", method="bank_transfer", type="partial", amount_minor=30_000, due_date=due
        )
        again = plan_transaction(operator, booking_id=booking_id, wanted=wanted, actor=MARTA)
        assert only(operator, "refunds").since == refund.today
        commit_transaction(
            operator, booking_id=booking_id, transaction_id=again, received=Received(), actor=MARTA
        )
        left = only(operator, "refunds")
        assert (left.amount_minor, left.since) == (10_000, refund.today)
