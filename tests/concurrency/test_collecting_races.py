"""Schedulers that collect at once, customers who withdraw or pay in the same moment, plans that change meanwhile: each
approved payment is charged once at most, and never without consent.

The booking's lock is what keeps it so, which the controls without row locks show.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from fareledger.persistence.models import (
    Approval,
    Attempt,
    AttemptCover,
    Booking,
    Collection,
    EmailMessage,
    Mandate,
    Transaction,
)
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import SavedCardRequest
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.payment_form import PaymentForm
from fareledger.usecases.save_plan import update_row
from fareledger.usecases.show_booking import billing_by_id
from fareledger.usecases.start_payment import PaymentInProgress, start_payment
from tests.support.approved import collections_of, day_of, end_approval
from tests.support.due import many_due
from tests.support.racing import race
from tests.support.scripted_provider import ScriptedGateway, scripted

SCHEDULERS = 4
ROWS = 24


@pytest.fixture
def gateway(operator: Operator) -> ScriptedGateway:
    """A provider that charges whatever it is told to."""
    return scripted(operator)


def due(operator: Operator, *, count: int = 1) -> list[UUID]:
    return many_due(operator, count=count, provider=f"scripted-{operator.slug}")


def booking_of(operator: Operator, row_id: UUID, /) -> UUID:
    with operator_transaction(operator.id):
        return Transaction.objects.get(operator_id=operator.id, id=row_id).booking_id


def charges(operator: Operator) -> list[Attempt]:
    with operator_transaction(operator.id):
        return list(Attempt.objects.filter(operator_id=operator.id, off_session=True))


def test_schedulers_at_once_charge_each_row_once(operator: Operator, gateway: ScriptedGateway) -> None:
    row_ids = due(operator, count=ROWS)
    finish = race([partial(collect_due, operator, batch=5, threads=2)] * SCHEDULERS)
    assert finish.errors == []
    assert sum(finish.results) + collect_due(operator) == ROWS
    assert len(gateway.payments) == ROWS
    assert Counter(one.state for one in charges(operator)) == {"succeeded": ROWS}
    with operator_transaction(operator.id):
        closed = Transaction.objects.filter(operator_id=operator.id, id__in=row_ids, status="closed")
        assert closed.count() == ROWS


def while_it_changes(operator: Operator, *, row_id: UUID, change: str, row_locks: bool) -> list[object]:
    """Collect while somebody holds the booking and changes what the charge rests on; return what both died of."""
    held, decided = threading.Event(), threading.Event()
    booking_id = booking_of(operator, row_id)

    def somebody() -> int:
        with operator_transaction(operator.id):
            locked = lock_booking(operator, booking_id=booking_id)
            held.set()
            # Without locks the scheduler decides on what it sees, and is through before we commit.
            decided.wait(timeout=1 if row_locks else 5)
            if change == "withdraw":
                live = Approval.objects.filter(operator_id=operator.id, transaction_id=row_id)
                live.update(ended_at=datetime.now(UTC), ended_because="withdrawn")
            elif change == "cancel":
                Booking.objects.filter(operator_id=operator.id, id=booking_id).update(status="cancelled")
            else:
                row = next(one for one in locked.transactions if one.id == row_id)
                row.status, row.deleted_at = "deleted", datetime.now(UTC)
                update_row(row)
        return 0

    def scheduler() -> int:
        assert held.wait(timeout=30)
        try:
            return collect_due(operator, threads=1)
        finally:
            decided.set()

    return list(race([somebody, scheduler], row_locks=row_locks).errors)


@pytest.mark.parametrize("change", ["withdraw", "cancel", "delete"])
def test_what_is_taken_back_in_the_same_moment_is_not_charged(
    operator: Operator, gateway: ScriptedGateway, change: str
) -> None:
    (row_id,) = due(operator)
    assert while_it_changes(operator, row_id=row_id, change=change, row_locks=True) == []
    assert collect_due(operator, threads=1) == 0
    assert (charges(operator), gateway.payments) == ([], {})
    assert [one.state for one in collections_of(operator)] == ["ended"]


def change_at(operator: Operator, *, row_id: UUID, change: str) -> None:
    """Change what a charge rests on, each way somebody may."""
    booking_id = booking_of(operator, row_id)
    with operator_transaction(operator.id):
        row = Transaction.objects.filter(operator_id=operator.id, id=row_id)
        approval = Approval.objects.filter(operator_id=operator.id, transaction_id=row_id)
        mandate = Mandate.objects.filter(operator_id=operator.id, booking_id=booking_id)
        over = {"ended_at": datetime.now(UTC)}
        changes = {
            "withdrawn": lambda: approval.update(**over, ended_because="withdrawn"),
            "cancelled": lambda: Booking.objects.filter(operator_id=operator.id, id=booking_id).update(
                status="cancelled"
            ),
            "paid": lambda: row.update(
                status="closed", closed_at=datetime.now(UTC), value_date=day_of(operator)
            ),
            "smaller": lambda: row.update(amount_minor=20_000),
            "later": lambda: row.update(due_date=day_of(operator) + timedelta(days=9)),
            "card_gone": lambda: mandate.update(**over, ended_because="detached"),
        }
        changes[change]()


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ("withdrawn", "ended"),
        ("cancelled", "waiting"),
        ("paid", "ended"),
        ("smaller", "waiting"),
        ("later", "waiting"),
        ("card_gone", "waiting"),
    ],
)
def test_what_changes_between_its_claim_and_its_turn_is_not_sent(
    operator: Operator, gateway: ScriptedGateway, change: str, state: str
) -> None:
    """A batch is claimed at once and sent one by one: what happens meanwhile to those that wait counts."""
    many = due(operator, count=3)
    seen: list[UUID] = []

    def on_charge(request: SavedCardRequest) -> None:
        seen.append(request.attempt_id)
        if len(seen) == 2:
            change_at(operator, row_id=waiting_row(operator), change=change)

    gateway.on_charge = on_charge
    collect_due(operator, threads=1)
    assert len(seen) == len(gateway.payments) == len(many) - 1
    (unsent,) = [one for one in charges(operator) if one.id not in seen]
    assert (unsent.state, unsent.failure_code) == ("failed", "changed_before_charge")
    assert [one.state for one in collections_of(operator) if one.attempt_id == unsent.id] == [state]
    with operator_transaction(operator.id):
        emails = EmailMessage.objects.filter(operator_id=operator.id, booking_id=unsent.booking_id)
        assert not emails.filter(kind__startswith="charge_").exists()


def waiting_row(operator: Operator) -> UUID:
    """The row of the claimed charge whose turn has not come."""
    with operator_transaction(operator.id):
        waiting = Collection.objects.filter(operator_id=operator.id, state="charging").order_by(
            "next_on", "id"
        )
        return list(waiting.values_list("transaction_id", flat=True))[-1]


def test_without_the_lock_a_withdrawn_payment_is_charged(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    """The control."""
    (row_id,) = due(operator)
    while_it_changes(operator, row_id=row_id, change="withdraw", row_locks=False)
    assert len(gateway.payments) == 1


def form_of(operator: Operator, *, booking_id: UUID) -> PaymentForm:
    row = billing_by_id(operator, booking_id=booking_id).next_payment
    assert row is not None
    return PaymentForm(
        booking_id=booking_id,
        transaction_id=row.id,
        amount_minor=row.amount_minor,
        form_key=f"{row.id}",
        channel="portal",
        return_url="https://acme.example/{attempt}/",
        locale="en-GB",
        frame_style={},
    )


def test_a_customer_who_pays_in_the_moment_of_the_charge(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    (row_id,) = due(operator)
    booking_id = booking_of(operator, row_id)
    form = form_of(operator, booking_id=booking_id)
    seen: list[str] = []

    def on_charge(request: SavedCardRequest) -> None:
        with pytest.raises(PaymentInProgress):
            start_payment(operator, form=form)
        seen.append(str(request.attempt_id))

    gateway.on_charge = on_charge
    assert collect_due(operator, threads=1) == 1
    assert len(seen) == 1
    assert billing_by_id(operator, booking_id=booking_id).figures.paid_minor == 30_000


def test_a_row_that_its_customer_is_paying_is_left_alone(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    (row_id,) = due(operator)
    booking_id = booking_of(operator, row_id)
    start_payment(operator, form=form_of(operator, booking_id=booking_id))
    assert collect_due(operator, threads=1) == 0
    assert charges(operator) == []
    assert [one.state for one in collections_of(operator)] == ["waiting"]


def test_both_at_once_charge_the_row_once(operator: Operator, gateway: ScriptedGateway) -> None:
    for _ in range(6):
        (row_id,) = due(operator)
        form = form_of(operator, booking_id=booking_of(operator, row_id))
        racers: list[Callable[[], object]] = [
            partial(collect_due, operator, threads=1),
            partial(start_payment, operator, form=form),
        ]
        race(racers)
        with operator_transaction(operator.id):
            covers = AttemptCover.objects.filter(operator_id=operator.id, transaction_id=row_id)
            assert covers.count() == 1


def test_an_approval_that_ended_before_is_not_charged(operator: Operator, gateway: ScriptedGateway) -> None:
    first, second = due(operator, count=2)
    end_approval(operator, row_id=first)
    assert collect_due(operator, threads=1) == 1
    with operator_transaction(operator.id):
        assert Transaction.objects.get(operator_id=operator.id, id=second).status == "closed"
        assert Transaction.objects.get(operator_id=operator.id, id=first).status == "open"
