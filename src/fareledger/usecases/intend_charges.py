"""The first of the three steps of collecting: claims due rows in a batch and commits an attempt for each (P1).

Everything a charge needs stands under the lock of its booking when it is looked at: a live consent that covers it, a
stored card, an open row that nobody is paying, and as much left to pay (P2, P8). It calls no provider.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from fareledger.domain.approvals import Consent, covers
from fareledger.domain.collecting import Due, Event, Verdict, charge_day, verdict_of
from fareledger.domain.identity import new_id
from fareledger.domain.payment_machine import State
from fareledger.persistence import queries
from fareledger.persistence.ledger import Event as TimelineEvent
from fareledger.persistence.ledger import append_many
from fareledger.persistence.models import Attempt, AttemptCover, Collection
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import ProviderAccount, SavedCardRequest
from fareledger.usecases.clock import now, today
from fareledger.usecases.follow_collection import (
    NO_ACCOUNT,
    TOO_MUCH,
    Stuck,
    card_is_gone,
    hand_over,
    stuck_of,
    take_on,
)
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.provider_accounts import NoProviderAccount, load_account
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.tell_collection import WORKER

log = logging.getLogger(__name__)

FIRST: Final = (date.min, UUID(int=0))
CHANNEL: Final = "schedule"
_NO_ACCOUNT: Final = "There is no account at the provider that keeps the card."
_MORE: Final = "More was approved for this row than is left to pay."

Place = tuple[date, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A committed attempt that may now be sent to the provider, once."""

    attempt_id: UUID
    booking_id: UUID
    account: ProviderAccount
    request: SavedCardRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one batch came to: the charges to send, and the place in the row of due ones to go on from."""

    charges: tuple[Charge, ...]
    last: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A claim in the making."""

    operator: Operator
    today: date
    moment: datetime

    @property
    def arguments(self) -> dict[str, Any]:
        """What every query of a run is told."""
        begins = datetime.combine(self.today, time(0), tzinfo=self.operator.time_zone)
        return {"operator_id": self.operator.id, "today": self.today, "day_begins": begins}


@retried_on_deadlock
def intend_charges(operator: Operator, *, after: Place = FIRST, limit: int) -> Claim:
    """Claim the next due rows after a place, at most `limit`, and commit what is to be sent for them.

    Rows of bookings that somebody works on just now are left for the next run.
    """
    run = _Run(operator=operator, today=today(operator), moment=now())
    with operator_transaction(operator.id):
        place = {"after_day": after[0], "after": after[1], "limit": limit}
        found = queries.rows("collection.due", arguments={**run.arguments, **place})
        if not found:
            return Claim(charges=(), last=None)
        wanted = {"booking_ids": [row["booking_id"] for row in found]}
        held = queries.rows("collection.lock_bookings", arguments={**run.arguments, **wanted})
        arguments = {
            **run.arguments,
            "ids": [row["id"] for row in found],
            "booking_ids": [row["id"] for row in held],
        }
        standing = queries.rows("collection.standing", arguments=arguments) if held else []
        chargeable = _chargeable(run, standing=standing)
        accounts = _accounts(run, rows=chargeable)
        _leave_to_staff(run, rows=[row for row in chargeable if row["provider"] not in accounts])
        kept = [row for row in chargeable if row["provider"] in accounts]
        charges = _submit(run, rows=kept, accounts=accounts)
    return Claim(charges=charges, last=(found[-1]["next_on"], found[-1]["id"]))


