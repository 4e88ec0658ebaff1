"""One booking of the demo that shows something the many others do not: what it was sold as, and what is done with it.

A tale says on which day something happens; every step is the use case a face would call. The tales themselves stand in
`tales.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from fareledger.config.demo.content.card_holder import GOOD_CARDS
from fareledger.config.demo.content.colleagues import colleague
from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.people import email_of
from fareledger.config.demo.content.stories import component
from fareledger.config.demo.content.trips import Trip
from fareledger.config.demo.content.visitor import Visitor
from fareledger.domain.access import Actor
from fareledger.domain.booking import BookingDetails, Customer, Traveller
from fareledger.domain.plan import Terms
from fareledger.usecases.cancel_booking import cancel_booking, reinstate_booking
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.show_booking import RowView


@dataclass(frozen=True, kw_only=True)
class Sold:
    """What was sold to whom, how many days before the present, and how many days ahead it starts."""

    reference: str
    customer: str
    trip: Trip
    days_ago: int
    starts_in: int
    currency: str = "GBP"
    locale: str = "en-GB"
    email: str = ""
    terms: Terms | None = None


class Tale:
    """One such booking in the simulated past."""

    def __init__(self, sold: Sold, *, past: Past, office: Office) -> None:
        self.office = office
        self.details = _details(sold, today=past.present.astimezone(office.operator.time_zone).date())
        self._past = past
        self._booked = past.present - timedelta(days=sold.days_ago, hours=2)
        self._booking_id: UUID | None = None

    def begin(self) -> None:
        """Plan the day the booking comes in."""
        self._past.plan(self._booked, happening=self._come_in)

    def after(self, days: int, *, do: Callable[[], object]) -> None:
        """Let something happen so many days after the booking came in."""
        self._past.plan(self._booked + timedelta(days=days, minutes=40), happening=lambda moment: do())

    def lately(self, ago: timedelta, *, do: Callable[[], object]) -> None:
        """Let something happen so long before the present."""
        self._past.plan(self._past.present - ago, happening=lambda moment: do())

    def send_anew(self, details: BookingDetails) -> None:
        """Send the booking with a change, as the reservation system would."""
        self.details = details
        self.office.accept(details)

    def pay(self, *, by: str = "bank_transfer", part_minor: int | None = None) -> None:
        """Record the payment that is due next, or part of it."""
        row = self.open_rows()[0]
        if part_minor is None:
            self.office.commit(self.id, row=row, by=by)
        else:
            self.office.commit_part(self.id, row=row, amount_minor=part_minor, by=by)

    def pay_by_card(self, card: str = GOOD_CARDS[0]) -> None:
        """Let the customer pay what is due next on the portal, by card."""
        self.office.pay_on_portal(self.id, row=self.open_rows()[0], card=card)

    def pay_by_bank(self, bank: str) -> None:
        """Let the customer pay what is due next on the portal, at a bank."""
        self.office.pay_at_bank(self.id, row=self.open_rows()[0], bank=bank)

    def pay_amount(self, amount_minor: int) -> None:
        """Let the customer pay an amount of their own choice, by card."""
        self.office.pay_other_amount(self.id, amount_minor=amount_minor, card=GOOD_CARDS[0])

    def come_in(self) -> Visitor:
        """Let the customer into the portal, through a link in a mail."""
        return Visitor(self.office, booking_id=self.id)

    def shorten_card(self) -> None:
        """Let the bank renew the customer's card so that it ends with the month in which the demo is looked at."""
        self.office.renew_card(self.id, ends=self._past.present.date())

    def move(self, *, days: int) -> None:
        """Move the whole trip to so many days later; to earlier when negative."""
        by = timedelta(days=days)
        parts = tuple(
            replace(part, start_date=part.start_date + by, end_date=part.end_date + by)
            for part in self.details.components
            if part.start_date and part.end_date
        )
        self.send_anew(
            replace(
                self.details,
                start_date=self.details.start_date + by,
                end_date=self.details.end_date + by,
                components=parts,
            )
        )

    def drop(self, title: str) -> None:
        """Take one component out of the booking; it is the one whose title begins so."""
        parts = tuple(
            replace(part, cancelled=True) if part.title.startswith(title) else part
            for part in self.details.components
        )
        self.send_anew(replace(self.details, components=parts))

    def cancel(self) -> None:
        """Cancel the booking in the back office."""
        cancel_booking(
            self.office.operator, booking_id=self.id, actor=self.somebody("agent"), channel="back_office"
        )

    def reinstate(self) -> None:
        """Take the cancellation back."""
        reinstate_booking(
            self.office.operator, booking_id=self.id, actor=self.somebody("finance"), channel="back_office"
        )

    def delete(self, row: RowView) -> None:
        """Delete an open row."""
        delete_transaction(
            self.office.operator, booking_id=self.id, transaction_id=row.id, actor=self.somebody("agent")
        )

    def open_rows(self) -> list[RowView]:
        """Return the open payments, the next due first."""
        return self.office.open_rows(self.id, kind="payment")

    def somebody(self, role: str) -> Actor:
        """Return one of the operator's people who has this role."""
        return colleague(self.office.operator, role=role)

    @property
    def id(self) -> UUID:
        """The booking's id. Precondition: it has come in."""
        if self._booking_id is None:
            raise RuntimeError("the booking has not come in yet")
        return self._booking_id

    def _come_in(self, moment: datetime) -> None:
        self._booking_id = self.office.accept(self.details)


def _details(sold: Sold, *, today: date) -> BookingDetails:
    start = today + timedelta(days=sold.starts_in)
    return BookingDetails(
        reference=sold.reference,
        currency=sold.currency,
        booked_on=today - timedelta(days=sold.days_ago),
        start_date=start,
        end_date=start + timedelta(days=sold.trip.nights),
        customer=Customer(
            name=sold.customer, email=sold.email or email_of(sold.customer), locale=sold.locale
        ),
        travellers=(Traveller(name=sold.customer, lead=True),),
        package=sold.trip.package,
        components=tuple(
            component(part, start=start, currency=sold.currency, position=position)
            for position, part in enumerate(sold.trip.parts, 1)
        ),
        terms=sold.terms,
    )


# Whose booking it is (the operator's slug), what was sold, and what is done with it.
Telling = tuple[str, Sold, Callable[[Tale], None]]
