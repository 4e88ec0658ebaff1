"""Bookings whose customers approved their scheduled payments: consent, stored card and approvals stand in the tables.

The pages by which customers come to that are tested elsewhere.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import time_machine

from fareledger.domain.identity import new_id
from fareledger.persistence.models import (
    Approval,
    Attempt,
    Booking,
    Collection,
    ConsentEvidence,
    EmailMessage,
    Mandate,
    Transaction,
)
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.sandbox.admin import Merchant
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.send_notices import send_notices
from fareledger.usecases.show_booking import Billing, CollectionView, RowView, billing_by_id
from tests.support.acquirer import APPROVED, Acquirer, join
from tests.support.bookings import a_trip_in, sell

TEXT = "I approve these payments from my card."


@dataclass(frozen=True)
class Stored:
    """A card as a provider keeps it for us."""

    provider_method: str
    provider: str = "sandbox"
    brand: str = "visa"
    last4: str = "4242"
    expires: str = "2030-12"


@dataclass(frozen=True)
class Approver:
    """A customer of a booking for 1,000.00 who approved its open rows (300.00 now and 700.00 later)."""

    operator: Operator
    booking_id: UUID
    merchant: Merchant | None = None

    @property
    def billing(self) -> Billing:
        """The booking as it stands."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    @property
    def row(self) -> RowView:
        """The payment that is due first of those that are approved, paid or not."""
        rows = [row for row in self.billing.rows if row.kind == "payment"]
        return min(rows, key=lambda row: (row.due_date, row.id))

    @property
    def collection(self) -> CollectionView | None:
        """How far the collection of that row is."""
        return self.row.collection

    @property
    def state(self) -> str:
        """The state of that collection, "none" before there is one."""
        return self.collection.state if self.collection else "none"

    def emails(self, kind: str) -> list[dict[str, object]]:
        """What the emails of one kind say, oldest first."""
        with operator_transaction(self.operator.id):
            ours = EmailMessage.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.filter(kind=kind).order_by("queued_at", "id").values_list("payload", flat=True))

    def attempts(self) -> list[Attempt]:
        """Every try to move money, oldest first."""
        with operator_transaction(self.operator.id):
            ours = Attempt.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.order_by("id"))

    def states(self) -> list[str]:
        """The states of all tries, oldest first."""
        return [attempt.state for attempt in self.attempts()]

    def told(self) -> list[str]:
        """The kinds of the timeline's events."""
        return [event.kind for event in self.billing.timeline]


def an_approver(
    operator: Operator, *, acquirer: Acquirer, number: str = APPROVED, due_in: int = 10, webhook_url: str = ""
) -> Approver:
    """Sell a trip, save a test card at a real acquirer, and approve the first open row with it."""
    merchant = join(operator, acquirer=acquirer, webhook_url=webhook_url)
    return another_approver(operator, acquirer=acquirer, merchant=merchant, number=number, due_in=due_in)


def another_approver(
    operator: Operator, *, acquirer: Acquirer, merchant: Merchant, number: str = APPROVED, due_in: int = 10
) -> Approver:
    """Another customer of the same operator."""
    method = acquirer.admin.save_card(merchant.id, number=number, exp_month=12, exp_year=2030)
    booking_id = due_in_days(operator, days=due_in)
    approve(operator, booking_id=booking_id, stored=Stored(method, last4=number[-4:]))
    return Approver(operator, booking_id, merchant)


def due_in_days(operator: Operator, *, days: int) -> UUID:
    """Sell a trip and let its first payment be due so many days from today."""
    booking_id = sell(operator, a_trip_in(days + 200)).booking.id
    move_first_row(operator, booking_id=booking_id, due_date=day_of(operator) + timedelta(days=days))
    return booking_id


def move_first_row(operator: Operator, *, booking_id: UUID, due_date: date) -> None:
    """Let the payment that is due first be due on another day."""
    with operator_transaction(operator.id):
        rows = Transaction.objects.filter(operator_id=operator.id, booking_id=booking_id, status="open")
        first = rows.order_by("due_date", "id").values_list("id", flat=True)[0]
        rows.filter(id=first).update(due_date=due_date, rule_based=False)


