"""Takes the collection of an approved payment on when its charge has ended, or when its row was settled otherwise.

Called inside the transaction that records an outcome, under the booking's lock, so that a row's state, its story and
the customer's email never disagree. It charges nothing: `collect_due.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from fareledger.domain.collecting import Event, Habits, State, move, next_try
from fareledger.domain.payment_machine import State as AttemptState
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Approval, Attempt, AttemptCover, Collection, Mandate, Transaction
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import DeclineKind
from fareledger.usecases.clock import now, today
from fareledger.usecases.crash_points import reached
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.tell_collection import ChargeLetter, Turn, tell_turn, write_to_customer

Decline = DeclineKind | Literal[""]
# What the charge rested on changed before it was sent; the next run decides anew.
CHANGED: Final = "changed_before_charge"
# The provider never had the charge: nothing was tried, and another attempt may be made.
NOT_CHARGED: Final = frozenset({"provider_unavailable", "never_reached", CHANGED})
CARD_GONE: Final = "card_gone"
TOO_MUCH: Final = "more_than_is_left"
NO_ACCOUNT: Final = "no_provider_account"
_GONE: Final = "The stored card was removed, so nothing can be charged to it."
_AGAIN_AFTER_S: Final = 600


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A collection with all that telling of it needs."""

    operator: Operator
    locked: LockedBooking
    collection: Collection
    row: Transaction
    mandate: Mandate

    @property
    def key(self) -> str:
        """Name this turn: a try has one outcome, and without a try a day has one."""
        return str(self.collection.attempt_id or today(self.operator))


def note(operator: Operator, *, locked: LockedBooking, attempt: Attempt, decline: Decline = "") -> None:
    """Take the collections on that an attempt concerns which has just ended; does nothing for any other.

    `decline` says of a failure whether a new charge can help. Needs the booking's lock.
    """
    if attempt.state == AttemptState.SUCCEEDED:
        end_settled(locked)
        return
    if attempt.mandate_id is None:
        return
    found = _of_attempt(operator, locked=locked, attempt=attempt)
    if found is None:
        return
    reached("before_collection_noted")
    if not attempt.off_session:
        _note_with_customer(found, attempt=attempt, decline=decline)
        return
    found.collection.failure_code = attempt.failure_code
    found.collection.failure_message = attempt.failure_message
    _note_failure(found, attempt=attempt, decline=decline)


def end_settled(locked: LockedBooking) -> None:
    """End the collections of a locked booking's rows that are no longer open."""
    still_open = [row.id for row in locked.transactions if row.status == "open"]
    booking = locked.booking
    running = Collection.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    running.exclude(state=State.ENDED).exclude(transaction_id__in=still_open).update(
        state=State.ENDED, next_on=None, changed_at=now()
    )


def end_without_consent(operator_id: UUID, *, row_ids: Iterable[UUID]) -> None:
    """End the collections of rows whose approval has just ended; a charge that is under way has its outcome first."""
    waiting = Collection.objects.filter(operator_id=operator_id, transaction_id__in=list(row_ids))
    waiting.exclude(state__in=(State.CHARGING, State.ENDED)).update(
        state=State.ENDED, next_on=None, changed_at=now()
    )


def waits_for_owner(operator_id: UUID, *, row_id: UUID, mandate_id: UUID, amount_minor: int) -> bool:
    """Say whether a row's approved charge of this amount (minor units), to this card, waits for its owner.

    Call it inside the operator's transaction, under the booking's lock.
    """
    of_row = {"operator_id": operator_id, "transaction_id": row_id}
    agreed = Approval.objects.filter(
        **of_row, ended_at=None, mandate_id=mandate_id, amount_minor__gte=amount_minor
    )
    return Collection.objects.filter(**of_row, state=State.NEEDS_CUSTOMER).exists() and agreed.exists()


def take_on(collection: Collection, *, event: Event, next_on: date | None = None) -> None:
    """Move a collection by an event and save it. Raises ImpossibleMove."""
    collection.state = move(State(collection.state), event=event)
    collection.next_on, collection.changed_at = next_on, now()
    collection.save()


def card_is_gone(found: Stuck) -> None:
    """Say that there is no card any more that the payment could be charged to."""
    found.collection.failure_code, found.collection.failure_message = CARD_GONE, _GONE
    want_another_card(found)


def want_another_card(found: Stuck) -> None:
    """Say that this card will not do, to the customer and on the booking."""
    _tell(found, kind="collection_needs_method", text=f"another card or way to pay is needed: {_why(found)}")
    take_on(found.collection, event=Event.CARD_USELESS)
    _write(found, kind="charge_failed", facts={"retry_on": None, "reason": found.collection.failure_code})


def hand_over(found: Stuck, *, text: str, tell_customer: bool) -> None:
    """Leave a collection to staff."""
    _tell(found, kind="collection_needs_staff", text=text)
    take_on(found.collection, event=Event.HANDED_OVER)
    if tell_customer:
        _write(found, kind="charge_failed", facts={"retry_on": None, "reason": found.collection.failure_code})


def ask_customer(found: Stuck, *, key: str = "") -> UUID | None:
    """Email the customer a link to approve this charge at their bank; None when that email was queued before."""
    return _write(found, kind="charge_needs_you", facts={}, key=key)


