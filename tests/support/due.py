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
    moment, due = datetime.now(UTC), day_of(operator)
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
        shared = {"operator_id": operator.id}
        attempts, evidence, mandates, approvals, collections = [], [], [], [], []
        for booking in sold:
            own = {**shared, "booking_id": booking.id}
            row, attempt_id = firsts[booking.id], new_id()
            attempts.append(
                Attempt(
                    **own,
                    id=attempt_id,
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
            )
            evidence.append(
                ConsentEvidence(
                    **own,
                    id=new_id(),
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
            )
            mandates.append(
                Mandate(
                    **own,
                    id=new_id(),
                    provider=provider,
                    provider_method=f"pm_{attempt_id}",
                    card_brand="visa",
                    card_funding="credit",
                    card_last4="4242",
                    card_expires="2030-12",
                    attempt_id=attempt_id,
                    set_up_at=moment,
                )
            )
            approvals.append(
                Approval(
                    **own,
                    id=new_id(),
                    transaction_id=row.id,
                    mandate_id=mandates[-1].id,
                    evidence_id=evidence[-1].id,
                    amount_minor=row.amount_minor,
                    currency="GBP",
                    earliest_date=due,
                    approved_at=moment - timedelta(days=9),
                )
            )
            collections.append(
                Collection(
                    **own,
                    id=new_id(),
                    transaction_id=row.id,
                    state="waiting",
                    next_on=due,
                    noticed_at=moment - timedelta(days=3),
                    changed_at=moment,
                )
            )
        for model, made in (
            (Attempt, attempts),
            (ConsentEvidence, evidence),
            (Mandate, mandates),
            (Approval, approvals),
            (Collection, collections),
        ):
            model.objects.bulk_create(made)  # type: ignore[attr-defined]  # each is a tenant table
    return [firsts[booking.id].id for booking in sold]
