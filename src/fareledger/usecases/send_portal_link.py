"""Makes the one-time links that open a booking in the portal, and emails them.

A newer link replaces the older ones of its booking, and one about a charge those about that charge. However a link is
asked for, an address gets three an hour. Opening one is `open_portal_session.py`; what the email says is drawn when it
is sent.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.utils.crypto import constant_time_compare

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.domain.wording import reference_key
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, EmailMessage, PortalLink
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.portal_address import portal_root
from fareledger.usecases.portal_tokens import link_token, new_secret, token_hash
from fareledger.usecases.queue_email import EmailKind, Letter, queue_email
from fareledger.usecases.show_booking import BookingNotFound

AskedBy = Literal["customer", "operator"]

LIFETIME: Final = {"customer": timedelta(minutes=10), "operator": timedelta(hours=72)}
MAILS_AN_HOUR: Final = 3
# A request is answered no faster than this, so that its time does not tell whether the booking exists.
EVEN_ANSWER_S: Final = 0.2


class TooManyLinkEmails(Refused):
    """An address has had as many links as one hour allows."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_link_emails",
            message=f"This address has had {MAILS_AN_HOUR} links within an hour. Copy a link, or wait.",
        )


@dataclass(frozen=True, kw_only=True)
class ChargeLink:
    """What a link is about that is sent for one charge; with `may_charge` its visit may approve that charge."""

    row_id: UUID
    may_charge: bool


@dataclass(frozen=True)
class MadeLink:
    """A link that was just made. The URL opens the booking, so it is shown once and never stored."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class SentLink:
    """A link that is on its way by email."""

    to_email: str
    expires_at: datetime


def link_url(operator: Operator, *, token: str, wanted: str = "") -> str:
    """Return the public address of a magic link; `wanted` is the page below the portal it leads on to."""
    onwards = f"?{urlencode({'next': wanted})}" if wanted else ""
    return f"{portal_root(operator)}link/{token}{onwards}"


def create_portal_link(operator: Operator, *, booking_id: UUID, asked_by: AskedBy, actor: Actor) -> MadeLink:
    """Make a link for somebody to hand on, replacing older ones. Raises NotPermitted and BookingNotFound."""
    actor.require(Permission.CONTACT_CUSTOMERS)
    with operator_transaction(operator.id):
        booking = _locked_booking(operator, booking_id=booking_id)
        seed, expires_at = make_link(operator, booking=booking, asked_by=asked_by)
        _tell(operator, booking=booking, kind="link_created", actor=actor.name, text="One-time pay link made")
    return MadeLink(url=link_url(operator, token=link_token(seed)), expires_at=expires_at)


def send_portal_link(operator: Operator, *, booking_id: UUID, asked_by: AskedBy, actor: Actor) -> SentLink:
    """Email a new link to the booking's customer.

    Raises NotPermitted, BookingNotFound and TooManyLinkEmails.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    with operator_transaction(operator.id):
        booking = _locked_booking(operator, booking_id=booking_id)
        return email_link(operator, booking=booking, asked_by=asked_by, actor=actor.name)


def request_portal_link(operator: Operator, *, reference: str, email: str, wanted: str = "") -> None:
    """Email a link if reference and email belong to one booking; the caller learns nothing either way.

    `wanted` is the page below the portal that the link leads on to.

    A fourth request within an hour sends nothing: the mails that went before say what to do.
    """
    begun = time.monotonic()
    with operator_transaction(operator.id):
        booking = Booking.objects.filter(
            operator_id=operator.id, reference_key=reference_key(reference)[:40]
        ).first()
        known = booking.customer_email if booking else ""
        if booking and constant_time_compare(known.casefold(), email.strip().casefold()):
            _email_quietly(operator, booking_id=booking.id, wanted=wanted)
    answer_evenly(begun)


