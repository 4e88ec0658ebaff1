"""What happens to a booking is announced once, in the transaction of the fact, to those who listen, without a word
about anybody."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from fareledger.domain.outgoing import EVENTS
from fareledger.faces.api.answers import TransactionAnswer
from fareledger.persistence.models import Attempt, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.announce import STATES, TOLD, News, announce, announce_attempt, announce_rows
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.cancel_booking import cancel_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.create_bookings import create_bookings
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.reverse_transaction import reverse_transaction
from tests.support.acquirer import Acquirer, enter_card
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.operators import new_operator
from tests.support.outgoing import a_webhook, deliveries, kinds, messages
from tests.support.paying import a_customer
from tests.support.people import BOOKING_API, MARTA


def bodies(operator: Operator, kind: str, /) -> list[Any]:
    """What was said of one kind of event."""
    return [json.loads(message.body) for message in messages(operator) if message.kind == kind]


def test_nothing_is_written_while_nobody_listens(operator: Operator) -> None:
    sell(operator, a_trip_in(200))
    assert messages(operator) == []


def test_a_sale_is_announced_with_its_rows(operator: Operator) -> None:
    a_webhook(operator)
    booking = sell(operator, a_trip_in(200)).booking
    assert kinds(operator) == ["transaction.opened", "transaction.opened", "booking.created"]
    (body,) = bodies(operator, "booking.created")
    assert body["booking"] == booking.reference
    assert body["api_version"] == "1"
    assert body["data"]["payable"] == 100_000
    amounts = [one["data"]["transaction"]["amount"] for one in bodies(operator, "transaction.opened")]
    assert amounts == [30_000, 70_000]


def test_the_worker_is_asked_in_the_same_transaction(operator: Operator) -> None:
    made = a_webhook(operator)
    sell(operator, a_trip_in(200))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT queue_name FROM procrastinate_jobs WHERE args->>'endpoint_id' = %s",
            (str(made.endpoint_id),),
        )
        assert cursor.fetchall() == [("outgoing",)]


def test_a_sale_that_is_not_kept_is_not_announced(operator: Operator) -> None:
    a_webhook(operator)
    taken = paid_at_checkout(100)
    sell(operator, replace(a_trip_in(200), payments=(taken,)))
    before = len(messages(operator))
    with pytest.raises(Exception, match="another amount or booking"):
        sell(operator, replace(a_trip_in(200), payments=(replace(taken, amount_minor=200),)))
    assert len(messages(operator)) == before


def test_a_change_names_what_changed_and_nobody(operator: Operator) -> None:
    a_webhook(operator)
    trip = a_trip_in(200)
    sell(operator, trip)
    customer = replace(trip.customer, name="Somebody Else", email="somebody@example.com")
    changed = replace(priced(trip, price_minor=120_000), customer=customer)
    accept_booking(operator, details=changed, channel="api", actor=BOOKING_API)
    (body,) = bodies(operator, "booking.changed")
    assert body["data"]["changed"] == ["customer", "sales_price"]
    assert body["data"]["payable"] == 120_000
    accept_booking(operator, details=changed, channel="api", actor=BOOKING_API)
    assert len(bodies(operator, "booking.changed")) == 1


def test_rows_that_a_change_deletes_are_announced(operator: Operator) -> None:
    a_webhook(operator)
    trip = a_trip_in(200)
    sell(operator, trip)
    accept_booking(operator, details=cancelling(trip, "flights", "hotel"), channel="api", actor=BOOKING_API)
    assert bodies(operator, "transaction.deleted")
    assert bodies(operator, "booking.changed")[0]["data"]["cancelled"] is True


def test_a_commit_closes_a_row_and_tells_of_the_money(operator: Operator) -> None:
    a_webhook(operator)
    billing = sell(operator, a_trip_in(200))
    row = billing.rows[0]
    received = Received(amount_minor=10_000, external_reference="BACS 7")
    commit_transaction(
        operator, booking_id=billing.booking.id, transaction_id=row.id, received=received, actor=MARTA
    )
    (closed,) = bodies(operator, "transaction.closed")
    assert closed["data"]["transaction"]["id"] == str(row.id)
    assert closed["data"]["transaction"]["amount"] == 10_000
    assert len(bodies(operator, "transaction.opened")) == 3
    (paid,) = bodies(operator, "payment.received")
    assert paid["data"]["payment"]["amount"] == 10_000
    assert paid["data"]["payment"]["provider"] == "offline"


def test_a_payment_at_checkout_is_announced(operator: Operator) -> None:
    a_webhook(operator)
    sell(operator, replace(a_trip_in(200), payments=(paid_at_checkout(30_000, reference="pay_77"),)))
    (paid,) = bodies(operator, "payment.received")
    assert paid["data"]["payment"]["external_reference"] == "pay_77"
    assert bodies(operator, "transaction.closed")


def test_a_refund_is_announced_when_it_is_paid(operator: Operator) -> None:
    trip = replace(a_trip_in(200), payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    billing = sell(operator, cancelling(trip, "flights"))
    (refund,) = [row for row in billing.rows if row.kind == "refund"]
    a_webhook(operator)
    commit_transaction(
        operator, booking_id=billing.booking.id, transaction_id=refund.id, received=Received(), actor=MARTA
    )
    (paid,) = bodies(operator, "refund.paid")
    assert paid["data"]["refund"]["amount"] == refund.amount_minor


def test_an_online_payment_is_announced_as_it_goes(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    a_webhook(operator)
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number="4000000000009995")
    refresh_attempt(operator, attempt_id=attempt.id)
    (declined,) = bodies(operator, "payment.declined")
    assert declined["data"]["payment"]["failure"]["code"]
    enter_card(attempt.frame_url)
    refresh_attempt(operator, attempt_id=attempt.id)
    refresh_attempt(operator, attempt_id=attempt.id)
    (paid,) = bodies(operator, "payment.received")
    assert paid["data"]["payment"]["attempt_id"] == str(attempt.id)


@pytest.mark.parametrize("event", [event for event in EVENTS if event in STATES.values()])
def test_every_state_of_an_attempt_has_words(operator: Operator, event: str) -> None:
    a_webhook(operator)
    booking_id = sell(operator, a_trip_in(200)).booking.id
    attempt = Attempt(
        operator_id=operator.id, id=uuid4(), booking_id=booking_id, provider="sandbox", state="failed",
        amount_minor=5, currency="GBP", channel="portal", failure_code="expired_card",
    )  # fmt: skip
    with operator_transaction(operator.id):
        announce_attempt(attempt, event=event, key="0")
        announce_attempt(attempt, event=event, key="0")
    (body,) = bodies(operator, event)
    assert body["data"]["payment"]["failure"] == {"code": "expired_card", "message": ""}


def test_one_delivery_for_each_address_that_listens(operator: Operator) -> None:
    all_of_it = a_webhook(operator)
    some = a_webhook(operator, events=("booking.created",))
    a_webhook(operator, events=("refund.paid",))
    sell(operator, a_trip_in(200))
    of = [delivery.endpoint_id for delivery in deliveries(operator)]
    assert sorted(of) == sorted([all_of_it.endpoint_id] * 3 + [some.endpoint_id])


def test_a_fact_is_announced_once(operator: Operator) -> None:
    a_webhook(operator)
    booking_id = sell(operator, a_trip_in(200)).booking.id
    fact = News(event="payment.received", booking_id=booking_id, source_key="same", data={})
    with operator_transaction(operator.id):
        assert announce(operator.id, news=[fact]) == 1
    with operator_transaction(operator.id):
        assert announce(operator.id, news=[fact]) == 0
    assert kinds(operator).count("payment.received") == 1


def test_another_operator_hears_nothing(operator: Operator) -> None:
    other = new_operator()
    a_webhook(other)
    sell(operator, a_trip_in(200))
    assert messages(other) == []


def test_no_comment_and_no_person_is_ever_in_a_message(operator: Operator) -> None:
    a_webhook(operator)
    trip = a_trip_in(200)
    billing = sell(operator, trip)
    sell(operator, replace(priced(trip, price_minor=150_000), payments=(paid_at_checkout(100),)))
    commit_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=billing.rows[1].id,
        received=Received(),
        actor=MARTA,
    )
    announce_again(operator, id=uuid4(), comment="hates aisle seats")
    told = " ".join(message.body for message in messages(operator))
    for secret in ("Eleanor", "Hartley", "eleanor.hartley", "Daniel", "aisle", "comment", "Marta"):
        assert secret not in told


def announce_again(operator: Operator, **differences: object) -> None:
    """Announce a row of the only booking as if it were new and differed as told."""
    with operator_transaction(operator.id):
        row = Transaction.objects.filter(operator_id=operator.id).order_by("id")[0]
        for name, value in differences.items():
            setattr(row, name, value)
        announce_rows([row])


def test_a_reversal_is_announced_as_what_it_takes_back(operator: Operator) -> None:
    a_webhook(operator)
    billing = sell(operator, a_trip_in(200))
    first = billing.rows[0].id
    announce_again(operator, id=uuid4(), status="closed", reverses=first)
    announce_again(operator, id=uuid4(), status="closed", reverses=first, kind="refund")
    assert kinds(operator).count("transaction.reversed") == 2
    (payment,) = bodies(operator, "payment.reversed")
    (refund,) = bodies(operator, "refund.reversed")
    assert payment["data"]["transaction"]["reverses"] == str(first)
    assert refund["data"]["transaction"]["kind"] == "refund"


def test_a_row_is_told_in_the_shape_of_the_api(operator: Operator) -> None:
    a_webhook(operator)
    sell(operator, a_trip_in(200))
    row = bodies(operator, "transaction.opened")[0]["data"]["transaction"]
    known = set(TransactionAnswer.model_fields)
    assert set(row) <= known | {"reverses"}
    assert known - set(row) <= {"overdue", "approved", "comment", "reversed_by", "method_name", "reason"}


def test_only_events_of_the_table_can_be_announced() -> None:
    with pytest.raises(ValueError, match="not in the table"):
        News(event="booking.exploded", booking_id=uuid4(), source_key="x", data={})
    assert set(TOLD.values()) | set(STATES.values()) <= set(EVENTS)


def test_a_row_that_staff_delete_is_announced(operator: Operator) -> None:
    a_webhook(operator)
    billing = sell(operator, a_trip_in(200))
    delete_transaction(
        operator, booking_id=billing.booking.id, transaction_id=billing.rows[1].id, actor=MARTA
    )
    (deleted,) = bodies(operator, "transaction.deleted")
    assert deleted["data"]["transaction"]["status"] == "deleted"


def test_a_payment_that_finance_reverses_is_announced(operator: Operator) -> None:
    a_webhook(operator)
    billing = sell(operator, a_trip_in(200))
    row_id = billing.rows[0].id
    commit_transaction(
        operator, booking_id=billing.booking.id, transaction_id=row_id, received=Received(), actor=MARTA
    )
    reverse_transaction(
        operator,
        booking_id=billing.booking.id,
        transaction_id=row_id,
        reason="Eleanor paid for another trip",
        actor=MARTA,
    )
    (reversed_,) = bodies(operator, "transaction.reversed")
    assert reversed_["data"]["transaction"]["reverses"] == str(row_id)
    assert len(bodies(operator, "payment.reversed")) == 1
    assert len(bodies(operator, "payment.received")) == 1
    assert "Eleanor" not in " ".join(message.body for message in messages(operator))


def test_a_cancelled_booking_is_announced(operator: Operator) -> None:
    a_webhook(operator)
    billing = sell(operator, a_trip_in(200))
    cancel_booking(operator, booking_id=billing.booking.id, actor=MARTA, channel="back_office")
    (changed,) = bodies(operator, "booking.changed")
    assert changed["data"]["cancelled"] is True
    assert "status" in changed["data"]["changed"]


def test_bookings_that_come_in_a_file_are_announced(operator: Operator) -> None:
    a_webhook(operator)
    trips = [a_trip_in(200), replace(a_trip_in(150), payments=(paid_at_checkout(30_000),))]
    moment = datetime.now(UTC)
    arrival = Arrival(operator=operator, channel="import", actor="Marta", at=moment, day=moment.date())
    with operator_transaction(operator.id):
        create_bookings(trips, arrival=arrival)
    told = {body["booking"] for body in bodies(operator, "booking.created")}
    assert told == {trip.reference for trip in trips}
    assert len(bodies(operator, "payment.received")) == 1
    assert len(bodies(operator, "transaction.opened")) == 3
