"""Which descriptions of a booking are accepted.

All rules are checked together, so that whoever sends a booking hears of every problem at once, by the name
its field has in the Booking API. Rules that need a clock or other bookings are not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fareledger.domain.booking import (
    DISCOUNT,
    METHODS,
    BookingDetails,
    CheckoutPayment,
    Component,
    Customer,
    Traveller,
    sales_price,
)
from fareledger.domain.errors import Refused
from fareledger.domain.money import MAX_MINOR, is_currency
from fareledger.domain.wording import LOCALES, is_email, is_line, is_reference, is_word

MAX_TEXT: Final = 200
MAX_ID: Final = 100
MAX_COMPONENTS: Final = 500
MAX_TRAVELLERS: Final = 500
MAX_PAYMENTS: Final = 100
# Far enough for any trip, near enough that counting days back from a date cannot leave the calendar.
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem: where it is (a JSON pointer into the Booking body), its stable code and its sentence."""

    pointer: str
    code: str
    message: str


class InvalidBooking(Refused):
    """A description that no booking can be made from; `errors` names every problem there is."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        first = errors[0]
        super().__init__(code="invalid_booking", message=first.message, field=first.pointer)
        self.errors = tuple(errors)


def check_booking(details: BookingDetails) -> None:
    """Check every rule of a booking's description. Raises InvalidBooking naming all that are broken."""
    errors = [
        *_head_errors(details),
        *_customer_errors(details.customer),
        *_traveller_errors(details.travellers),
        *_list_of_components_errors(details.components),
        *(
            error
            for place, component in enumerate(details.components)
            for error in _component_errors(component, at=f"/components/{place}")
        ),
        *_payment_errors(details.payments),
    ]
    # Sums mean something only once each amount does.
    if not any(error.code == "invalid_amount" for error in errors):
        errors += _sum_errors(details)
    if errors:
        raise InvalidBooking(errors)


def _head_errors(details: BookingDetails) -> Iterator[FieldError]:
    if not is_reference(details.reference):
        yield FieldError(
            "/reference",
            "invalid_reference",
            'Give 1 to 40 visible characters with a letter or digit; none of / \\ ? # % " < >.',
        )
    if not is_currency(details.currency):
        yield FieldError(
            "/currency", "unknown_currency", "Give the ISO 4217 code of a currency in use, such as EUR."
        )
    if not is_line(details.package, longest=MAX_TEXT, shortest=0):
        yield _text_error("/package", longest=MAX_TEXT)
    dates = {
        "booked_on": details.booked_on,
        "start_date": details.start_date,
        "end_date": details.end_date,
    }
    yield from (error for name, day in dates.items() for error in _day_errors(day, at=f"/{name}"))
    if details.end_date < details.start_date:
        yield FieldError("/end_date", "dates_reversed", "The trip ends before it starts.")
    if details.booked_on > details.start_date:
        yield FieldError(
            "/booked_on", "booked_after_start", "The booking date is after the start of the trip."
        )


def _customer_errors(customer: Customer) -> Iterator[FieldError]:
    if not is_line(customer.name, longest=MAX_TEXT):
        yield _text_error("/customer/name", longest=MAX_TEXT)
    if not is_email(customer.email):
        yield FieldError(
            "/customer/email", "invalid_email", "Give one email address, such as ana@example.com."
        )
    if customer.locale not in LOCALES:
        yield FieldError("/customer/locale", "unknown_locale", f"Give one of {', '.join(LOCALES)}.")


def _traveller_errors(travellers: Sequence[Traveller]) -> Iterator[FieldError]:
    if len(travellers) > MAX_TRAVELLERS:
        yield FieldError("/travellers", "too_many", f"Give at most {MAX_TRAVELLERS} travellers.")
        return
    for place, traveller in enumerate(travellers):
        if not is_line(traveller.name, longest=MAX_TEXT):
            yield _text_error(f"/travellers/{place}/name", longest=MAX_TEXT)
    if sum(traveller.lead for traveller in travellers) != 1:
        yield FieldError("/travellers", "lead_traveller", "Exactly one traveller is the lead passenger.")


def _list_of_components_errors(components: Sequence[Component]) -> Iterator[FieldError]:
    if not components:
        yield FieldError("/components", "empty", "A booking has at least one component.")
    if len(components) > MAX_COMPONENTS:
        yield FieldError("/components", "too_many", f"Give at most {MAX_COMPONENTS} components.")
    seen: set[str] = set()
    for place, component in enumerate(components):
        if component.id in seen:
            yield FieldError(
                f"/components/{place}/id", "duplicate_id", "Another component of this booking has this id."
            )
        seen.add(component.id)