def request_link_again(operator: Operator, *, token: str, wanted: str = "") -> None:
    """Email a new link to the booking that an older link, of any state, belongs to; do nothing otherwise."""
    begun = time.monotonic()
    with operator_transaction(operator.id):
        old = PortalLink.objects.filter(operator_id=operator.id, token_sha256=token_hash(token)).first()
        if old:
            _email_quietly(operator, booking_id=old.booking_id, wanted=wanted)
    answer_evenly(begun)


def answer_evenly(begun: float) -> None:
    """Wait until as much time has gone by since `begun`, on the monotonic clock, as every answer takes."""
    time.sleep(max(0.0, EVEN_ANSWER_S - (time.monotonic() - begun)))


def lock_address(operator: Operator, *, email: str) -> None:
    """Let one transaction at a time decide whether an address gets another email."""
    lock_name(operator.id, text=f"portal mail to {email.upper()}")


def mails_within_the_hour(operator: Operator, *, kind: EmailKind, email: str) -> int:
    """Return how many emails of a kind an address, in any spelling of its letters, was sent within the last hour."""
    return EmailMessage.objects.filter(
        operator_id=operator.id, kind=kind, to_email__iexact=email, queued_at__gt=now() - timedelta(hours=1)
    ).count()


def _email_quietly(operator: Operator, *, booking_id: UUID, wanted: str) -> None:
    booking = _locked_booking(operator, booking_id=booking_id)
    try:
        email_link(operator, booking=booking, asked_by="customer", actor="Customer", wanted=wanted)
    except TooManyLinkEmails:
        return


def _locked_booking(operator: Operator, *, booking_id: UUID) -> Booking:
    booking = Booking.objects.select_for_update().filter(operator_id=operator.id, id=booking_id).first()
    if booking is None:
        raise BookingNotFound(booking_id)
    return booking


def email_link(
    operator: Operator, *, booking: Booking, asked_by: AskedBy, actor: str, wanted: str = ""
) -> SentLink:
    """Queue a new link to a locked booking's customer, inside the caller's operator transaction.

    Raises TooManyLinkEmails.
    """
    lock_address(operator, email=booking.customer_email)
    if mails_within_the_hour(operator, kind="portal_link", email=booking.customer_email) >= MAILS_AN_HOUR:
        raise TooManyLinkEmails
    seed, expires_at = make_link(operator, booking=booking, asked_by=asked_by)
    letter = Letter(
        kind="portal_link",
        source_key=f"portal_link:{token_hash(link_token(seed))}",
        payload={
            "link_seed": seed,
            "expires_at": expires_at.isoformat(),
            "asked_by": asked_by,
            "wanted": wanted,
        },
    )
    queue_email(operator, booking=booking, letter=letter)
    _tell(
        operator, booking=booking, kind="link_sent", actor=actor, text="One-time link emailed to the customer"
    )
    return SentLink(to_email=booking.customer_email, expires_at=expires_at)


def make_link(
    operator: Operator, *, booking: Booking, asked_by: AskedBy, about: ChargeLink | None = None
) -> tuple[str, datetime]:
    """Make a link for a locked booking inside the caller's operator transaction, replacing older ones about the same.

    Returns the seed of its token and when it expires.
    """
    moment, seed = now(), new_secret()
    expires_at = moment + LIFETIME[asked_by]
    about_row = about.row_id if about else None
    unused = PortalLink.objects.filter(
        operator_id=operator.id, booking_id=booking.id, used_at=None, replaced_at=None
    )
    unused.filter(about_row=about_row).update(replaced_at=moment)
    PortalLink.objects.create(
        operator_id=operator.id,
        id=new_id(),
        booking_id=booking.id,
        token_sha256=token_hash(link_token(seed)),
        asked_by=asked_by,
        about_row=about_row,
        charge_row=about_row if about and about.may_charge else None,
        created_at=moment,
        expires_at=expires_at,
    )
    return seed, expires_at


def _tell(operator: Operator, *, booking: Booking, kind: str, actor: str, text: str) -> None:
    append_timeline(
        Event(
            operator_id=operator.id,
            booking_id=booking.id,
            kind=kind,
            actor=actor,
            occurred_at=now(),
            payload={"text": text},
        )
    )
