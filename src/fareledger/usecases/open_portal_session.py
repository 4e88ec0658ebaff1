"""Lets a customer in through a one-time link, and remembers the visit for a while.

Looking at a link spends nothing and tells nothing but its state: mail scanners open links. A session sees one
booking of one operator, and ends by the wall clock. Making links is `send_portal_link.py`; other ways in are
`sign_in_by_reference.py` and, for staff, `view_as_customer.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import Q

from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, PortalLink, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now, wall_clock
from fareledger.usecases.portal_tokens import new_secret, token_hash

LinkState = Literal["ready", "used", "expired", "replaced", "unknown"]
Viewer = Literal["customer", "staff"]

IDLE: Final = timedelta(minutes=15)
ABSOLUTE: Final = timedelta(hours=2)
# Writing `seen_at` on every request would make each page a write; a minute is exact enough for 15.
_SEEN_EVERY: Final = timedelta(minutes=1)
_MASK: Final = "•"


class LinkNotUsable(Conflict):
    """A link that opens nothing any more; `state` says why, `booking_id` which booking it was for."""

    def __init__(self, *, state: LinkState, booking_id: UUID | None) -> None:
        super().__init__(code=f"link_{state}", message=f"The link is {state}.")
        self.state = state
        self.booking_id = booking_id


@dataclass(frozen=True)
class LinkView:
    """What may be said of a link to whoever holds its address: its state and a masked reference."""

    state: LinkState
    masked_reference: str = ""


@dataclass(frozen=True)
class OpenedSession:
    """A visit that has just begun; `token` goes into the cookie and nowhere else."""

    token: str
    booking_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class Entry:
    """How somebody comes in: as whom, whether that proves that the booking's mailbox is theirs, and for which row's
    charge they were asked in.
    """

    viewer: Viewer
    proven: bool = False
    charge_row: UUID | None = None


@dataclass(frozen=True)
class Visit:
    """A running visit: which booking it sees, whether a customer or staff is looking, whether that customer has shown
    that the booking's mailbox is theirs, and for which row's charge they were asked in, if for any.
    """

    session_id: UUID
    booking_id: UUID
    viewer: Viewer
    proven: bool
    charge_row: UUID | None = None

    @property
    def may_pay(self) -> bool:
        """Say whether this visit may move money; staff only look."""
        return self.viewer == "customer"


def look_at_link(operator: Operator, *, token: str) -> LinkView:
    """Tell the state of a link without spending it."""
    with operator_transaction(operator.id):
        link = _link_of(operator, token=token)
        if link is None:
            return LinkView(state="unknown")
        booking = Booking.objects.only("reference").get(operator_id=operator.id, id=link.booking_id)
        return LinkView(state=_state_of(link, at=now()), masked_reference=masked(booking.reference))


def spend_link(operator: Operator, *, token: str) -> OpenedSession:
    """Use a link up and begin the customer's visit. Raises LinkNotUsable, also for the loser of a race."""
    moment = now()
    with operator_transaction(operator.id):
        spent = PortalLink.objects.filter(
            operator_id=operator.id,
            token_sha256=token_hash(token),
            used_at=None,
            replaced_at=None,
            expires_at__gt=moment,
        ).update(used_at=moment)
        link = _link_of(operator, token=token)
        if link is None:
            raise LinkNotUsable(state="unknown", booking_id=None)
        if not spent:
            raise LinkNotUsable(state=_state_of(link, at=moment), booking_id=link.booking_id)
        # A link that staff sent or copied has been in other hands than the customer's.
        entry = Entry(viewer="customer", proven=link.asked_by == "customer", charge_row=link.charge_row)
        opened = begin_visit(operator, booking_id=link.booking_id, entry=entry)
        tell_entry(operator, booking_id=link.booking_id, text="Portal opened with a one-time link")
    return opened


def begin_visit(operator: Operator, *, booking_id: UUID, entry: Entry) -> OpenedSession:
    """Write a new session inside the caller's operator transaction; old ones that ran out are swept away."""
    moment, token = wall_clock(), new_secret()
    PortalSession.objects.filter(_ended(moment), operator_id=operator.id, booking_id=booking_id).delete()
    expires_at = moment + ABSOLUTE
    PortalSession.objects.create(
        operator_id=operator.id,
        id=new_id(),
        booking_id=booking_id,
        token_sha256=token_hash(token),
        viewer=entry.viewer,
        created_at=moment,
        seen_at=moment,
        expires_at=expires_at,
        proven_at=moment if entry.proven else None,
        charge_row=entry.charge_row,
    )
    return OpenedSession(token=token, booking_id=booking_id, expires_at=expires_at)


def tell_entry(operator: Operator, *, booking_id: UUID, text: str) -> None:
    """Write into the booking's timeline how its customer came in."""
    append_timeline(
        Event(
            operator_id=operator.id,
            booking_id=booking_id,
            kind="portal_opened",
            actor="Customer",
            occurred_at=now(),
            payload={"text": text},
        )
    )


def session_of(operator: Operator, *, token: str) -> Visit | None:
    """Return the running visit of a cookie's token, or None when there is none (any more)."""
    if not token:
        return None
    moment = wall_clock()
    with operator_transaction(operator.id):
        sessions = PortalSession.objects.filter(operator_id=operator.id, token_sha256=token_hash(token))
        session = sessions.exclude(_ended(moment)).first()
        if session is None:
            return None
        if moment - session.seen_at > _SEEN_EVERY:
            sessions.update(seen_at=moment)
    return Visit(
        session_id=session.id,
        booking_id=session.booking_id,
        viewer="staff" if session.viewer == "staff" else "customer",
        proven=session.viewer == "customer" and session.proven_at is not None,
        charge_row=session.charge_row,
    )


def end_session(operator: Operator, *, token: str) -> None:
    """End a visit; an unknown token is no error."""
    with operator_transaction(operator.id):
        PortalSession.objects.filter(operator_id=operator.id, token_sha256=token_hash(token)).delete()


def masked(reference: str) -> str:
    """Hide a reference but for its prefix and first digit: "TRV-48213" becomes "TRV-4••••"."""
    first_digit = next((place for place, sign in enumerate(reference) if sign.isdigit()), 0)
    shown = min(first_digit + 1, len(reference) // 2 + 1)
    return reference[:shown] + _MASK * (len(reference) - shown)


def _ended(moment: datetime) -> Q:
    return Q(expires_at__lte=moment) | Q(seen_at__lte=moment - IDLE)


def _link_of(operator: Operator, *, token: str) -> PortalLink | None:
    return PortalLink.objects.filter(operator_id=operator.id, token_sha256=token_hash(token)).first()


def _state_of(link: PortalLink, *, at: datetime) -> LinkState:
    if link.used_at:
        return "used"
    if link.replaced_at:
        return "replaced"
    return "expired" if link.expires_at <= at else "ready"
