"""Customers are reminded of what is due on the operator's ladder: once a rung, in the operator's own days, and never of
what is covered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from fareledger.domain.identity import new_id
from fareledger.faces.shared.emails import preview_email
from fareledger.persistence.models import Attempt, AttemptCover, EmailMessage, Transaction
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.queue_email import about_booking
from fareledger.usecases.send_reminders import queue_reminders, send_reminders
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.stored_emails import Again, send_email_again
from tests.support.bookings import a_trip, cancelling, sell
from tests.support.operators import new_operator
from tests.support.people import BOOKING_API, MARTA

LADDER = {"before": [7, 1], "after": [1, 7]}
BOOKED = datetime(2027, 1, 4, 10, tzinfo=UTC)
# 30 % on 4 January; the rest is due 30 days before 12 June.
BALANCE_DUE = date(2027, 5, 13)
BANK = {"account_holder": "Acme Travel Ltd", "iban": "GB33BUKB20201555555555"}


@contextmanager
def on(day: date, *, hour: int = 10, zone: str = "UTC") -> Iterator[None]:
    """Let it be this hour of a day somewhere."""
    moment = datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(zone))
    with time_machine.travel(moment, tick=False):
        yield


def reminding(operator: Operator, *, ladder: object = LADDER) -> Operator:
    """The operator with a ladder and bank details."""
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(reminders=ladder, bank_details=BANK)
    return by_id(operator.id)


def booked(operator: Operator, **differences: object) -> Billing:
    """A trip for 1,000.00 that was booked on 4 January 2027 and whose down payment was received."""
    with time_machine.travel(BOOKED, tick=False):
        billing = sell(operator, a_trip(booked_on=BOOKED.date(), **differences))
        pay(operator, billing=billing)
    return billing_by_id(operator, booking_id=billing.booking.id)


def pay(operator: Operator, *, billing: Billing) -> None:
    """Receive the payment that is due next."""
    row = billing.next_payment
    assert row is not None
    received = Received(method="bank_transfer", send_confirmation=False)
    commit_transaction(
        operator, booking_id=billing.booking.id, transaction_id=row.id, received=received, actor=MARTA
    )


def reminders(operator: Operator, *, booking_id: UUID) -> list[tuple[str, str, int]]:
    """Kind, due date and amount of every reminder of a booking, in order."""
    with operator_transaction(operator.id):
        found = EmailMessage.objects.filter(operator_id=operator.id, booking_id=booking_id)
        emails = found.filter(kind__startswith="reminder").order_by("queued_at")
        return [(each.kind, each.payload["due_date"], each.payload["amount_minor"]) for each in emails]


def day_by_day(operator: Operator, *, first: date, days: int, rounds: int = 2) -> list[date]:
    """Run the schedule on each of these days, more than once; return the days on which something was queued."""
    told = []
    for day in (first + timedelta(days=number) for number in range(days)):
        with on(day):
            if sum(send_reminders(operator) for _ in range(rounds)):
                told.append(day)
    return told


def test_each_rung_comes_once_on_its_day(operator: Operator) -> None:
    operator = reminding(operator)
    booking = booked(operator).booking
    told = day_by_day(operator, first=date(2027, 4, 28), days=40)
    assert told == [BALANCE_DUE + timedelta(days=offset) for offset in (-7, -1, 1, 7)]
    due = BALANCE_DUE.isoformat()
    before, after = ("reminder_before", due, 70000), ("reminder_after", due, 70000)
    assert reminders(operator, booking_id=booking.id) == [before, before, after, after]


def test_no_ladder_reminds_nobody(operator: Operator) -> None:
    booked(operator)
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=8), days=20) == []


def test_a_rung_that_was_missed_is_made_up_for_within_three_days(operator: Operator) -> None:
    operator = reminding(operator, ladder={"before": [10]})
    booked(operator)
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=7), days=5) == [
        BALANCE_DUE - timedelta(days=7)
    ]
    booked(operator)
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=6), days=5) == []


def test_what_belongs_before_the_due_date_is_not_said_after_it(operator: Operator) -> None:
    operator = reminding(operator, ladder={"before": [1]})
    booked(operator)
    assert day_by_day(operator, first=BALANCE_DUE + timedelta(days=1), days=3) == []


def test_a_payment_opened_after_its_rung_gets_no_stale_one(operator: Operator) -> None:
    operator = reminding(operator)
    with on(BALANCE_DUE - timedelta(days=6)):
        sell(operator, a_trip(booked_on=date(2027, 1, 4)))
        assert send_reminders(operator) == 0
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=6), days=6) == [
        BALANCE_DUE - timedelta(days=1)
    ]


def test_imported_history_that_is_long_overdue_stays_quiet(operator: Operator) -> None:
    operator = reminding(operator)
    imported = BALANCE_DUE + timedelta(days=20)
    with on(imported):
        sell(operator, a_trip(booked_on=date(2027, 1, 4)))
    assert day_by_day(operator, first=imported, days=10) == []


def test_a_booking_that_is_covered_is_left_alone(operator: Operator) -> None:
    operator = reminding(operator)
    billing = booked(operator)
    pay(operator, billing=billing)
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=8), days=20) == []


def test_a_cancelled_booking_with_nothing_due_is_left_alone(operator: Operator) -> None:
    operator = reminding(operator)
    details = a_trip(booked_on=BOOKED.date())
    with time_machine.travel(BOOKED, tick=False):
        billing = sell(operator, details)
        pay(operator, billing=billing)
        gone = cancelling(details, "flights", "hotel")
        accept_booking(operator, details=gone, channel="api", actor=BOOKING_API)
    assert billing_by_id(operator, booking_id=billing.booking.id).figures.outstanding_minor <= 0
    assert day_by_day(operator, first=BALANCE_DUE - timedelta(days=8), days=20) == []


def test_nobody_is_reminded_while_paying(operator: Operator) -> None:
    operator = reminding(operator)
    billing = booked(operator)
    row = billing.next_payment
    assert row is not None
    attempt_id = being_paid(operator, booking_id=billing.booking.id, row_id=row.id)
    day = BALANCE_DUE - timedelta(days=7)
    with on(day):
        assert send_reminders(operator) == 0
        with operator_transaction(operator.id):
            Attempt.objects.filter(operator_id=operator.id, id=attempt_id).update(state="expired")
            AttemptCover.objects.filter(operator_id=operator.id, attempt_id=attempt_id).update(live=False)
        assert send_reminders(operator) == 1


def being_paid(operator: Operator, *, booking_id: UUID, row_id: UUID) -> UUID:
    """Let a card payment for a row be under way."""
    with operator_transaction(operator.id):
        attempt = Attempt.objects.create(
            operator_id=operator.id,
            booking_id=booking_id,
            provider="sandbox",
            state="awaiting_customer",
            amount_minor=70000,
            currency="GBP",
            channel="portal",
            form_key=new_id().hex,
            provider_key=new_id().hex,
            created_at=BOOKED,
            changed_at=BOOKED,
        )
        AttemptCover.objects.create(operator_id=operator.id, attempt_id=attempt.id, transaction_id=row_id)
    return attempt.id


def test_one_reminder_a_day_is_enough(operator: Operator) -> None:
    operator = reminding(operator, ladder={"before": [3, 2, 1], "after": [1]})
    booking = booked(operator).booking
    with operator_transaction(operator.id):
        row = Transaction.objects.get(operator_id=operator.id, booking_id=booking.id, status="open")
        row.amount_minor = row.planned_minor = 30000
        row.save()
        row.id, row.amount_minor, row.planned_minor = new_id(), 40000, 40000
        row.due_date = BALANCE_DUE + timedelta(days=1)
        row.save(force_insert=True)
    with on(BALANCE_DUE - timedelta(days=1)):
        assert send_reminders(operator) == 1
        assert send_reminders(operator) == 0
    assert reminders(operator, booking_id=booking.id) == [("reminder_before", "2027-05-13", 30000)]


def test_one_that_staff_sent_again_does_not_disturb_the_ladder(operator: Operator) -> None:
    operator = reminding(operator, ladder={"before": [7, 1]})
    booking = booked(operator).booking
    with on(BALANCE_DUE - timedelta(days=7)):
        assert send_reminders(operator) == 1
        with operator_transaction(operator.id):
            email_id = EmailMessage.objects.get(operator_id=operator.id, booking_id=booking.id).id
        again = Again(to_email="desk@example.org", key=new_id())
        send_email_again(operator, booking_id=booking.id, email_id=email_id, again=again, actor=MARTA)
    told = day_by_day(operator, first=BALANCE_DUE - timedelta(days=6), days=8)
    assert told == [BALANCE_DUE - timedelta(days=1)]


@pytest.mark.parametrize("zone", ["America/Anchorage", "Pacific/Kiritimati"])
def test_days_are_the_operators_own(db: None, zone: str) -> None:
    operator = reminding(new_operator(time_zone=zone), ladder={"before": [7]})
    booked(operator)
    rung = BALANCE_DUE - timedelta(days=7)
    with on(rung - timedelta(days=1), hour=23, zone=zone):
        assert send_reminders(operator) == 0
    with on(rung, hour=0, zone=zone):
        assert send_reminders(operator) == 1
    with on(rung, hour=23, zone=zone):
        assert send_reminders(operator) == 0


def test_the_night_the_clocks_change_is_one_day(db: None) -> None:
    operator = reminding(new_operator(time_zone="Europe/London"), ladder={"before": [0], "after": [1]})
    # 30 days before 27 April is 28 March 2027, when London's clocks go forward.
    booked(operator, start_date=date(2027, 4, 27), end_date=date(2027, 5, 2))
    counts = []
    for hours in range(60):
        with time_machine.travel(
            datetime(2027, 3, 27, 12, 30, tzinfo=UTC) + timedelta(hours=hours), tick=False
        ):
            counts.append(send_reminders(operator))
    assert sum(counts) == 2
    assert [index for index, count in enumerate(counts) if count] == [12, 35]


def test_the_night_is_quiet(operator: Operator) -> None:
    operator = reminding(operator)
    with on(BALANCE_DUE, hour=7):
        queue_reminders()
        assert jobs(operator) == 0
    with on(BALANCE_DUE, hour=9):
        queue_reminders()
        queue_reminders()
        assert jobs(operator) == 1


def jobs(operator: Operator) -> int:
    """How many rounds of reminders wait for this operator."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = %s", (f"reminders:{operator.id}",)
        )
        return int(cursor.fetchone()[0])


