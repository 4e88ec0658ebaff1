"""What staff do about an approved payment that could not be charged: have it tried again, or write to the customer.

A try is made by the same run as every other, with everything a charge needs looked at again. A card that its owner must
approve, or that is useless, is not tried on a guess.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.collecting import Event, ImpossibleMove, State
from fareledger.domain.errors import Conflict, NotFound
from fareledger.domain.identity import new_id
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Approval, Collection
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import today
from fareledger.usecases.follow_collection import (
    Stuck,
    ask_customer,
    ask_for_another_way,
    stuck_of,
    take_on,
)
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.queue_email import EmailKind
from fareledger.usecases.send_portal_link import MAILS_AN_HOUR, TooManyLinkEmails, mails_within_the_hour
from fareledger.usecases.tell_collection import Turn, tell_turn

_STUCK: Final = (State.NEEDS_CUSTOMER, State.NEEDS_METHOD, State.WITH_STAFF)


class NoSuchCollection(NotFound):
    """The row has no approved payment that could be collected."""

    def __init__(self) -> None:
        super().__init__(code="collection_not_found", message="This payment is not being collected.")


class NothingToRetry(Conflict):
    """The collection has moved on, or waits for something that a try would not change."""

    def __init__(self) -> None:
        super().__init__(
            code="nothing_to_retry",
            message="This payment has moved on, or waits for its customer; it cannot be tried again now.",
        )


def retry_collection(operator: Operator, *, booking_id: UUID, transaction_id: UUID, actor: Actor) -> None:
    """Have an approved payment charged again now. Raises NotPermitted, NoSuchCollection and NothingToRetry."""
    actor.require(Permission.COMMIT)
    with operator_transaction(operator.id):
        found = _load(operator, booking_id=booking_id, row_id=transaction_id)
        before = found.collection.attempt_id
        try:
            take_on(found.collection, event=Event.TRIED_AGAIN, next_on=today(operator))
        except ImpossibleMove as refusal:
            raise NothingToRetry from refusal
        turn = Turn(
            kind="collection_tried_again",
            text="the charge is tried again at once",
            key=str(before or new_id()),
            actor=actor.name,
        )
        tell_turn(found.row, booking=found.locked.booking, turn=turn)
        enqueue("collect_due", once=f"collect_due:{operator.id}", operator_id=str(operator.id))


def write_again(operator: Operator, *, booking_id: UUID, transaction_id: UUID, actor: Actor) -> str:
    """Email the customer of a stuck payment the link to it once more; return the address it goes to.

    Raises NotPermitted, NoSuchCollection, NothingToRetry and TooManyLinkEmails.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    with operator_transaction(operator.id):
        found = _load(operator, booking_id=booking_id, row_id=transaction_id)
        state = State(found.collection.state)
        if state not in _STUCK:
            raise NothingToRetry
        email, key = found.locked.booking.customer_email, str(new_id())
        wanted = state is State.NEEDS_CUSTOMER
        kind: EmailKind = "charge_needs_you" if wanted else "charge_failed"
        if mails_within_the_hour(operator, kind=kind, email=email) >= MAILS_AN_HOUR:
            raise TooManyLinkEmails
        if wanted:
            ask_customer(found, key=key)
        else:
            ask_for_another_way(found, key=key)
        text = "the customer was sent the link again"
        turn = Turn(kind="collection_link_sent", text=text, key=key, actor=actor.name)
        tell_turn(found.row, booking=found.locked.booking, turn=turn)
    return email


def _load(operator: Operator, *, booking_id: UUID, row_id: UUID) -> Stuck:
    """Lock the booking and find what is being collected; a row without a live consent is not."""
    locked = lock_booking(operator, booking_id=booking_id)
    ours = {"operator_id": operator.id, "booking_id": booking_id, "transaction_id": row_id}
    collection = Collection.objects.filter(**ours).exclude(state=State.ENDED).first()
    approval = Approval.objects.filter(**ours, ended_at=None).first()
    if collection is None or approval is None:
        raise NoSuchCollection
    return stuck_of(operator, locked=locked, collection=collection, mandate_id=approval.mandate_id)
