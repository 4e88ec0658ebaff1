"""Bookings as bare rows, for tests of what happens after the sale; the story before it is not theirs."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from fareledger.domain import ledger as rules
from fareledger.domain.identity import new_id
from fareledger.domain.ledger import Posting
from fareledger.domain.plan import Terms
from fareledger.domain.protection import Policy
from fareledger.persistence import ledger
from fareledger.persistence.ledger import Event, Fact, Posted, append_timeline
from fareledger.persistence.models import Booking, Component, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction

SOLD_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Sold:
    """A booking of 1 000.00 (unless said otherwise), its id and what the tests need to know of it."""

    operator: Operator
    id: UUID
    reference: str
    currency: str


def sold(
    operator: Operator, *, currency: str = "GBP", payable_minor: int = 100_000, start: date | None = None,
    end: date | None = None,
) -> Sold:  # fmt: skip
    """Sell a trip: the booking's row, its one component, its booking_sold entry and its first event."""
    made = Sold(operator, new_id(), f"TRV-{secrets.token_hex(5).upper()}", currency)
    with operator_transaction(operator.id):
        Booking.objects.create(
            operator_id=operator.id,
            id=made.id,
            reference=made.reference,
            reference_key=made.reference.replace("-", ""),
            currency=currency,
            booked_on=SOLD_AT.date(),
            start_date=start or date(2026, 6, 1),
            end_date=end or date(2026, 6, 15),
            customer_name="Eleanor Hartley",
            customer_email="eleanor@example.com",
            customer_locale="en-GB",
            travellers=[],
            package="Two weeks in Kerala",
            sales_price_minor=payable_minor,
            non_payable_minor=0,
            terms=Terms(balance_due_days=30).to_json(),
            content_sha256="0" * 64,
            created_at=SOLD_AT,
            changed_at=SOLD_AT,
        )
        Component.objects.create(
            operator_id=operator.id,
            id=new_id(),
            booking_id=made.id,
            external_id="1",
            position=0,
            kind="accommodation",
            title="Two weeks in Kerala",
            supplier="",
            price_minor=payable_minor,
        )
        posting = rules.booking_sold(payable_minor, currency=currency)
        if posting:
            ledger.post(posting, fact=fact(made, source="booking", source_id=f"{made.id}:1"))
        _tell(made, kind="booking_created", key=f"booking_created:booking:{made.id}:1", at=SOLD_AT)
    return made


def _tell(booking: Sold, *, kind: str, key: str, at: datetime) -> None:
    append_timeline(
        Event(
            operator_id=booking.operator.id,
            booking_id=booking.id,
            kind=kind,
            actor="Booking API",
            occurred_at=at,
            payload={"text": kind},
            source_key=key,
        )
    )


def fact(
    booking: Sold,
    *,
    source: str = "test",
    source_id: str = "1",
    provider: str = "offline",
    at: datetime = SOLD_AT,
) -> Fact:
    """The fact that an entry of this booking records."""
    return Fact(
        operator_id=booking.operator.id,
        booking_id=booking.id,
        source=source,
        source_id=source_id,
        provider=provider,
        channel="checkout",
        posted_on=at.date(),
        occurred_at=at,
        recorded_at=at,
    )


def post(posting: Posting | None, *, of: Fact) -> Posted:
    """Post one entry in a transaction of its own."""
    assert posting is not None
    with operator_transaction(of.operator_id):
        return ledger.post(posting, fact=of)


def paid_by_card(
    booking: Sold, *, amount_minor: int, reference: str, provider: str = "scripted", at: datetime = SOLD_AT
) -> UUID:
    """Record a card payment at a provider: a closed row and its entry; return the row's id."""
    return _paid(booking, amount_minor=amount_minor, reference=reference, provider=provider, at=at)


def paid_to_the_bank(
    booking: Sold, *, amount_minor: int, reference: str = "", at: datetime = SOLD_AT
) -> UUID:
    """Record a bank transfer: a closed row and its entry; return the row's id."""
    return _paid(booking, amount_minor=amount_minor, reference=reference, provider="offline", at=at)


def _paid(booking: Sold, *, amount_minor: int, reference: str, provider: str, at: datetime) -> UUID:
    row_id = new_id()
    online = provider != "offline"
    policy: Policy = "full" if booking.operator.protection_policy == "full" else "none"
    posting = rules.payment_received(
        amount_minor,
        currency=booking.currency,
        online=online,
        policy=policy,
        travel_completed=False,
    )
    assert posting is not None
    with operator_transaction(booking.operator.id):
        Transaction.objects.create(
            operator_id=booking.operator.id,
            id=row_id,
            booking_id=booking.id,
            kind="payment",
            status="closed",
            method="credit_card" if online else "bank_transfer",
            provider=provider,
            amount_minor=amount_minor,
            planned_minor=amount_minor,
            due_date=at.date(),
            rule_based=False,
            source="checkout",
            channel="checkout",
            external_reference=reference,
            opened_at=at,
            closed_at=at,
            closed_by="Booking API",
            value_date=at.date(),
        )
        ledger.post(
            posting, fact=fact(booking, source="transaction", source_id=str(row_id), provider=provider, at=at)
        )
        _tell(booking, kind="payment_received", key=f"payment_received:transaction:{row_id}", at=at)
    return row_id
