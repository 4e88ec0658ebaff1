"""Every state of the booking home that is told apart: how it comes about, and what the page must say first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from fareledger.domain.booking import BookingDetails, cancelled
from fareledger.persistence.operators import Operator
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.show_booking import Billing
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.people import MARTA
from tests.support.portal_states import (
    a_long_trip,
    again,
    approved,
    collecting,
    in_parts,
    month_from,
    reversed_payment,
    tried,
)

DAY: Final = r"\d+ \w+ \d{4}"
PAY_NEXT: Final = r"Pay £200\.00"


@dataclass(frozen=True, kw_only=True)
class State:
    """One state: `first` opens the page's own words, `also` stands somewhere on it, `never` does not.

    `primary` is the one button that says what to do, "" where there is nothing to do. `looks` says who looks on.
    """

    made: Callable[[Operator], Billing]
    first: str
    primary: str = ""
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    looks: str = "customer"


def _tried(state: str, **differences: object) -> Callable[[Operator], Billing]:
    def made(operator: Operator) -> Billing:
        shown = in_parts(operator, 10, 40, 70, 100, 130)
        tried(operator, shown, state=state, **differences)
        return again(operator, shown)

    return made


def _collecting(state: str, **differences: object) -> Callable[[Operator], Billing]:
    def made(operator: Operator) -> Billing:
        shown = in_parts(operator, 0, 40, 70, 100, 130)
        collecting(operator, shown, state=state, **differences)
        return again(operator, shown)

    return made


def _sold(details: Callable[[], BookingDetails]) -> Callable[[Operator], Billing]:
    return lambda operator: sell(operator, details())


def _then(
    before: Callable[[], BookingDetails], change: Callable[[BookingDetails], BookingDetails], /
) -> Callable[[Operator], Billing]:
    """Sell a trip as it was, and send it again as it is now."""

    def made(operator: Operator) -> Billing:
        trip = before()
        sell(operator, trip)
        return sell(operator, change(trip))

    return made


def _approved(*at: int, expires: int = 0) -> Callable[[Operator], Billing]:
    """Some of five payments approved, by their places, with a card that is good for years or for some months."""

    def made(operator: Operator) -> Billing:
        shown = in_parts(operator, 10, 40, 70, 100, 130)
        until = month_from(shown.today, months=expires - 1) if expires else "2039-12"
        approved(operator, shown, *(shown.open_rows[place] for place in at), expires=until)
        return again(operator, shown)

    return made


def _charging(operator: Operator) -> Billing:
    shown = in_parts(operator, 0, 40, 70, 100, 130)
    collecting(operator, shown, state="charging")
    mandate = again(operator, shown).mandate
    assert mandate is not None
    tried(operator, shown, state="processing", off_session=True, mandate_id=mandate.id)
    return again(operator, shown)


def _paid(minor: int = 100_000, *, days: int = 200, lasting: int = 7) -> BookingDetails:
    return a_trip_in(days, lasting=lasting, payments=(paid_at_checkout(minor),))


def _overpaid_without_rows(operator: Operator) -> Billing:
    paid = paid_at_checkout(120_000)
    shown = sell(operator, replace(_paid(), payments=(paid,)))
    for row in shown.open_rows:
        delete_transaction(operator, booking_id=shown.booking.id, transaction_id=row.id, actor=MARTA)
    return again(operator, shown)


def _currency(currency: str) -> Callable[[Operator], Billing]:
    return _sold(lambda: a_trip_in(200, currency=currency, payments=(paid_at_checkout(30_000),)))


def _nothing_to_pay() -> BookingDetails:
    return priced(a_trip_in(200), price_minor=0)


def _same_day() -> BookingDetails:
    trip = _paid(30_000, lasting=0)
    return replace(trip, components=(replace(trip.components[0], end_date=None, start_date=trip.start_date),))


def _without_fees(details: BookingDetails) -> BookingDetails:
    parts = tuple(replace(one, cancellation_fee_minor=0) for one in details.components)
    return cancelled(replace(details, components=parts))


def _noticed(operator: Operator) -> Billing:
    shown = in_parts(operator, 3, 40, 70, 100, 130)
    collecting(operator, shown, state="waiting", next_on=shown.today + timedelta(days=3))
    return again(operator, shown)


def _retried(operator: Operator) -> Billing:
    shown = in_parts(operator, -1, 40, 70, 100, 130)
    collecting(
        operator,
        shown,
        state="retry",
        failure_code="insufficient_funds",
        tries=1,
        next_on=shown.today + timedelta(days=2),
    )
    return again(operator, shown)


STATES: Final[dict[str, State]] = {
    "nothing paid yet": State(
        made=lambda operator: in_parts(operator, 10, 40, 70, 100, 130),
        first=rf"Left to pay £1,000\.00 £200\.00 by {DAY}, the rest in 4 parts until {DAY}",
        primary=PAY_NEXT,
        also=("Nothing has been paid yet.",),
    ),
    "part paid": State(
        made=_sold(lambda: _paid(30_000)),
        first=rf"Left to pay £700\.00 Due by {DAY}",
        primary=r"Pay £700\.00",
        also=(r"Payment by card £300\.00",),
    ),
    "due today": State(
        made=lambda operator: in_parts(operator, 0, 40, 70, 100, 130),
        first=rf"Left to pay £1,000\.00 £200\.00 is due today, the rest by {DAY}",
        primary=PAY_NEXT,
    ),
    "one overdue": State(
        made=lambda operator: in_parts(operator, -3, 40, 70, 100, 130),
        first=rf"Left to pay £1,000\.00 £200\.00 was due {DAY}",
        primary=PAY_NEXT,
        also=("Overdue",),
    ),
    "several overdue": State(
        made=lambda operator: in_parts(operator, -33, -3, 70, 100, 130),
        first=rf"Left to pay £1,000\.00 £400\.00 is overdue, the first part since {DAY}",
        primary=PAY_NEXT,
    ),
    "part of it without a date": State(
        made=lambda operator: in_parts(operator, 10, 40),
        first=rf"Left to pay £1,000\.00 £200\.00 of it by {DAY} £600\.00 has no date yet",
        primary=PAY_NEXT,
        also=(r"Without a date £600\.00",),
    ),
    "nothing planned": State(
        made=in_parts,
        first=r"Left to pay £1,000\.00 We will tell you when it is due\.",
        also=(r"Without a date £1,000\.00", "No payment is scheduled."),
    ),
    "a payment is not finished": State(
        made=_tried("awaiting_customer", frame_url="https://pay.example/frame"),
        first=rf"Left to pay £1,000\.00 £200\.00 by {DAY}, the rest in 4 parts until {DAY} "
        r"Your payment of £200\.00 is not finished No card has been charged yet\.",
        primary=r"Continue paying £200\.00",
    ),
    "a payment was declined and is still open": State(
        made=_tried("awaiting_customer", declines=1, failure_code="insufficient_funds"),
        first=r"Left to pay .*Your payment of £200\.00 is not finished The card does not have enough money on it",
        primary=r"Continue paying £200\.00",
    ),
    "a payment is processing": State(
        made=_tried("processing"),
        first=r"Left to pay .*A payment of £200\.00 is being confirmed Don’t pay again\.",
        primary="See this payment",
        also=("Being confirmed",),
        never=(r"Pay £", "No money has been taken"),
    ),
    "nobody knows of a payment yet": State(
        made=_tried("unknown"),
        first=r"Left to pay .*A payment of £200\.00 is being confirmed Don’t pay again\.",
        primary="See this payment",
        never=(r"Pay £", "No money has been taken"),
    ),
    "a bank payment is pending": State(
        made=_tried("processing", method="bank_transfer", bank_name="Monzo"),
        first=r"Left to pay .*Your bank is confirming a payment of £200\.00 Don’t pay again\.",
        primary="See this payment",
        never=(r"Pay £",),
    ),
    "a person looks at a payment": State(
        made=_tried("awaiting_customer", problem="another amount"),
        first=r"Left to pay .*We are checking a payment of £200\.00 A person looks at it\. Don’t pay again\.",
        primary="See this payment",
        never=(r"Pay £", "another amount", "No money has been taken"),
    ),
    "declined": State(
        made=_tried("failed", failure_code="expired_card"),
        first=r"Left to pay .*Your payment of £200\.00 did not go through This card has expired\. "
        r"No money has been taken\.",
        primary=r"Try again: pay £200\.00",
    ),
    "expired": State(
        made=_tried("expired"),
        first=r"Left to pay .*Your payment of £200\.00 ran out of time No money has been taken\.",
        primary=r"Try again: pay £200\.00",
    ),
    "cancelled by the customer": State(
        made=_tried("cancelled"),
        first=rf"Left to pay £1,000\.00 £200\.00 by {DAY}, the rest in 4 parts until {DAY}",
        primary=PAY_NEXT,
        never=("did not go through",),
    ),
    "several approved": State(
        made=_approved(0, 1),
        first=rf"Left to pay £1,000\.00 We take £200\.00 from Visa ending 4242 on {DAY}\. You need not do anything\.",
        primary=PAY_NEXT,
        also=("Approved: taken from Visa ending 4242",),
    ),
    "a later one approved": State(
        made=_approved(1),
        first=rf"Left to pay £1,000\.00 £200\.00 by {DAY}",
        primary=PAY_NEXT,
        also=("Approved: taken from Visa ending 4242",),
    ),
    "the notice went out": State(
        made=_noticed,
        first=rf"Left to pay £1,000\.00 We take £200\.00 from Visa ending 4242 on {DAY}",
        primary=PAY_NEXT,
    ),
    "a charge is on its way": State(
        made=_charging,
        first=r"Left to pay .*We are taking £200\.00 from Visa ending 4242 You need not do anything\.",
        primary="See this payment",
        never=(r"Pay £",),
    ),
    "a charge needs the customer": State(
        made=_collecting("needs_customer", failure_code="authentication_required", tries=1),
        first=r"Left to pay .*Your bank wants you to confirm £200\.00 We could not take it from Visa ending 4242",
        primary=r"£200\.00",
        also=("Your bank wants you to confirm it",),
    ),
    "a charge needs another method": State(
        made=_collecting("needs_method", failure_code="expired_card", tries=1),
        first=r"Left to pay .*We could not take £200\.00 from Visa ending 4242 This card has expired\.",
        never=("You need not do anything",),
        primary=r"£200\.00",
        also=("Not taken: pay it another way",),
    ),
    "a charge is with staff": State(
        made=_collecting("with_staff", tries=3),
        first=r"Left to pay .*We could not take £200\.00 from Visa ending 4242 We look at it",
        primary=PAY_NEXT,
    ),
    "a charge is tried again": State(
        made=_retried,
        first=rf"Left to pay .*We could not take £200\.00 .* We try again on {DAY}, or you pay it now\.",
        primary=PAY_NEXT,
        also=("Not taken: tried again on",),
    ),
    "the card runs out": State(
        made=_approved(1, 4, expires=1),
        first=rf"Left to pay .*Visa ending 4242 runs out on {DAY} The payment of £200\.00 on {DAY} cannot be taken",
        primary=PAY_NEXT,
    ),
    "a refund is due": State(
        made=_then(_paid, lambda trip: replace(trip, components=trip.components[:1])),
        first=rf"We owe you £400\.00 We pay it back by {DAY}\. You need not do anything\.",
        also=(r"Refund to you −£400\.00", "Refund to you"),
        never=(r"Pay £",),
    ),
    "overpaid, and nothing planned": State(
        made=_overpaid_without_rows,
        first=r"We owe you £200\.00 You have paid more than is due\. We are in touch",
        also=(r"Without a date −£200\.00",),
        never=(r"Pay £",),
    ),
    "paid in full before travel": State(
        made=_sold(_paid),
        first=rf"Left to pay £0\.00 Paid in full You need not do anything more before you travel on {DAY}\.",
        never=(r"Pay £",),
    ),
    "while travelling": State(
        made=_sold(lambda: _paid(days=-2)),
        first=r"Left to pay £0\.00 Paid in full Why this amount",
        never=(r"Pay £",),
    ),
    "travel over": State(
        made=_sold(lambda: _paid(days=-30)),
        first=rf"Left to pay £0\.00 Paid in full Your trip ended on {DAY}\.",
        never=(r"Pay £",),
    ),
    "cancelled with a fee to pay": State(
        made=_then(lambda: a_trip_in(200), cancelled),
        first=r"Left to pay £200\.00 .*This booking is cancelled\. What it still costs are its cancellation fees\.",
        primary=r"Pay £200\.00",
        also=("Cancelled", r"Flights from London Heathrow cancelled −£400\.00"),
    ),
    "cancelled with a refund": State(
        made=_then(lambda: _paid(30_000), cancelled),
        first=r"We owe you £100\.00 .*This booking is cancelled\.",
        never=(r"Pay £",),
    ),
    "cancelled and nothing owed": State(
        made=_then(lambda: a_trip_in(200), _without_fees),
        first=r"Left to pay £0\.00 Nothing is left to pay This booking is cancelled\. It costs you nothing\.",
        never=(r"Pay £",),
    ),
    "one component cancelled": State(
        made=_then(lambda: a_trip_in(200), lambda trip: cancelling(trip, "flights")),
        first=r"Left to pay £600\.00",
        primary=r"Pay £",
        also=("Flights from London Heathrow Cancelled",),
    ),
    "a payment was taken back": State(
        made=reversed_payment,
        first=r"Left to pay .*A payment of £300\.00 was corrected It was recorded by mistake",
        primary=r"Pay £700\.00",
        also=("Correction of a payment recorded by mistake −£300.00",),
    ),
    "a price of nothing": State(
        made=_sold(_nothing_to_pay),
        first=r"Left to pay £0\.00 There is nothing to pay for this booking",
        never=(r"Pay £",),
    ),
    "yen": State(made=_currency("JPY"), first=r"Left to pay JP¥70,000 Due by", primary=r"Pay JP¥70,000"),
    "dinars": State(
        made=_currency("KWD"), first=r"Left to pay KWD\s70\.000 Due by", primary=r"Pay KWD\s70\.000"
    ),
    "long words in German": State(
        made=_sold(lambda: a_long_trip(currency="EUR", locale="de-DE", payments=(paid_at_checkout(12_345),))),
        first=r"Noch zu zahlen \d\d\d,\d\d\s€",
        primary=r".*€.*",
        also=("Donaudampfschifffahrtsgesellschaft", "Storniert"),
    ),
    "Arabic": State(
        made=_sold(lambda: a_long_trip(currency="KWD", locale="ar", payments=(paid_at_checkout(12_345),))),
        first=r".",
        primary=r".",
    ),
    "a same-day trip": State(made=_sold(_same_day), first=r"Left to pay £300\.00", primary=r"Pay £300\.00"),
    "staff look on": State(
        made=lambda operator: in_parts(operator, 10, 40, 70, 100, 130),
        first=r"You see these pages as the customer does\..*Left to pay £1,000\.00",
        primary=PAY_NEXT,
        also=("Only the customer can pay here.",),
        looks="staff",
    ),
    "a visit that proved nothing": State(
        made=_approved(0, 1),
        first=r"Left to pay £1,000\.00",
        primary=PAY_NEXT,
        looks="unproven",
    ),
}