def test_many_bookings_go_in_batches(operator: Operator) -> None:
    operator = reminding(operator)
    for _ in range(5):
        booked(operator)
    with on(BALANCE_DUE - timedelta(days=7)):
        assert send_reminders(operator, batch=2) == 5
        assert send_reminders(operator, batch=2) == 0


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_reminder_says_what_by_when_and_how(operator: Operator, part: str) -> None:
    operator = reminding(operator)
    terms = replace(operator.default_terms.shared, invoice=True)
    booking_id = booked(operator, terms=terms).booking.id
    with on(BALANCE_DUE + timedelta(days=1)):
        send_reminders(operator)
    with operator_transaction(operator.id):
        facts = EmailMessage.objects.get(
            operator_id=operator.id, booking_id=booking_id, kind="reminder_after"
        )
    view = billing_by_id(operator, booking_id=booking_id).booking
    email = preview_email(operator, kind=facts.kind, about=about_booking(view), facts=facts.payload)
    assert email.subject == f"Acme Travel: £700.00 was due on 13 May 2027 for booking {view.reference}"
    for fact in (
        "£700.00",
        "Was due on 13 May 2027",
        "GB33 BUKB 2020 1555 5555 55",
        f"booking={view.reference}",
    ):
        assert fact in getattr(email, part)


def test_bank_details_are_for_those_who_pay_by_invoice(operator: Operator) -> None:
    operator = reminding(operator)
    assert not operator.default_terms.shared.invoice
    booking_id = booked(operator).booking.id
    with on(BALANCE_DUE - timedelta(days=1)):
        send_reminders(operator)
    with operator_transaction(operator.id):
        email = EmailMessage.objects.get(
            operator_id=operator.id, booking_id=booking_id, kind="reminder_before"
        )
    assert email.payload["bank_details"] == {}
