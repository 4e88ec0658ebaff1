"""What needs me today: an item appears when something comes up, says why, and goes away when it is settled; it can be
given to somebody, and rest until a day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from fareledger.domain.access import NotPermitted
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Attempt, ImportRun, StaffUser, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.manage_webhooks import disable_webhook
from fareledger.usecases.note_work import (
    InvalidNote,
    assign_work,
    snooze_work,
    wake_work,
)
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.work_queues import (
    AT_FIRST,
    QUEUES,
    WorkNotFound,
    work_item,
    work_list,
)
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, sell
from tests.support.operators import new_operator
from tests.support.outgoing import ADMIN, Answering, a_webhook, deliver
from tests.support.paying import later
from tests.support.people import MARTA, person
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import sold
from tests.support.staff import signed_in
from tests.support.today import only, page, queue, today

DAY = 86_400


@pytest.fixture
def refund(operator: Operator) -> Billing:
    """A booking whose flights were cancelled after everything was paid: 400.00 is owed back."""
    trip = replace(a_trip_in(200), payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    return sell(operator, cancelling(trip, "flights"))


def test_nothing_needs_anybody(operator: Operator) -> None:
    sell(operator, a_trip_in(200))
    assert work_list(operator, actor=ADMIN).queues == ()
    assert "Nothing needs you today" in page(signed_in(operator))


def test_a_payment_is_overdue_from_the_day_after_it_was_due(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    assert queue(operator, "overdue") is None
    with later(DAY):
        item = only(operator, "overdue")
        assert (item.reference, item.amount_minor, item.currency) == (
            billing.booking.reference,
            30_000,
            "GBP",
        )
        assert item.since == billing.rows[0].due_date
        commit_transaction(
            operator,
            booking_id=billing.booking.id,
            transaction_id=billing.rows[0].id,
            received=Received(),
            actor=MARTA,
        )
        assert queue(operator, "overdue") is None


def test_a_refund_that_nobody_planned_is_to_be_planned(operator: Operator) -> None:
    trip = replace(a_trip_in(200), payments=(paid_at_checkout(120_000),))
    billing = sell(operator, trip)
    with operator_transaction(operator.id):
        Transaction.objects.filter(
            operator_id=operator.id, booking_id=billing.booking.id, kind="refund", status="open"
        ).update(status="deleted", deleted_at=datetime.now(UTC))
    item = only(operator, "refunds")
    assert (item.amount_minor, item.target) == (20_000, None)
    assert "Plan GBP 200.00" in page(signed_in(operator))
    assert queue(operator, "unplanned") is None


def test_an_amount_that_no_row_asks_for(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    with operator_transaction(operator.id):
        Transaction.objects.filter(operator_id=operator.id, id=billing.rows[1].id).update(
            status="deleted", deleted_at=datetime.now(UTC)
        )
    item = only(operator, "unplanned")
    assert (item.amount_minor, item.detail["kind"]) == (70_000, "payment")
    assert "Not covered by a planned payment" in page(signed_in(operator))


def an_attempt(operator: Operator, *, booking_id: UUID, state: str, problem: str = "") -> None:
    """Store an attempt as it stands."""
    moment = datetime.now(UTC)
    with operator_transaction(operator.id):
        Attempt.objects.create(
            operator_id=operator.id, id=new_id(), booking_id=booking_id, provider="sandbox", state=state,
            amount_minor=5_000, currency="GBP", channel="portal", form_key=uuid4().hex, provider_key=uuid4().hex,
            problem=problem, created_at=moment, changed_at=moment,
        )  # fmt: skip


def test_a_payment_whose_end_is_open(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(200)).booking.id
    an_attempt(operator, booking_id=booking_id, state="unknown")
    an_attempt(operator, booking_id=booking_id, state="processing")
    an_attempt(operator, booking_id=booking_id, state="succeeded", problem="was settled since")
    assert queue(operator, "attempts") is None
    with later(3700):
        assert only(operator, "attempts").detail["state"] == "unknown"
    an_attempt(operator, booking_id=booking_id, state="failed", problem="The provider tells another amount.")
    assert only(operator, "attempts").detail["problem"] == "The provider tells another amount."
    assert "The provider contradicts us" in page(signed_in(operator))


def test_a_payout_line_that_nothing_explains(operator: Operator) -> None:
    provider = paying_out(operator)
    sold(operator)
    provider.pays(line("pay_unknown", gross_minor=12_300, fee_minor=200))
    pull_payouts(operator)
    item = only(operator, "payout_lines")
    assert (item.amount_minor, item.currency) == (12_100, "GBP")
    shown = page(signed_in(operator))
    assert "No closed payment has this provider reference" in shown
    assert f"/office/settlements/{item.target}/#lines" in shown


@pytest.mark.parametrize(
    ("status", "refused", "words"), [("failed", 0, "File refused"), ("done", 2, "2 bookings refused")]
)
def test_an_import_with_refusals(operator: Operator, status: str, refused: int, words: str) -> None:
    with operator_transaction(operator.id):
        for outcome, count in ((status, refused), ("done", 0), ("running", 5)):
            ImportRun.objects.create(
                operator_id=operator.id, id=new_id(), file_name="spring.csv", file_format="csv", content=b"",
                status=outcome, refused=count, problem="", handed_in_by="Marta", channel="back_office",
                created_at=datetime.now(UTC),
            )  # fmt: skip
    assert only(operator, "imports").detail["file"] == "spring.csv"
    assert words in page(signed_in(operator))
    with later(31 * DAY):
        assert queue(operator, "imports") is None


def test_a_webhook_that_fails_is_for_those_who_can_mend_it(operator: Operator) -> None:
    made = a_webhook(operator, events=("booking.created",))
    sell(operator, a_trip_in(200))
    disable_webhook(operator, endpoint_id=made.endpoint_id, actor=ADMIN)
    assert queue(operator, "webhooks") is None
    other = a_webhook(operator, events=("booking.created",))
    sell(operator, a_trip_in(200))
    for step in range(11):
        with later(step * 2 * DAY):
            deliver(operator, other, post=Answering(500 if step else 200))
    with later(1):
        sell(operator, a_trip_in(200))
    deliver(operator, other, post=Answering(500))
    with later(DAY):
        deliver(operator, other, post=Answering(500))
    with later(6 * DAY):
        deliver(operator, other, post=Answering(500))
        item = only(operator, "webhooks")
        assert item.detail["disabled"] is True
        assert queue(operator, "webhooks", actor=MARTA) is None
        with pytest.raises(WorkNotFound):
            work_item(operator, queue="webhooks", subject=item.subject, actor=MARTA)
        assert "Disabled by itself" in page(signed_in(operator, role="admin"))
        assert "Disabled by itself" not in page(signed_in(operator))


def test_values_are_not_added_up_over_currencies(operator: Operator, refund: Billing) -> None:
    euros = replace(
        a_trip_in(200), currency="EUR", payments=(replace(paid_at_checkout(100_000), amount_minor=100_000),)
    )
    sell(operator, euros)
    sell(operator, cancelling(euros, "flights"))
    found = queue(operator, "refunds")
    assert found is not None
    assert (found.count, found.values) == (2, (("EUR", 40_000), ("GBP", 40_000)))
    shown = page(signed_in(operator))
    assert '<span class="amount">EUR 400.00</span>, <span class="amount">GBP 400.00</span>' in shown


def test_a_long_queue_shows_its_oldest_and_leads_to_the_rest(operator: Operator) -> None:
    for _ in range(AT_FIRST + 3):
        sell(operator, a_trip_in(200))
    with later(DAY):
        found = queue(operator, "overdue")
        assert found is not None
        assert (found.count, len(found.items)) == (AT_FIRST + 3, AT_FIRST)
        assert found.values == (("GBP", 30_000 * (AT_FIRST + 3)),)
        whole = queue(operator, "overdue", queue="overdue")
        assert whole is not None
        assert len(whole.items) == AT_FIRST + 3
        browser = signed_in(operator)
        assert f"All {AT_FIRST + 3}: overdue payments" in page(browser)
        assert page(browser, "/office/?queue=overdue").count('class="status wraps overdue"') == AT_FIRST + 3


def a_colleague(operator: Operator, browser: Client, /) -> UUID:
    """Who is signed in with this browser."""
    user_id = UUID(browser.session["_auth_user_id"])
    assert StaffUser.objects.filter(operator_id=operator.id, id=user_id).exists()
    return user_id


def test_an_item_is_given_to_somebody(operator: Operator, refund: Billing) -> None:
    browser = signed_in(operator)
    me = a_colleague(operator, browser)
    subject = only(operator, "refunds").subject
    address = f"/office/items/refunds/{subject}/assign/"
    assert "(you)" in page(browser, address)
    assert (
        browser.post(address, {"to": str(me), "next": "/office/?view=mine"})["Location"]
        == "/office/?view=mine"
    )
    mine = page(browser, "/office/?view=mine")
    assert refund.booking.reference in mine
    assert "Mine (1)" in page(browser)
    assert only(operator, "refunds").assigned_name == "Marta Lindgren"
    assert browser.post(address, {"to": ""}).status_code == 303
    assert "Nothing is with you" in page(browser, "/office/?view=mine")
    for wrong in (str(uuid4()), "me"):
        answer = browser.post(address, {"to": wrong})
        assert answer.status_code == 422
        assert b"Choose somebody from the list." in answer.content


def test_an_item_rests_and_comes_back_on_its_day(operator: Operator, refund: Billing) -> None:
    subject = only(operator, "refunds").subject
    browser = signed_in(operator)
    until = today() + timedelta(days=3)
    address = f"/office/items/refunds/{subject}/snooze/"
    assert "comes back" not in page(browser, address)
    answer = browser.post(address, {"until": until.isoformat(), "reason": "Waits for the IBAN"})
    assert answer.status_code == 303
    assert "comes back on that day" in page(browser)
    assert queue(operator, "refunds") is None
    resting = page(browser, "/office/?view=snoozed")
    assert "Waits for the IBAN" in resting
    assert "Wake" in resting
    with later(2 * DAY):
        assert queue(operator, "refunds") is None
    with later(3 * DAY):
        assert only(operator, "refunds").subject == subject
        assert queue(operator, "refunds", view="snoozed") is None


def test_an_item_that_rests_is_woken_and_keeps_who_it_is_with(operator: Operator, refund: Billing) -> None:
    browser = signed_in(operator)
    me = a_colleague(operator, browser)
    subject = only(operator, "refunds").subject
    marta = replace(MARTA, id=me)
    assign_work(operator, queue="refunds", subject=subject, to=me, actor=marta)
    snooze_work(
        operator,
        item=("refunds", subject),
        until=today() + timedelta(days=9),
        reason="Later",
        actor=marta,
    )
    assert queue(operator, "refunds", view="mine", actor=marta) is None
    assert browser.post(f"/office/items/refunds/{subject}/wake/").status_code == 303
    assert only(operator, "refunds", view="mine", actor=marta).assigned_to == me


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        ("", "Later", "until"),
        ("tomorrow", "Later", "until"),
        ("+0", "Later", "until"),
        ("+91", "Later", "until"),
        ("+3", "", "reason"),
        ("+3", "x" * 201, "reason"),
    ],
)
def test_a_snooze_without_a_day_or_a_reason_is_refused(
    operator: Operator, refund: Billing, until: str, reason: str, field: str
) -> None:
    subject = only(operator, "refunds").subject
    day = (today() + timedelta(days=int(until))).isoformat() if until.startswith("+") else until
    answer = signed_in(operator).post(
        f"/office/items/refunds/{subject}/snooze/", {"until": day, "reason": reason}
    )
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in said
    assert f'<a href="#{field}">' in said
    assert f'id="{field}-error"' in said
    assert queue(operator, "refunds") is not None


def test_an_auditor_looks_and_touches_nothing(operator: Operator, refund: Billing) -> None:
    browser = signed_in(operator, role="auditor")
    shown = page(browser)
    assert refund.booking.reference in shown
    assert "Assign" not in shown
    assert "Snooze<" not in shown
    assert "Look at it" in shown
    subject = only(operator, "refunds").subject
    auditor = person("Audrey", role="auditor")
    for act in ("assign", "snooze"):
        assert browser.get(f"/office/items/refunds/{subject}/{act}/").status_code == 403
    assert browser.post(f"/office/items/refunds/{subject}/wake/").status_code == 403
    with pytest.raises(NotPermitted):
        assign_work(operator, queue="refunds", subject=subject, to=None, actor=auditor)
    with pytest.raises(NotPermitted):
        snooze_work(operator, item=("refunds", subject), until=None, reason="", actor=auditor)
    with pytest.raises(NotPermitted):
        wake_work(operator, queue="refunds", subject=subject, actor=auditor)


def test_what_is_not_there_cannot_be_noted(operator: Operator, refund: Billing) -> None:
    browser, stranger = signed_in(operator), signed_in(new_operator())
    subject = only(operator, "refunds").subject
    assert browser.get(f"/office/items/refunds/{uuid4()}/assign/").status_code == 404
    assert browser.get(f"/office/items/nonsense/{subject}/assign/").status_code == 404
    assert browser.get("/office/?queue=nonsense").status_code == 404
    assert browser.get("/office/?view=nonsense").status_code == 404
    assert browser.get("/office/?page=0").status_code == 404
    assert stranger.get(f"/office/items/refunds/{subject}/assign/").status_code == 404
    with pytest.raises(InvalidNote):
        assign_work(operator, queue="refunds", subject=subject, to=uuid4(), actor=MARTA)


def test_it_is_the_home_of_the_back_office(operator: Operator) -> None:
    browser = signed_in(operator)
    assert browser.get("/")["Location"] == "/office/"
    assert '<a href="/office/" aria-current="page">' in page(browser)
    assert Client().get("/office/bookings/").status_code == 303


def test_every_queue_has_words() -> None:
    from fareledger.faces.backoffice import work_words

    assert tuple(work_words.QUEUE_WORDS) == QUEUES


def test_the_list_is_read_in_few_queries(operator: Operator, refund: Billing) -> None:
    counting = Counting()
    with connection.execute_wrapper(counting):
        work_list(operator, actor=ADMIN)
    assert counting.statements <= 4


class Counting:
    """Counts statements."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        """Count one and run it."""
        self.statements += 1
        return execute(*statement)