def _component_errors(component: Component, *, at: str) -> Iterator[FieldError]:
    if not is_line(component.id, longest=MAX_ID):
        yield _text_error(f"{at}/id", longest=MAX_ID)
    if not is_word(component.kind):
        yield FieldError(f"{at}/kind", "invalid_kind", "Give a kind in lower-case letters, such as hotel.")
    if not is_line(component.title, longest=MAX_TEXT):
        yield _text_error(f"{at}/title", longest=MAX_TEXT)
    if not is_line(component.supplier, longest=MAX_TEXT, shortest=0):
        yield _text_error(f"{at}/supplier", longest=MAX_TEXT)
    yield from _day_errors(component.start_date, at=f"{at}/start_date")
    yield from _day_errors(component.end_date, at=f"{at}/end_date")
    if component.start_date and component.end_date and component.end_date < component.start_date:
        yield FieldError(f"{at}/end_date", "dates_reversed", "The component ends before it starts.")
    yield from _price_errors(component, at=at)


def _price_errors(component: Component, *, at: str) -> Iterator[FieldError]:
    price, fee = component.price_minor, component.cancellation_fee_minor
    amounts = {"price": price, "cancellation_fee": fee}
    broken = [_amount_error(f"{at}/{name}") for name, amount in amounts.items() if not _is_amount(amount)]
    if broken:
        yield from broken
        return
    if component.kind == DISCOUNT and price > 0:
        yield FieldError(f"{at}/price", "positive_discount", "A discount lowers the price: give it below 0.")
    if component.kind != DISCOUNT and price < 0:
        yield FieldError(f"{at}/price", "negative_price", "Only a discount has a price below 0.")
    elif not min(price, 0) <= fee <= max(price, 0):
        yield FieldError(
            f"{at}/cancellation_fee", "invalid_cancellation_fee", "The fee lies between 0 and the price."
        )


def _payment_errors(payments: Sequence[CheckoutPayment]) -> Iterator[FieldError]:
    if len(payments) > MAX_PAYMENTS:
        yield FieldError("/payments", "too_many", f"Give at most {MAX_PAYMENTS} payments.")
        return
    counted = Counter((payment.provider, payment.external_reference) for payment in payments)
    for place, payment in enumerate(payments):
        at = f"/payments/{place}"
        if not _is_amount(payment.amount_minor) or payment.amount_minor <= 0:
            yield FieldError(f"{at}/amount", "invalid_amount", "Give whole minor units above 0.")
        if payment.method not in METHODS:
            yield FieldError(f"{at}/method", "unknown_method", f"Give one of {', '.join(METHODS)}.")
        if not is_word(payment.provider):
            yield FieldError(f"{at}/provider", "invalid_provider", "Give a provider, such as sandbox.")
        if not is_line(payment.external_reference, longest=MAX_ID):
            yield _text_error(f"{at}/external_reference", longest=MAX_ID)
        elif counted[payment.provider, payment.external_reference] > 1:
            yield FieldError(
                f"{at}/external_reference", "duplicate_payment", "Two payments have this reference."
            )
        if payment.received_at.tzinfo is None:
            yield FieldError(f"{at}/received_at", "no_time_zone", "Give a time with its offset from UTC.")
        yield from _day_errors(payment.received_at.date(), at=f"{at}/received_at")


def _sum_errors(details: BookingDetails) -> Iterator[FieldError]:
    price, non_payable = sales_price(details.components), details.non_payable_minor
    if not 0 <= price <= MAX_MINOR:
        yield FieldError(
            "/components",
            "invalid_sales_price",
            f"The prices add up to less than 0 or more than {MAX_MINOR}.",
        )
    if not _is_amount(non_payable):
        yield _amount_error("/non_payable")
    elif not 0 <= non_payable <= max(price, 0):
        yield FieldError("/non_payable", "invalid_non_payable", "Give an amount from 0 to the sales price.")
    if sum(payment.amount_minor for payment in details.payments) > MAX_MINOR:
        yield FieldError("/payments", "amount_overflow", f"The payments add up to more than {MAX_MINOR}.")


def _day_errors(day: date | None, *, at: str) -> Iterator[FieldError]:
    if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
        yield FieldError(at, "date_out_of_range", f"Give a date from {_FIRST_DAY} to {_LAST_DAY}.")


def _is_amount(amount_minor: object) -> bool:
    return type(amount_minor) is int and -MAX_MINOR <= amount_minor <= MAX_MINOR


def _amount_error(at: str) -> FieldError:
    return FieldError(at, "invalid_amount", f"Give whole minor units, at most {MAX_MINOR}.")


def _text_error(at: str, *, longest: int) -> FieldError:
    return FieldError(at, "invalid_text", f"Give one line of at most {longest} characters.")
