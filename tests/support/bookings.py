"""Bookings for tests: builders that read like sentences."""

import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from fareledger.domain.booking import BookingDetails, CheckoutPayment, Component, Customer, Traveller
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.people import BOOKING_API

LISBON = BookingDetails(
    reference="TRV-48213",
    currency="GBP",
    booked_on=date(2026, 11, 1),
    start_date=date(2027, 6, 12),
    end_date=date(2027, 6, 22),
    customer=Customer(name="Eleanor Hartley", email="eleanor.hartley@example.com", locale="en-GB"),
    travellers=(Traveller(name="Eleanor Hartley", lead=True), Traveller(name="Daniel Okafor")),
    package="Lisbon & the Azores",
    components=(
        Component(
            id="flights",
            kind="flight",
            title="Flights from London Heathrow",
            supplier="Lusitânia Air",
            start_date=date(2027, 6, 12),
            end_date=date(2027, 6, 22),
            price_minor=60000,
            cancellation_fee_minor=20000,
        ),
        Component(
            id="hotel",
            kind="hotel",
            title="Casa do Jacarandá, Alfama",
            supplier="Casa do Jacarandá",
            start_date=date(2027, 6, 12),
            end_date=date(2027, 6, 16),
            price_minor=40000,
        ),
    ),
)


def a_trip(**differences: object) -> BookingDetails:
    """A trip for 1,000.00 in GBP with a reference nobody else has, differing as asked."""
    reference = f"TRV-{secrets.token_hex(4).upper()}"
    return replace(LISBON, **{"reference": reference, **differences})  # type: ignore[arg-type]  # builder


def a_trip_in(days: int, *, lasting: int = 7, **differences: object) -> BookingDetails:
    """A trip that starts so many days from today (negative: has started), booked 60 days before."""
    start = datetime.now(UTC).date() + timedelta(days=days)
    booked = min(start - timedelta(days=60), datetime.now(UTC).date())
    return a_trip(
        **{
            "booked_on": booked,
            "start_date": start,
            "end_date": start + timedelta(days=lasting),
            **differences,
        }
    )


def priced(details: BookingDetails, *, price_minor: int) -> BookingDetails:
    """The same trip with a single component at this price."""
    return replace(
        details,
        components=(replace(details.components[0], price_minor=price_minor, cancellation_fee_minor=0),),
    )


def paid_at_checkout(
    amount_minor: int, *, reference: str = "", provider: str = "sandbox", method: str = "credit_card"
) -> CheckoutPayment:
    """A payment that the checkout took today."""
    return CheckoutPayment(
        amount_minor=amount_minor,
        method=method,
        provider=provider,
        external_reference=reference or f"pay_{secrets.token_hex(8)}",
        received_at=datetime.now(UTC).replace(microsecond=0),
    )


def sell(operator: Operator, details: BookingDetails, /) -> Billing:
    """Accept a booking as the API does and read it back."""
    accepted = accept_booking(operator, details=details, channel="api", actor=BOOKING_API)
    return billing_by_id(operator, booking_id=accepted.booking_id)


def cancelling(details: BookingDetails, *component_ids: str) -> BookingDetails:
    """The same trip with these components cancelled; they stay, at their cancellation fee."""
    components = tuple(
        replace(component, cancelled=component.cancelled or component.id in component_ids)
        for component in details.components
    )
    return replace(details, components=components)
