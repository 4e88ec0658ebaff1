"""Emails pay links to many customers at once, after a look at who would get one and who not.

Each link is sent by the rules of a single one (`send_portal_link.py`), and what speaks against one is looked at again
at that moment. What became of each booking is written down with its email, so that a worker that is killed neither
leaves one out nor writes twice; `show_mailing.py` tells it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import IntegrityError

from fareledger.domain.access import Actor, Permission, own_actor
from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.persistence import booking_list
from fareledger.persistence.exclusive import alone_with
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Booking, EmailMessage, LinkMailing, LinkMailingItem
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot, operator_transaction
from fareledger.usecases.booking_query import BookingQuery, wanted
from fareledger.usecases.clock import now
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.send_portal_link import MAILS_AN_HOUR, TooManyLinkEmails, email_link

MAX_LINKS: Final = 500
AgainstIt = Literal["", "cancelled", "nothing_to_pay", "too_many_emails"]


class TooManyRecipients(Refused):
    """More bookings than one mailing takes."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_recipients",
            message=f"One mailing goes to at most {MAX_LINKS} bookings: narrow the list with a filter.",
        )


class NobodyToWriteTo(Refused):
    """A mailing needs somebody to write to."""

    def __init__(self) -> None:
        super().__init__(code="nobody_to_write_to", message="Choose at least one booking.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One booking that a mailing might go to, what is left to pay in minor units, and what speaks against it."""

    booking_id: UUID
    reference: str
    customer_name: str
    to_email: str
    currency: str
    outstanding_minor: int
    against: AgainstIt


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReview:
    """Who would get a pay link, and who would be left out and why."""

    ready: tuple[Candidate, ...]
    left_out: tuple[Candidate, ...]


def review_links(operator: Operator, *, asked: BookingQuery, actor: Actor) -> LinkReview:
    """Say who of the bookings that are asked for would get a link; nothing is sent.

    Raises NotPermitted, NobodyToWriteTo and TooManyRecipients.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    with operator_snapshot(operator.id):
        rows = booking_list.page(wanted(asked, operator=operator), limit=MAX_LINKS + 1)
        _check_number(rows)
        had = _mails_within_the_hour(operator, addresses={row["customer_email"] for row in rows})
    candidates = list(_candidates(rows, had=had))
    return LinkReview(
        ready=tuple(one for one in candidates if not one.against),
        left_out=tuple(one for one in candidates if one.against),
    )


def mail_links(operator: Operator, *, booking_ids: Sequence[UUID], form_key: str, actor: Actor) -> UUID:
    """Take on a mailing to the customers of these bookings and return its id; the same form key finds the first.

    Raises NotPermitted, NobodyToWriteTo and TooManyRecipients.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    _check_number(booking_ids)
    mailing = LinkMailing(
        operator_id=operator.id, id=new_id(), form_key=form_key, asked_by=actor.name, created_at=now()
    )
    try:
        with operator_transaction(operator.id):
            mailing.save(force_insert=True)
            known = Booking.objects.filter(operator_id=operator.id, id__in=booking_ids)
            _add_items(mailing, booking_ids=list(known.order_by("reference").values_list("id", flat=True)))
            enqueue("mail_links", once=f"mail_links:{operator.id}", operator_id=str(operator.id))
    except IntegrityError:
        with operator_transaction(operator.id):
            mailing = LinkMailing.objects.get(operator_id=operator.id, form_key=form_key)
    return UUID(str(mailing.id))


def send_mailings(operator: Operator) -> int:
    """Send what waits of an operator's mailings, oldest first, and return how many links went out.

    Call it outside transactions. While another process sends this operator's mailings, nothing is done.
    """
    sent = 0
    with alone_with(operator.id, text="link_mailings") as mine:
        while mine and (mailing := _next(operator)):
            while (status := _send_next(operator, mailing=mailing)) is not None:
                sent += status == "sent"
    return sent


def _check_number(chosen: Sequence[object]) -> None:
    if not chosen:
        raise NobodyToWriteTo
    if len(chosen) > MAX_LINKS:
        raise TooManyRecipients


def _add_items(mailing: LinkMailing, *, booking_ids: Iterable[UUID]) -> None:
    items = [
        LinkMailingItem(
            operator_id=mailing.operator_id,
            id=new_id(),
            mailing_id=mailing.id,
            booking_id=booking_id,
            position=position,
        )
        for position, booking_id in enumerate(booking_ids)
    ]
    if not items:
        raise NobodyToWriteTo
    LinkMailingItem.objects.bulk_create(items)


def _mails_within_the_hour(operator: Operator, *, addresses: Iterable[str]) -> Counter[str]:
    recent = EmailMessage.objects.filter(
        operator_id=operator.id,
        kind="portal_link",
        to_email__in=list(addresses),
        queued_at__gt=now() - timedelta(hours=1),
    )
    return Counter(recent.values_list("to_email", flat=True))


def _candidates(rows: Iterable[dict[str, Any]], *, had: Counter[str]) -> Iterable[Candidate]:
    for row in rows:
        against = _against(cancelled=row["status"] == "cancelled", outstanding_minor=row["outstanding_minor"])
        if not against and had[row["customer_email"]] >= MAILS_AN_HOUR:
            against = "too_many_emails"
        if not against:
            had[row["customer_email"]] += 1
        yield Candidate(
            booking_id=row["id"],
            reference=row["reference"],
            customer_name=row["customer_name"],
            to_email=row["customer_email"],
            currency=row["currency"],
            outstanding_minor=row["outstanding_minor"],
            against=against,
        )


def _against(*, cancelled: bool, outstanding_minor: int) -> AgainstIt:
    if cancelled:
        return "cancelled"
    return "nothing_to_pay" if outstanding_minor <= 0 else ""


def _next(operator: Operator) -> LinkMailing | None:
    with operator_transaction(operator.id):
        waiting = LinkMailing.objects.filter(operator_id=operator.id, finished_at=None)
        return waiting.order_by("created_at", "id").first()


def _send_next(operator: Operator, *, mailing: LinkMailing) -> str | None:
    """Settle one item, its email and its note in one transaction; None when the mailing is through."""
    with operator_transaction(operator.id):
        items = LinkMailingItem.objects.filter(operator_id=operator.id, mailing_id=mailing.id)
        item = items.filter(status="waiting").order_by("position").first()
        if item is None:
            LinkMailing.objects.filter(operator_id=operator.id, id=mailing.id).update(finished_at=now())
            return None
        against = _email(operator, item=item, actor=own_actor(mailing.asked_by))
        status = "left_out" if against else "sent"
        items.filter(id=item.id).update(status=status, reason=against, done_at=now())
        return status


def _email(operator: Operator, *, item: LinkMailingItem, actor: Actor) -> AgainstIt:
    locked = lock_booking(operator, booking_id=item.booking_id)
    against = _against(
        cancelled=locked.booking.status == "cancelled", outstanding_minor=locked.figures.outstanding_minor
    )
    if against:
        return against
    try:
        email_link(operator, booking=locked.booking, asked_by="operator", actor=actor.name)
    except TooManyLinkEmails:
        return "too_many_emails"
    return ""
