"""Saves a change of a booking for which somebody answers: what was previewed, and the customer hears of it.

Other ways in, such as an import, go through `accept_booking.py` and tell the customer nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import Accepted
from fareledger.usecases.carry_out_change import carry_out, change_arrival
from fareledger.usecases.change_views import ChangePreview
from fareledger.usecases.issue_invoice import invoice_by_terms
from fareledger.usecases.queue_email import queue_change
from fareledger.usecases.wanted_change import WantedChange


class PreviewOutdated(Conflict):
    """Saving would no longer do what was previewed: somebody was quicker, or a day has passed.

    `preview` is what it would do now.
    """

    def __init__(self, preview: ChangePreview) -> None:
        super().__init__(
            code="preview_outdated",
            message="Nothing was saved: the booking has moved on since this preview was made.",
        )
        self.preview = preview


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How a change is to be saved: by which channel, on which conditions, and whether the customer is emailed.

    `expected_version` is the version the sender last read and `previewed` the mark of the preview they saw, where they
    care; without `notify` the customer hears nothing.
    """

    channel: str
    expected_version: int | None = None
    previewed: str = ""
    notify: bool = True


@retried_on_deadlock
def save_change(operator: Operator, *, wanted: WantedChange, actor: Actor, handling: Handling) -> Accepted:
    """Save a description, a cancellation or a reinstatement, in one transaction of its own.

    The same one again changes nothing and is no conflict. Raises NotPermitted, InvalidBooking, CurrencyNotSold,
    CurrencyFixed, VersionMismatch, PreviewOutdated, BookingNotFound, NothingToCancel and PaymentRecordedOtherwise.
    """
    actor.require(Permission.CHANGE_BOOKINGS)
    arrival = change_arrival(operator, wanted=wanted, channel=handling.channel, actor=actor)
    with operator_transaction(operator.id):
        done = carry_out(wanted, arrival=arrival, expected_version=handling.expected_version)
        new = done.accepted.outcome != "unchanged"
        if new and handling.previewed not in ("", done.preview.mark):
            raise PreviewOutdated(done.preview)
        facts = done.preview.facts
        if handling.notify and facts is not None:
            queue_change(operator, booking=done.booking, facts=facts)
        # A correction that the customer does not hear of leaves their invoice as it is; a new booking always has one.
        if new and (handling.notify or done.accepted.outcome == "created"):
            by = arrival.actor
            invoice_by_terms(operator, booking=done.booking, issued_by=by, notify=handling.notify)
        return done.accepted