def approve(operator: Operator, *, booking_id: UUID, stored: Stored, rows: int = 1) -> UUID:
    """Write consent, mandate and approvals of the first open rows; return the mandate's id."""
    with operator_transaction(operator.id):
        moment = datetime.now(UTC)
        booking = Booking.objects.get(operator_id=operator.id, id=booking_id)
        evidence = ConsentEvidence.objects.create(
            operator_id=operator.id,
            booking_id=booking_id,
            kind="approve_payments",
            text_version="1",
            locale="en-GB",
            text=TEXT,
            text_sha256=hashlib.sha256(TEXT.encode()).hexdigest(),
            ip="192.0.2.7",
            user_agent="tests",
            session_id=new_id(),
            given_at=moment,
        )
        mandate = Mandate.objects.create(
            operator_id=operator.id,
            booking_id=booking_id,
            provider=stored.provider,
            provider_method=stored.provider_method,
            card_brand=stored.brand,
            card_funding="credit",
            card_last4=stored.last4,
            card_expires=stored.expires,
            attempt_id=_set_up_by(booking, stored=stored, moment=moment),
            set_up_at=moment,
        )
        planned = Transaction.objects.filter(
            operator_id=operator.id, booking_id=booking_id, status="open", kind="payment"
        )
        for row in planned.order_by("due_date", "id")[:rows]:
            Approval.objects.create(
                operator_id=operator.id,
                booking_id=booking_id,
                transaction_id=row.id,
                mandate_id=mandate.id,
                evidence_id=evidence.id,
                amount_minor=row.amount_minor,
                currency=booking.currency,
                earliest_date=row.due_date,
                approved_at=moment,
            )
    return mandate.id


def _set_up_by(booking: Booking, *, stored: Stored, moment: datetime) -> UUID:
    """A try long ago that stored the card and moved nothing of this booking."""
    attempt_id = new_id()
    Attempt.objects.create(
        operator_id=booking.operator_id,
        id=attempt_id,
        booking_id=booking.id,
        provider=stored.provider,
        state="cancelled",
        amount_minor=1,
        currency=booking.currency,
        channel="portal",
        form_key=f"set-up-{attempt_id}"[:64],
        provider_key=f"set-up-{attempt_id}",
        created_at=moment - timedelta(days=1),
        changed_at=moment - timedelta(days=1),
    )
    return attempt_id


def end_approval(operator: Operator, *, row_id: UUID, because: str = "withdrawn") -> None:
    """End a consent under its booking's lock, as the customer does."""
    with operator_transaction(operator.id):
        live = Approval.objects.filter(operator_id=operator.id, transaction_id=row_id, ended_at=None)
        booking_id = live.values_list("booking_id", flat=True).get()
        Booking.objects.select_for_update().get(operator_id=operator.id, id=booking_id)
        live.update(ended_at=datetime.now(UTC), ended_because=because)


def day_of(operator: Operator) -> date:
    """Today where the operator is."""
    return datetime.now(operator.time_zone).date()


@contextmanager
def on(operator: Operator, day: date, /, *, hour: int = 10) -> Iterator[None]:
    """Let it be this day where the operator is, at this hour and running on; the acquirer's clock stays."""
    moment = datetime.combine(day, time(hour), tzinfo=operator.time_zone)
    with time_machine.travel(moment, tick=True):
        yield


def a_day_of_work(operator: Operator, day: date, /, *, threads: int = 1) -> int:
    """Do what the worker does on a day; return how many charges were sent."""
    with on(operator, day):
        send_notices(operator)
        return collect_due(operator, threads=threads)


def work_through(operator: Operator, *, first: date, days: int) -> None:
    """Do what the worker does, day by day."""
    for offset in range(days):
        a_day_of_work(operator, first + timedelta(days=offset))


def collections_of(operator: Operator) -> list[Collection]:
    """Every collection of an operator."""
    with operator_transaction(operator.id):
        return list(Collection.objects.filter(operator_id=operator.id).order_by("id"))
