"""Issues the invoice of a booking: by itself for those who pay by invoice, by hand for anybody who asks for one.

An issued invoice never changes. When the booking does, another one is issued that names the one it replaces; see
docs/decisions/0014. Numbers count within a booking, under its lock, so that no row is everybody's.
"""

from __future__ import annotations

from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.identity import new_id
from fareledger.domain.invoices import claims_the_same, invoice_name, says_the_same
from fareledger.domain.terms import Terms
from fareledger.domain.wording import is_email
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, Invoice
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.invoice_facts import invoice_facts
from fareledger.usecases.lock_booking import LockedBooking, lock_booking, with_plan
from fareledger.usecases.queue_email import Letter, queue_email


class InvoiceUnchanged(Conflict):
    """The latest invoice says already what a new one would."""

    def __init__(self, name: str) -> None:
        super().__init__(
            code="invoice_unchanged",
            message=f"{name} says exactly this already. Send it again instead of issuing another one.",
        )
        self.name = name


class InvoiceNotFound(NotFound):
    """The booking has no invoice with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(code="invoice_not_found", message="There is no such invoice.")
        self.number = number


class InvalidRecipient(Refused):
    """This is no email address."""

    def __init__(self) -> None:
        super().__init__(code="invalid_email", message="Give one email address.", field="/to_email")


@retried_on_deadlock
def issue_invoice(
    operator: Operator, *, booking_id: UUID, actor: Actor, after_number: int | None = None
) -> str:
    """Issue an invoice by hand and email it to the customer; return its name.

    `after_number` is the latest one that the form showed, 0 for none: the same form again gets the first result.

    Raises NotPermitted, BookingNotFound and InvoiceUnchanged.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        latest = _latest(locked.booking)
        facts = _facts(locked, operator=operator, latest=latest)
        if latest is not None and says_the_same(latest.payload, other=facts):
            if after_number == latest.number - 1 and latest.issued_by == actor.name:
                return str(latest.payload["invoice"])
            raise InvoiceUnchanged(str(latest.payload["invoice"]))
        name = _issue(locked.booking, operator=operator, after=latest, facts=facts, issued_by=actor.name)
        _send(locked.booking, operator=operator, facts=facts, key=name)
        return name


def invoice_by_terms(
    operator: Operator, *, booking: Booking, issued_by: str, notify: bool = True
) -> str | None:
    """Issue the invoice that a booking's terms ask for, inside the caller's transaction, under the booking's lock.

    Without `notify` it is issued and not emailed. Returns its name, or None for a booking that is not paid by invoice,
    or whose invoice asks for the same already.
    """
    if not Terms.from_json(booking.terms).invoice:
        return None
    latest = _latest(booking)
    facts = _facts(with_plan(booking), operator=operator, latest=latest)
    if latest is not None and claims_the_same(latest.payload, other=facts):
        return None
    name = _issue(booking, operator=operator, after=latest, facts=facts, issued_by=issued_by)
    if notify:
        _send(booking, operator=operator, facts=facts, key=name)
    return name


def send_invoice_again(
    operator: Operator, *, booking_id: UUID, number: int, to_email: str, actor: Actor
) -> None:
    """Email an issued invoice once more, to the customer when no address is given.

    Raises NotPermitted, BookingNotFound, InvoiceNotFound and InvalidRecipient.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    if to_email and not is_email(to_email):
        raise InvalidRecipient
    with operator_transaction(operator.id):
        booking = lock_booking(operator, booking_id=booking_id).booking
        row = Invoice.objects.filter(operator_id=operator.id, booking_id=booking.id, number=number).first()
        if row is None:
            raise InvoiceNotFound(number)
        _send(booking, operator=operator, facts=row.payload, key=f"again:{new_id()}", to_email=to_email)


def next_invoice_facts(locked: LockedBooking, *, operator: Operator) -> dict[str, object]:
    """Return what the next invoice of a locked booking would say."""
    return _facts(locked, operator=operator, latest=_latest(locked.booking))


def _latest(booking: Booking) -> Invoice | None:
    ours = Invoice.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return ours.order_by("-number").first()


def _next_number(latest: Invoice | None) -> int:
    return latest.number + 1 if latest else 1


def _facts(locked: LockedBooking, *, operator: Operator, latest: Invoice | None) -> dict[str, object]:
    return invoice_facts(
        locked,
        operator=operator,
        name=invoice_name(locked.booking.reference, number=_next_number(latest)),
        replaces=str(latest.payload["invoice"]) if latest else "",
        issued_on=now().astimezone(operator.time_zone).date(),
    )


def _issue(
    booking: Booking, *, operator: Operator, after: Invoice | None, facts: dict[str, object], issued_by: str
) -> str:
    name, number = str(facts["invoice"]), _next_number(after)
    moment = now()
    Invoice.objects.create(
        operator_id=operator.id,
        id=new_id(),
        booking_id=booking.id,
        number=number,
        payload=facts,
        issued_by=issued_by,
        issued_at=moment,
    )
    instead = f" in place of {facts['replaces']}" if facts["replaces"] else ""
    append_timeline(
        Event(
            operator_id=operator.id,
            booking_id=booking.id,
            kind="invoice_issued",
            actor=issued_by,
            occurred_at=moment,
            payload={
                "text": f"Invoice {name} issued{instead}",
                "invoice": name,
                "left_minor": facts["left_minor"],
                "currency": booking.currency,
            },
            source_key=f"invoice_issued:{booking.id}:{number}",
        )
    )
    return name


def _send(
    booking: Booking, *, operator: Operator, facts: dict[str, object], key: str, to_email: str = ""
) -> None:
    letter = Letter(
        kind="invoice",
        source_key=f"invoice:{booking.id}:{key}",
        payload=facts,
        to_email=to_email,
    )
    queue_email(operator, booking=booking, letter=letter)
