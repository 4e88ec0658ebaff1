"""Many approved payments that are due today, announced yesterday, at a provider that a test scripts: made in bulk."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.persistence.models import (
    Approval,
    Attempt,
    Booking,
    Collection,
    ConsentEvidence,
    Mandate,
    Transaction,
)
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.clock import now
from fareledger.usecases.create_bookings import create_bookings
from tests.support.approved import TEXT, day_of
from tests.support.bookings import a_trip_in


def many_due(operator: Operator, *, count: int, provider: str, a_time: int = 1000) -> list[UUID]:
    """Sell so many trips of 1,000.00 whose first payment of 300.00 is to be charged today; return the rows' ids."""
    row_ids: list[UUID] = []
    for start in range(0, count, a_time):
        row_ids += _some(operator, count=min(a_time, count - start), provider=provider)
    return row_ids


def _some(operator: Operator, *, count: int, provider: str) -> list[UUID]:
    due = day_of(operator)
    arrival = Arrival(operator=operator, channel="api", actor="Booking API", at=now(), day=due)
    with operator_transaction(operator.id):
        known = set(Booking.objects.filter(operator_id=operator.id).values_list("id", flat=True))
        create_bookings([a_trip_in(200) for _ in range(count)], arrival=arrival)
        sold = [one for one in Booking.objects.filter(operator_id=operator.id) if one.id not in known]
        firsts: dict[UUID, Transaction] = {}
        rows = Transaction.objects.filter(operator_id=operator.id, booking_id__in=[one.id for one in sold])
        for row in rows.order_by("due_date", "id"):
            firsts.setdefault(row.booking_id, row)
        rows.filter(id__in=[row.id for row in firsts.values()]).update(due_date=due, rule_based=False)
        _approve(operator, rows=list(firsts.values()), provider=provider)
    return [row.id for row in firsts.values()]


def _approve(operator: Operator, *, rows: list[Transaction], provider: str) -> None:
    """Write down for each row what its customer's consent and yesterday's notice would have left."""
    moment = datetime.now(UTC)
    attempts = [_set_up(row, provider=provider, moment=moment) for row in rows]
    evidence = [_evidence(row, moment=moment) for row in rows]
    mandates = [_mandate(attempt, moment=moment) for attempt in attempts]
    Attempt.objects.bulk_create(attempts)
    ConsentEvidence.objects.bulk_create(evidence)
    Mandate.objects.bulk_create(mandates)
    Approval.objects.bulk_create(
        Approval(
            operator_id=operator.id,
            id=new_id(),
            booking_id=row.booking_id,
            transaction_id=row.id,
            mandate_id=mandate.id,
            evidence_id=proof.id,
            amount_minor=row.amount_minor,
            currency="GBP",
            earliest_date=day_of(operator),
            approved_at=moment - timedelta(days=9),
        )
        for row, mandate, proof in zip(rows, mandates, evidence, strict=True)
    )
    Collection.objects.bulk_create(
        Collection(
            operator_id=operator.id,
            id=new_id(),
            booking_id=row.booking_id,
            transaction_id=row.id,
            state="waiting",
            next_on=day_of(operator),
            noticed_at=moment - timedelta(days=3),
            announced_minor=row.amount_minor,
            changed_at=moment,
        )
        for row in rows
    )


def _set_up(row: Transaction, *, provider: str, moment: datetime) -> Attempt:
    attempt_id = new_id()
    return Attempt(
        operator_id=row.operator_id,
        id=attempt_id,
        booking_id=row.booking_id,
        provider=provider,
        state="cancelled",
        amount_minor=1,
        currency="GBP",
        channel="portal",
        form_key=f"set-up-{attempt_id}",
        provider_key=f"set-up-{attempt_id}",
        created_at=moment,
        changed_at=moment,
    )


def _evidence(row: Transaction, *, moment: datetime) -> ConsentEvidence:
    return ConsentEvidence(
        operator_id=row.operator_id,
        id=new_id(),
        booking_id=row.booking_id,
        kind="approve_payments",
        text_version="1",
        locale="en-GB",
        text=TEXT,
        text_sha256="0" * 64,
        ip="192.0.2.7",
        user_agent="tests",
        session_id=new_id(),
        given_at=moment,
    )


def _mandate(attempt: Attempt, *, moment: datetime) -> Mandate:
    return Mandate(
        operator_id=attempt.operator_id,
        id=new_id(),
        booking_id=attempt.booking_id,
        provider=attempt.provider,
        provider_method=f"pm_{attempt.id}",
        card_brand="visa",
        card_funding="credit",
        card_last4="4242",
        card_expires="2030-12",
        attempt_id=attempt.id,
        set_up_at=moment,
    )