def ask_for_another_way(found: Stuck, *, key: str) -> UUID | None:
    """Email the customer once more that another card or way to pay is needed."""
    facts = {"retry_on": None, "reason": found.collection.failure_code}
    return _write(found, kind="charge_failed", facts=facts, key=key)


def _note_with_customer(found: Stuck, *, attempt: Attempt, decline: Decline) -> None:
    """A charge with its owner there was refused: for good, the card is useless; otherwise they may try again."""
    if attempt.state == AttemptState.FAILED and decline == "hard":
        found.collection.failure_code = attempt.failure_code
        found.collection.failure_message = attempt.failure_message
        _tell(found, kind="collection_needs_method", text=f"another card is needed: {_why(found)}")
        take_on(found.collection, event=Event.CARD_USELESS)


def _note_failure(found: Stuck, *, attempt: Attempt, decline: Decline) -> None:
    collection, day = found.collection, today(found.operator)
    if not _agreed(found):
        take_on(collection, event=Event.ENDED)
    elif attempt.problem or attempt.failure_code == "provider_misconfigured":
        hand_over(found, text="the provider and we disagree about this charge", tell_customer=False)
    elif attempt.failure_code in NOT_CHARGED:
        take_on(collection, event=Event.NOT_CHARGED, next_on=day)
        _charge_again_soon(found.operator)
    elif decline == "authentication":
        _tell(found, kind="collection_needs_customer", text="the bank wants the customer to approve it")
        take_on(collection, event=Event.OWNER_WANTED)
        ask_customer(found)
    elif decline == "soft":
        _climb(found, day=day)
    else:
        want_another_card(found)


def _climb(found: Stuck, *, day: date) -> None:
    """Try again on the operator's ladder; after its last rung staff take over."""
    collection = found.collection
    collection.tries += 1
    habits = Habits.from_json(found.operator.collecting)
    again_on = next_try(collection.tries, tried_on=day, habits=habits)
    if again_on is None:
        hand_over(
            found,
            text=f"declined {collection.tries} times, the last time because: {_why(found)}",
            tell_customer=True,
        )
        return
    _tell(
        found,
        kind="collection_retrying",
        text=f"declined: {_why(found)} It is charged again on {again_on:%d %B %Y}",
        next_on=again_on,
    )
    take_on(collection, event=Event.TRY_LATER, next_on=again_on)
    facts = {"retry_on": again_on.isoformat(), "reason": collection.failure_code}
    _write(found, kind="charge_failed", facts=facts)


def _of_attempt(operator: Operator, *, locked: LockedBooking, attempt: Attempt) -> Stuck | None:
    ours = Collection.objects.filter(operator_id=operator.id, booking_id=locked.booking.id)
    if attempt.off_session:
        collection = ours.filter(attempt_id=attempt.id, state=State.CHARGING).first()
    else:
        covered = attempt_rows(attempt)
        collection = ours.filter(transaction_id__in=covered, state=State.NEEDS_CUSTOMER).first()
    if collection is None or attempt.mandate_id is None:
        return None
    return stuck_of(operator, locked=locked, collection=collection, mandate_id=attempt.mandate_id)


def attempt_rows(attempt: Attempt) -> list[UUID]:
    """Return the rows of the plan that an attempt covers."""
    covers = AttemptCover.objects.filter(operator_id=attempt.operator_id, attempt_id=attempt.id)
    return list(covers.values_list("transaction_id", flat=True))


def stuck_of(operator: Operator, *, locked: LockedBooking, collection: Collection, mandate_id: UUID) -> Stuck:
    """Put together what telling of a collection needs, inside the caller's operator transaction."""
    return Stuck(
        operator=operator,
        locked=locked,
        collection=collection,
        row=Transaction.objects.get(operator_id=operator.id, id=collection.transaction_id),
        mandate=Mandate.objects.get(operator_id=operator.id, id=mandate_id),
    )


def _agreed(found: Stuck) -> bool:
    lasting = Approval.objects.filter(
        operator_id=found.operator.id, transaction_id=found.row.id, ended_at=None
    )
    return found.row.status == "open" and lasting.exists()


def _tell(found: Stuck, *, kind: str, text: str, next_on: date | None = None) -> None:
    turn = Turn(kind=kind, text=text, key=found.key, next_on=next_on, code=found.collection.failure_code)
    tell_turn(found.row, booking=found.locked.booking, turn=turn)


def _write(
    found: Stuck,
    *,
    kind: Literal["charge_needs_you", "charge_failed"],
    facts: Mapping[str, object],
    key: str = "",
) -> UUID | None:
    letter = ChargeLetter(kind=kind, key=key or f"{found.row.id}:{found.key}", links=True, facts=facts)
    return write_to_customer(
        found.operator, booking=found.locked.booking, row=found.row, mandate=found.mandate, letter=letter
    )


def _why(found: Stuck) -> str:
    return found.collection.failure_message or found.collection.failure_code or "no reason given."


def _charge_again_soon(operator: Operator) -> None:
    enqueue(
        "collect_due",
        delay_s=_AGAIN_AFTER_S,
        once=f"collect-again:{operator.id}",
        operator_id=str(operator.id),
    )
