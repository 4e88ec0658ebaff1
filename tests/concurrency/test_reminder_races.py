"""Schedulers that run at once, one that is killed, and staff who commit meanwhile: a customer is reminded once, and not
of what is being settled.

The unique key keeps a rung single; the locks keep a reminder from being decided on a plan that is changing, which the
control without them shows.
"""

import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import time_machine

from fareledger.persistence.models import EmailMessage
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.save_plan import update_row
from fareledger.usecases.send_reminders import send_reminders
from tests.support.bookings import a_trip_in, sell
from tests.support.database import TestDatabase
from tests.support.processes import KILLED, dying_at
from tests.support.racing import race

SCHEDULERS = 4
BOOKINGS = 12


@pytest.fixture
def reminding(operator: Operator) -> Operator:
    """An operator who reminds a week before; balances are due 30 days before the start."""
    with operator_transaction(operator.id):
        OperatorRow.objects.filter(id=operator.id).update(reminders={"before": [7]})
    return by_id(operator.id)


def due_in_a_week(operator: Operator) -> UUID:
    """Sell a trip ten days ago whose balance is due in a week from today."""
    with time_machine.travel(datetime.now(UTC) - timedelta(days=10), tick=False):
        return sell(operator, a_trip_in(47)).booking.id


def reminders(operator: Operator) -> int:
    """How many reminders there are."""
    with operator_transaction(operator.id):
        return EmailMessage.objects.filter(operator_id=operator.id, kind="reminder_before").count()


def test_schedulers_at_once_remind_each_booking_once(reminding: Operator) -> None:
    for _ in range(BOOKINGS):
        due_in_a_week(reminding)
    finish = race([partial(send_reminders, reminding, batch=3)] * SCHEDULERS)
    assert finish.errors == []
    assert sum(finish.results) + send_reminders(reminding) == BOOKINGS
    assert reminders(reminding) == BOOKINGS


def while_staff_take_the_payment_back(operator: Operator, *, booking_id: UUID, row_locks: bool) -> int:
    """Remind while somebody deletes the open rows of a booking; return how many reminders were queued."""
    held, decided = threading.Event(), threading.Event()

    def staff() -> int:
        with operator_transaction(operator.id):
            locked = lock_booking(operator, booking_id=booking_id)
            held.set()
            # Without locks the scheduler decides, and waits for us only when it comes to write.
            decided.wait(timeout=1 if row_locks else 4)
            for row in locked.transactions:
                row.status, row.deleted_at = "deleted", datetime.now(UTC)
                update_row(row)
        return 0

    def scheduler() -> int:
        assert held.wait(timeout=30)
        queued = send_reminders(operator)
        decided.set()
        return queued

    finish = race([staff, scheduler], row_locks=row_locks)
    assert finish.errors == []
    return sum(finish.results)


def test_a_booking_that_staff_work_on_is_left_for_the_next_round(reminding: Operator) -> None:
    booking_id = due_in_a_week(reminding)
    assert while_staff_take_the_payment_back(reminding, booking_id=booking_id, row_locks=True) == 0
    assert send_reminders(reminding) == 0
    assert reminders(reminding) == 0


def test_without_the_lock_a_customer_is_reminded_of_a_payment_that_is_gone(reminding: Operator) -> None:
    """The control."""
    booking_id = due_in_a_week(reminding)
    with operator_transaction(reminding.id):
        assert lock_booking(reminding, booking_id=booking_id).figures.open_payments_minor
    assert while_staff_take_the_payment_back(reminding, booking_id=booking_id, row_locks=False) == 1


@pytest.mark.slow
def test_a_killed_scheduler_neither_loses_nor_doubles(reminding: Operator, database: TestDatabase) -> None:
    for _ in range(BOOKINGS):
        due_in_a_week(reminding)
    with dying_at("before_reminders_commit", database=database) as dying:
        assert dying.remind(reminding.id) == KILLED
    assert reminders(reminding) == 0
    assert send_reminders(reminding) == BOOKINGS
    assert send_reminders(reminding) == 0
    assert reminders(reminding) == BOOKINGS