def _chargeable(run: _Run, *, standing: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what is charged now; what is not is moved to where it belongs."""
    charged: list[Mapping[str, Any]] = []
    spent: dict[UUID, int] = defaultdict(int)
    for row in standing:
        verdict = _verdict(run, row=row, spent_minor=spent[row["booking_id"]])
        if verdict == "charge":
            spent[row["booking_id"]] += row["amount_minor"]
            charged.append(row)
        elif verdict != "being_paid":
            _put_aside(run, row=row, verdict=verdict)
    return charged


def _verdict(run: _Run, *, row: Mapping[str, Any], spent_minor: int) -> Verdict:
    charge_on = charge_day(row["due_date"], earliest=row["earliest_date"])
    consent = Consent(
        amount_minor=row["agreed_minor"], currency=row["agreed_currency"], earliest_date=row["earliest_date"]
    )
    on_its_way_minor = row["on_its_way_minor"] + spent_minor
    verdict = verdict_of(
        Due(
            open=row["open"],
            agreed=covers(consent, amount_minor=row["amount_minor"], currency=row["currency"], on=charge_on),
            card_usable=row["mandate_id"] is not None and row["mandate_lives"],
            being_paid=row["being_paid"],
            amount_minor=row["amount_minor"],
            left_minor=row["outstanding_minor"] - on_its_way_minor,
            charge_on=charge_on,
        ),
        today=run.today,
    )
    # What is being paid otherwise may come to nothing; then this is charged by a later run.
    return "being_paid" if verdict == "too_much" and on_its_way_minor else verdict


def _put_aside(run: _Run, *, row: Mapping[str, Any], verdict: Verdict) -> None:
    operator = run.operator
    collection = Collection.objects.get(operator_id=operator.id, id=row["collection_id"])
    if verdict == "not_agreed":
        take_on(collection, event=Event.ENDED)
        return
    if verdict == "not_yet":
        # The row is due later by now: its day is announced anew.
        collection.noticed_at = None
        take_on(
            collection,
            event=Event.BEGUN,
            next_on=charge_day(row["due_date"], earliest=row["earliest_date"]),
        )
        return
    stuck = _untried(run, row=row, collection=collection)
    if verdict == "card_gone":
        card_is_gone(stuck)
    else:
        collection.failure_code, collection.failure_message = TOO_MUCH, _MORE
        hand_over(
            stuck, text="more was approved than is left to pay, so nothing was charged", tell_customer=False
        )


def _untried(run: _Run, *, row: Mapping[str, Any], collection: Collection) -> Stuck:
    locked = lock_booking(run.operator, booking_id=row["booking_id"])
    collection.attempt_id = None
    return stuck_of(run.operator, locked=locked, collection=collection, mandate_id=row["mandate_id"])


def _accounts(run: _Run, *, rows: Iterable[Mapping[str, Any]]) -> dict[str, ProviderAccount]:
    """Load the account at each provider that keeps one of the cards; those that are gone are left out."""
    accounts: dict[str, ProviderAccount] = {}
    for provider in {row["provider"] for row in rows}:
        try:
            accounts[provider] = load_account(run.operator, provider=provider)
        except NoProviderAccount:
            log.exception("approved payments are due at %s, where there is no account", provider)
    return accounts


def _leave_to_staff(run: _Run, *, rows: Iterable[Mapping[str, Any]]) -> None:
    """Hand over what nobody can charge: the account at the provider that keeps the card is gone."""
    for row in rows:
        collection = Collection.objects.get(operator_id=run.operator.id, id=row["collection_id"])
        collection.failure_code, collection.failure_message = NO_ACCOUNT, _NO_ACCOUNT
        text = f"the card is kept at {row['provider']}, where there is no account any more"
        hand_over(_untried(run, row=row, collection=collection), text=text, tell_customer=False)


def _submit(
    run: _Run, *, rows: list[Mapping[str, Any]], accounts: Mapping[str, ProviderAccount]
) -> tuple[Charge, ...]:
    """Write the attempts, their covers and their story, and move the collections, all at once."""
    if not rows:
        return ()
    attempts = [_attempt(run, row=row) for row in rows]
    Attempt.objects.bulk_create(attempts)
    AttemptCover.objects.bulk_create(
        AttemptCover(
            operator_id=run.operator.id,
            id=new_id(),
            attempt_id=attempt.id,
            transaction_id=row["row_id"],
            row_minor=row["amount_minor"],
        )
        for attempt, row in zip(attempts, rows, strict=True)
    )
    queries.execute(
        "collection.submit",
        arguments={
            "operator_id": run.operator.id,
            "at": run.moment,
            "ids": [row["collection_id"] for row in rows],
            "attempt_ids": [attempt.id for attempt in attempts],
        },
    )
    append_many(_started(run, attempt=one, row=row) for one, row in zip(attempts, rows, strict=True))
    return tuple(
        Charge(
            attempt_id=attempt.id,
            booking_id=attempt.booking_id,
            account=accounts[row["provider"]],
            request=_request(run, attempt=attempt, row=row),
        )
        for attempt, row in zip(attempts, rows, strict=True)
    )


def _attempt(run: _Run, *, row: Mapping[str, Any]) -> Attempt:
    attempt_id = new_id()
    return Attempt(
        operator_id=run.operator.id,
        id=attempt_id,
        booking_id=row["booking_id"],
        provider=row["provider"],
        state=State.INTENDED,
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        channel=CHANNEL,
        method="credit_card",
        mandate_id=row["mandate_id"],
        off_session=True,
        form_key=f"collect-{attempt_id}",
        provider_key=f"attempt-{attempt_id}",
        next_ask_at=run.moment + timedelta(seconds=wait_s(State.INTENDED, asked=0) or 0),
        created_at=run.moment,
        changed_at=run.moment,
    )


def _started(run: _Run, *, attempt: Attempt, row: Mapping[str, Any]) -> TimelineEvent:
    card = f"{row['card_brand'].capitalize() or 'Card'} ending {row['card_last4']}"
    return TimelineEvent(
        operator_id=run.operator.id,
        booking_id=attempt.booking_id,
        kind="attempt_started",
        actor=WORKER,
        occurred_at=run.moment,
        payload={
            "text": f"Approved payment charged to {card}",
            "amount_minor": attempt.amount_minor,
            "currency": attempt.currency,
            "channel": attempt.channel,
            "attempt_id": str(attempt.id),
        },
        source_key=f"attempt:{attempt.id}:started",
    )


def _request(run: _Run, *, attempt: Attempt, row: Mapping[str, Any]) -> SavedCardRequest:
    return SavedCardRequest(
        attempt_id=attempt.id,
        idempotency_key=attempt.provider_key,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=f"{run.operator.name} {row['reference']}",
        payment_method=row["provider_method"],
        locale=row["customer_locale"],
    )
