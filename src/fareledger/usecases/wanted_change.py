"""What somebody wants of a booking: that it looks as described, that it is cancelled, or that it lives again.

All three come down to one description of the whole booking, so that one set of rules changes it. A cancellation
keeps the prices of what it cancels; which components it was that it cancelled stands on the timeline, and that is
where undoing it looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from fareledger.domain.booking import DISCOUNT, BookingDetails, cancelled
from fareledger.domain.errors import Refused
from fareledger.persistence.models import Booking, TimelineEvent
from fareledger.usecases.booking_state import stored_details


class NothingToCancel(Refused):
    """A booking of discounts only has nothing that could be cancelled."""

    def __init__(self) -> None:
        super().__init__(code="nothing_to_cancel", message="This booking has no component to cancel.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Every component of a booking at its cancellation fee."""

    booking_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reinstatement:
    """A cancelled booking as it was before: what the cancellation cancelled is back at its price."""

    booking_id: UUID


WantedChange = BookingDetails | Cancellation | Reinstatement


def described(wanted: Cancellation | Reinstatement, *, booking: Booking) -> BookingDetails:
    """Describe a locked booking as it would be once cancelled or reinstated; its terms stay as agreed.

    A booking that is so already is described as it is. Raises NothingToCancel.
    """
    details = replace(stored_details(booking), terms=None)
    if isinstance(wanted, Reinstatement):
        return _reinstated(details, booking=booking)
    if all(component.kind == DISCOUNT for component in details.components):
        raise NothingToCancel
    return cancelled(details)


def _reinstated(details: BookingDetails, *, booking: Booking) -> BookingDetails:
    if booking.status != "cancelled":
        return details
    events = _since_cancelled(booking)
    gone = _cancelled_by(events) & {component.id for component in details.components}
    # It came in cancelled, or its components are others by now: then all of them live again.
    everything = not gone
    components = tuple(
        replace(component, cancelled=component.cancelled and not everything and component.id not in gone)
        for component in details.components
    )
    non_payable = _non_payable_before(events, now_minor=details.non_payable_minor)
    return replace(details, components=components, non_payable_minor=non_payable)


def _since_cancelled(booking: Booking) -> list[TimelineEvent]:
    """Read the changes from the one that cancelled the booking on, first one first."""
    changes = TimelineEvent.objects.filter(
        operator_id=booking.operator_id, booking_id=booking.id, kind="booking_changed"
    )
    last = changes.filter(payload__changed__status__after="cancelled").order_by("-seq").first()
    return list(changes.filter(seq__gte=last.seq).order_by("seq")) if last else []


def _cancelled_by(events: Iterable[TimelineEvent]) -> set[str]:
    gone: set[str] = set()
    for event in events:
        parts = event.payload.get("components", {})
        gone |= set(parts.get("cancelled", ()))
        gone -= set(parts.get("reinstated", ()))
    return gone


def _non_payable_before(events: list[TimelineEvent], *, now_minor: int) -> int:
    """Give what was not payable before the cancellation lowered it; what somebody set since then stays."""
    changes = [event.payload.get("changed", {}).get("non_payable_minor") for event in events]
    told = [change for change in changes if change is not None]
    if not told or told[-1]["after"] != now_minor:
        return now_minor
    return int(told[0]["before"]) if len(told) == 1 else now_minor
