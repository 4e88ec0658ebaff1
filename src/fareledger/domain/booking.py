"""What was sold to whom: a booking as its source system describes it.

Values and the sums over them. Which descriptions are accepted is `booking_rules.py`; what a booking owes, and
its plan, are `figures.py`, `plan.py` and `changes.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from fareledger.domain.plan import Terms

DISCOUNT: Final = "discount"
METHODS: Final = ("credit_card", "bank_transfer", "cash", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A priced part of a booking; amounts in minor units, dates of the part itself if it has any."""

    id: str
    kind: str
    title: str
    supplier: str = ""
    start_date: date | None = None
    end_date: date | None = None
    price_minor: int
    cancellation_fee_minor: int = 0
    cancelled: bool = False

    @property
    def charged_minor(self) -> int:
        """What the customer pays for this part now: its price or, once cancelled, its cancellation fee."""
        return self.cancellation_fee_minor if self.cancelled else self.price_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who bought the trip and is written to."""

    name: str
    email: str
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """Who travels; one of them is the lead passenger."""

    name: str
    lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutPayment:
    """Money that was taken before the booking came in; in minor units of the booking's currency."""

    amount_minor: int
    method: str
    provider: str
    external_reference: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDetails:
    """A booking as it was sent; `terms` is None when the operator's own apply."""

    reference: str
    currency: str
    booked_on: date
    start_date: date
    end_date: date
    customer: Customer
    travellers: tuple[Traveller, ...]
    package: str
    components: tuple[Component, ...]
    non_payable_minor: int = 0
    terms: Terms | None = None
    payments: tuple[CheckoutPayment, ...] = ()

    @property
    def payable_minor(self) -> int:
        """The part of the sales price that is paid to the operator."""
        return sales_price(self.components) - self.non_payable_minor


def sales_price(components: Iterable[Component]) -> int:
    """Add up what the components cost now, in minor units."""
    return sum(component.charged_minor for component in components)


def cancelled_components(components: Iterable[Component]) -> tuple[Component, ...]:
    """Put every component at its cancellation fee; one that is cancelled already stays as it is."""
    return tuple(replace(component, cancelled=True) for component in components)


def cancelled(details: BookingDetails) -> BookingDetails:
    """Cancel a whole booking.

    The non-payable part shrinks to what the fees come to: a cancellation never refunds more than was paid.
    """
    components = cancelled_components(details.components)
    non_payable = min(details.non_payable_minor, max(0, sales_price(components)))
    return replace(details, components=components, non_payable_minor=non_payable)
