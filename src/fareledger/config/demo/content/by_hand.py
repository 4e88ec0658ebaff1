"""A booking whose payments staff plan and record by hand: TRV-48402, with a mistake that finance reversed.

It shows what the others do not: a row with a comment, a remainder that nothing covers yet, and a reversal.
"""

from datetime import datetime, timedelta
from uuid import UUID

from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.stories import component
from fareledger.config.demo.content.trips import Part
from fareledger.domain.access import own_actor
from fareledger.domain.booking import BookingDetails, Customer, Traveller
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import billing_by_id

REFERENCE = "TRV-48402"
MISTAKEN_MINOR, PLANNED_MINOR = 50_000, 20_000
_PARTS = (
    Part("flight", "Flights from Manchester", "Ellan Air", 0, 9, 980),
    Part("hotel", "Rorbu cabins, Reine", "Lofoten Rorbuer", 0, 9, 1440),
    Part("activity", "Boat to the Trollfjord", "Nordland Charter", 3, 3, 210),
)
_BOOKED_DAYS_AGO, _STARTS_IN_DAYS, _NIGHTS = 26, 104, 9


class HandKept:
    """Booked four weeks ago, the down payment by transfer; then one of somebody else's, taken back a day later."""

    def __init__(self, past: Past, *, office: Office) -> None:
        self._past = past
        self._office = office
        self._booking_id: UUID | None = None

    def begin(self) -> None:
        """Plan its days in the past."""
        booked = self._past.present - timedelta(days=_BOOKED_DAYS_AGO)
        self._past.plan(booked, happening=self._come_in)
        self._past.plan(booked + timedelta(days=2), happening=self._pay_down)
        self._past.plan(booked + timedelta(days=9), happening=self._record_by_mistake)
        self._past.plan(booked + timedelta(days=10, hours=2), happening=self._reverse)
        self._past.plan(booked + timedelta(days=11), happening=self._plan_by_hand)

    def _come_in(self, moment: datetime) -> None:
        day = moment.astimezone(self._office.operator.time_zone).date()
        start = day + timedelta(days=_BOOKED_DAYS_AGO + _STARTS_IN_DAYS)
        details = BookingDetails(
            reference=REFERENCE,
            currency="GBP",
            booked_on=day,
            start_date=start,
            end_date=start + timedelta(days=_NIGHTS),
            customer=Customer(name="Miriam Adeyemi", email="miriam.adeyemi@example.com", locale="en-GB"),
            travellers=(Traveller(name="Miriam Adeyemi", lead=True),),
            package="Nine days on the Lofoten islands",
            components=tuple(
                component(part, start=start, currency="GBP", position=position)
                for position, part in enumerate(_PARTS, 1)
            ),
            non_payable_minor=0,
        )
        self._booking_id = self._office.accept(details)

    def _pay_down(self, moment: datetime) -> None:
        row = self._office.open_rows(self._id, kind="payment")[0]
        self._office.commit(self._id, row=row, by="bank_transfer")

    def _record_by_mistake(self, moment: datetime) -> None:
        row = self._office.open_rows(self._id, kind="payment")[0]
        self._office.commit_part(self._id, row=row, amount_minor=MISTAKEN_MINOR)

    def _reverse(self, moment: datetime) -> None:
        rows = billing_by_id(self._office.operator, booking_id=self._id).closed_rows
        mistaken = next(row for row in rows if row.amount_minor == MISTAKEN_MINOR)
        reverse_transaction(
            self._office.operator,
            booking_id=self._id,
            transaction_id=mistaken.id,
            reason="The card payment was for TRV-48213; the terminal slip had the wrong reference.",
            actor=own_actor("Marta Lindgren"),
        )

    def _plan_by_hand(self, moment: datetime) -> None:
        wanted = WantedRow(
            kind="payment",
            method="credit_card",
            type="partial",
            amount_minor=PLANNED_MINOR,
            due_date=(moment + timedelta(days=40)).date(),
            comment="Wants to pay this part by phone, after her salary",
        )
        plan_transaction(
            self._office.operator, booking_id=self._id, wanted=wanted, actor=own_actor("Marta Lindgren")
        )

    @property
    def _id(self) -> UUID:
        if self._booking_id is None:
            raise RuntimeError("the booking has not come in yet")
        return self._booking_id
