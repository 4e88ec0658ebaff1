"""The booking that the guided tour follows: TRV-48213, Eleanor Hartley to Lisbon and the Azores."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from fareledger.config.demo.content.colleagues import colleague
from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.stories import component
from fareledger.config.demo.content.trips import Part
from fareledger.domain.booking import BookingDetails, CheckoutPayment, Customer, Traveller
from fareledger.domain.plan_edit import DraftRow
from fareledger.usecases.edit_plan import WantedPlan, edit_plan

REFERENCE = "TRV-48213"
_PARTS = (
    Part("flight", "Flights from London Heathrow", "Lusitânia Air", 0, 10, 1774),
    Part("hotel", "Casa do Jacarandá, Alfama", "Casa do Jacarandá", 0, 4, 1128),
    Part("activity", "Evening food walk, Mouraria", "Mesa Lisboa", 1, 1, 176),
    Part("hotel", "Quinta da Lagoa, São Miguel", "Quinta da Lagoa", 4, 10, 2394),
    Part("car", "Hire car, compact automatic", "Rota Verde", 4, 10, 504),
    Part("transfer", "Private airport transfers", "Ilha Transfers", 0, 4, 228),
    Part("fee", "Tourist tax and park fees", "Paid locally", 0, 10, 200),
)
_WHALES = Part("activity", "Whale watching and Furnas springs", "Mar Aberto Expeditions", 6, 6, 312)
# Two parts of the balance come earlier than the rest of it, in days from the present.
_PARTS_DUE_IN, _PART_MINOR, _WHALES_MINOR = (9, 31), 124_000, 31_200
BOOKED_DAYS_AGO, STARTS_IN_DAYS = 65, 89


class HeroLife:
    """Booked nine weeks ago with 25 % at checkout, part of the balance on the phone, whales added, and the rest
    agreed on in three parts, the first of which is due soon.
    """

    def __init__(self, past: Past, *, office: Office) -> None:
        self._past = past
        self._office = office
        self._details = _details(past.present.astimezone(office.operator.time_zone).date())
        self._booking_id: UUID | None = None

    def begin(self) -> None:
        """Plan its days: booked, part paid, an activity added, the rest in parts."""
        booked = datetime.combine(self._details.booked_on, time(19, 44), UTC)
        self._past.plan(booked, happening=self._come_in)
        self._past.plan(booked + timedelta(days=40, hours=-5), happening=self._pay_part)
        self._past.plan(booked + timedelta(days=52, hours=-9), happening=self._add_whales)
        self._past.plan(booked + timedelta(days=54, hours=-6), happening=self._agree_on_parts)

    def _come_in(self, moment: datetime) -> None:
        down_minor = self._details.payable_minor // 4
        taken = moment - timedelta(seconds=20)
        reference = self._office.take_at_checkout(self._details, amount_minor=down_minor, at=taken)
        self._details = replace(
            self._details,
            payments=(
                CheckoutPayment(
                    amount_minor=down_minor,
                    method="credit_card",
                    provider="sandbox",
                    external_reference=reference,
                    received_at=taken,
                ),
            ),
        )
        self._booking_id = self._office.accept(self._details)

    def _pay_part(self, moment: datetime) -> None:
        if self._booking_id is not None:
            row = self._office.open_rows(self._booking_id, kind="payment")[0]
            self._office.commit_part(self._booking_id, row=row, amount_minor=88700)

    def _add_whales(self, moment: datetime) -> None:
        whales = component(_WHALES, start=self._details.start_date, currency="GBP", position=len(_PARTS) + 1)
        self._details = replace(self._details, components=(*self._details.components, whales))
        self._office.accept(self._details)

    def _agree_on_parts(self, moment: datetime) -> None:
        if self._booking_id is None:
            return
        balance, whales = self._office.open_rows(self._booking_id, kind="payment")
        rest_minor = balance.amount_minor - len(_PARTS_DUE_IN) * _PART_MINOR
        today = self._past.present.astimezone(self._office.operator.time_zone).date()
        parts: list[tuple[UUID | None, int, date]] = [
            (None, _PART_MINOR, today + timedelta(days=days)) for days in _PARTS_DUE_IN
        ]
        parts += [
            (row.id, minor, row.due_date) for row, minor in ((balance, rest_minor), (whales, _WHALES_MINOR))
        ]
        wanted = WantedPlan(
            rows=tuple(
                DraftRow(row_id=row_id, kind="payment", amount_minor=minor, due_date=due)
                for row_id, minor, due in parts
            ),
            notify=True,
        )
        actor = colleague(self._office.operator, role="agent")
        edit_plan(self._office.operator, booking_id=self._booking_id, wanted=wanted, actor=actor)


def _details(today: date) -> BookingDetails:
    start = today + timedelta(days=STARTS_IN_DAYS)
    return BookingDetails(
        reference=REFERENCE,
        currency="GBP",
        booked_on=today - timedelta(days=BOOKED_DAYS_AGO),
        start_date=start,
        end_date=start + timedelta(days=10),
        customer=Customer(name="Eleanor Hartley", email="eleanor.hartley@example.com", locale="en-GB"),
        travellers=(Traveller(name="Eleanor Hartley", lead=True), Traveller(name="Daniel Okafor")),
        package="Lisbon & the Azores",
        components=tuple(
            component(part, start=start, currency="GBP", position=position)
            for position, part in enumerate(_PARTS, 1)
        ),
        non_payable_minor=20000,
    )
