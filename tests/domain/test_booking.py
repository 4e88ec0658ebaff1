"""Which descriptions of a booking are accepted: every rule broken alone, by field and code, and all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fareledger.domain.booking import (
    BookingDetails,
    CheckoutPayment,
    Component,
    Customer,
    Traveller,
    cancelled,
    cancelled_components,
    sales_price,
)
from fareledger.domain.booking_rules import InvalidBooking, check_booking
from fareledger.domain.money import MAX_MINOR

FLIGHT = Component(
    id="c1",
    kind="flight",
    title="London to Lisbon",
    supplier="Atlantic Air",
    start_date=date(2027, 6, 12),
    end_date=date(2027, 6, 12),
    price_minor=20000,
    cancellation_fee_minor=5000,
)
HOTEL = Component(id="c2", kind="hotel", title="Casa do Rio, 7 nights", price_minor=90000)
DISCOUNT = Component(id="c3", kind="discount", title="Early booker", price_minor=-10000)
PAYMENT = CheckoutPayment(
    amount_minor=30000,
    method="credit_card",
    provider="sandbox",
    external_reference="pay_1",
    received_at=datetime(2027, 1, 10, 9, 30, tzinfo=UTC),
)
BOOKING = BookingDetails(
    reference="TRV-48213",
    currency="EUR",
    booked_on=date(2027, 1, 10),
    start_date=date(2027, 6, 12),
    end_date=date(2027, 6, 19),
    customer=Customer(name="Ana Sousa", email="ana@example.com", locale="en-GB"),
    travellers=(Traveller(name="Ana Sousa", lead=True), Traveller(name="Rui Sousa")),
    package="Lisbon in June",
    components=(FLIGHT, HOTEL, DISCOUNT),
    non_payable_minor=1000,
    payments=(PAYMENT,),
)


def problems(booking: BookingDetails) -> list[tuple[str, str]]:
    try:
        check_booking(booking)
    except InvalidBooking as refused:
        return [(error.pointer, error.code) for error in refused.errors]
    return []


def flight(**change: Any) -> dict[str, Any]:
    return {"components": (HOTEL, replace(FLIGHT, **change))}


def customer(**change: Any) -> dict[str, Any]:
    return {"customer": replace(BOOKING.customer, **change)}


def payment(**change: Any) -> dict[str, Any]:
    return {"payments": (replace(PAYMENT, **change),)}


def test_an_ordinary_booking_is_accepted() -> None:
    check_booking(BOOKING)
    assert sales_price(BOOKING.components) == 100000
    assert BOOKING.payable_minor == 99000


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"reference": ""}, "/reference", "invalid_reference"),
    ({"reference": "x" * 41}, "/reference", "invalid_reference"),
    ({"reference": "TRV 48213"}, "/reference", "invalid_reference"),
    ({"reference": "TRV/48213"}, "/reference", "invalid_reference"),
    ({"reference": "TRV\n"}, "/reference", "invalid_reference"),
    ({"reference": ".."}, "/reference", "invalid_reference"),
    ({"currency": "EURO"}, "/currency", "unknown_currency"),
    ({"currency": "XAU"}, "/currency", "unknown_currency"),
    ({"currency": "eur"}, "/currency", "unknown_currency"),
    ({"package": "x" * 201}, "/package", "invalid_text"),
    ({"package": "a\x00b"}, "/package", "invalid_text"),
    ({"package": "a\ud800b"}, "/package", "invalid_text"),
    ({"end_date": date(2027, 6, 11)}, "/end_date", "dates_reversed"),
    ({"end_date": date(2999, 1, 1)}, "/end_date", "date_out_of_range"),
    ({"booked_on": date(1, 1, 1)}, "/booked_on", "date_out_of_range"),
    ({"booked_on": date(2027, 6, 13)}, "/booked_on", "booked_after_start"),
    (customer(name=" "), "/customer/name", "invalid_text"),
    (customer(name="x" * 201), "/customer/name", "invalid_text"),
    (customer(name="Ana\r\nBcc: all@example.com"), "/customer/name", "invalid_text"),
    (customer(email="ana"), "/customer/email", "invalid_email"),
    (customer(email="ana@example"), "/customer/email", "invalid_email"),
    (customer(email="ana@@example.com"), "/customer/email", "invalid_email"),
    (customer(email="ana@example.com,rui@example.com"), "/customer/email", "invalid_email"),
    (customer(email="Ana <ana@example.com>"), "/customer/email", "invalid_email"),
    (customer(email="ana@example.com\n"), "/customer/email", "invalid_email"),
    (customer(email=f"{'x' * 250}@a.bc"), "/customer/email", "invalid_email"),
    (customer(locale="pt-PT"), "/customer/locale", "unknown_locale"),
    ({"travellers": ()}, "/travellers", "lead_traveller"),
    ({"travellers": (Traveller(name="A"),)}, "/travellers", "lead_traveller"),
    ({"travellers": (Traveller(name="A", lead=True),) * 2}, "/travellers", "lead_traveller"),
    ({"travellers": (Traveller(name="", lead=True),)}, "/travellers/0/name", "invalid_text"),
    ({"travellers": (Traveller(name="A", lead=True),) * 501}, "/travellers", "too_many"),
    ({"components": (), "non_payable_minor": 0}, "/components", "empty"),
    ({"components": (FLIGHT, FLIGHT)}, "/components/1/id", "duplicate_id"),
    ({"components": (DISCOUNT,), "non_payable_minor": 0}, "/components", "invalid_sales_price"),
    (flight(id=""), "/components/1/id", "invalid_text"),
    (flight(kind="Flight"), "/components/1/kind", "invalid_kind"),
    (flight(title=""), "/components/1/title", "invalid_text"),
    (flight(supplier="x" * 201), "/components/1/supplier", "invalid_text"),
    (flight(end_date=date(2027, 6, 11)), "/components/1/end_date", "dates_reversed"),
    (flight(start_date=date(1999, 1, 1)), "/components/1/start_date", "date_out_of_range"),
    (flight(price_minor=-1), "/components/1/price", "negative_price"),
    (flight(price_minor=MAX_MINOR + 1), "/components/1/price", "invalid_amount"),
    (flight(price_minor=10.5), "/components/1/price", "invalid_amount"),
    (flight(price_minor=True), "/components/1/price", "invalid_amount"),
    (flight(price_minor=MAX_MINOR), "/components", "invalid_sales_price"),
    (flight(kind="discount"), "/components/1/price", "positive_discount"),
    (flight(cancellation_fee_minor=-1), "/components/1/cancellation_fee", "invalid_cancellation_fee"),
    (flight(cancellation_fee_minor=20001), "/components/1/cancellation_fee", "invalid_cancellation_fee"),
    (flight(cancellation_fee_minor=0.5), "/components/1/cancellation_fee", "invalid_amount"),
    ({"non_payable_minor": -1}, "/non_payable", "invalid_non_payable"),
    ({"non_payable_minor": 100001}, "/non_payable", "invalid_non_payable"),
    ({"non_payable_minor": 0.5}, "/non_payable", "invalid_amount"),
    (payment(amount_minor=0), "/payments/0/amount", "invalid_amount"),
    (payment(amount_minor=10.5), "/payments/0/amount", "invalid_amount"),
    (payment(method="cheque"), "/payments/0/method", "unknown_method"),
    (payment(provider=""), "/payments/0/provider", "invalid_provider"),
    (payment(external_reference=""), "/payments/0/external_reference", "invalid_text"),
    (payment(received_at=datetime(2027, 1, 10)), "/payments/0/received_at", "no_time_zone"),  # noqa: DTZ001
]


@pytest.mark.parametrize(("change", "pointer", "code"), BROKEN)
def test_a_broken_rule_names_its_field(change: dict[str, Any], pointer: str, code: str) -> None:
    assert (pointer, code) in problems(replace(BOOKING, **change))


@pytest.mark.parametrize(("change", "pointer", "code"), BROKEN)
def test_a_problem_says_what_to_do(change: dict[str, Any], pointer: str, code: str) -> None:
    with pytest.raises(InvalidBooking) as refused:
        check_booking(replace(BOOKING, **change))
    assert refused.value.code == "invalid_booking"
    assert refused.value.field == refused.value.errors[0].pointer
    assert all(error.message.endswith(".") for error in refused.value.errors)


def test_all_problems_are_named_at_once() -> None:
    booking = replace(
        BOOKING,
        currency="???",
        end_date=date(2027, 1, 1),
        components=(replace(FLIGHT, price_minor=-5), replace(HOTEL, title="")),
        non_payable_minor=10**6,
        **customer(email="nobody"),
    )
    assert problems(booking) == [
        ("/currency", "unknown_currency"),
        ("/end_date", "dates_reversed"),
        ("/customer/email", "invalid_email"),
        ("/components/0/price", "negative_price"),
        ("/components/1/title", "invalid_text"),
        ("/non_payable", "invalid_non_payable"),
    ]


def test_two_payments_cannot_be_the_same_one() -> None:
    assert problems(replace(BOOKING, payments=(PAYMENT, PAYMENT))) == [
        ("/payments/0/external_reference", "duplicate_payment"),
        ("/payments/1/external_reference", "duplicate_payment"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "x" * 40},
        {"reference": "ÖBB·7"},
        {"package": ""},
        {"end_date": BOOKING.start_date},
        {"booked_on": BOOKING.start_date},
        {"non_payable_minor": 100000},
        {"currency": "JPY"},
        {"payments": ()},
        flight(start_date=None),
        flight(supplier=""),
        flight(price_minor=0, cancellation_fee_minor=0),
        flight(cancellation_fee_minor=20000),
        flight(kind="rail_pass"),
        customer(name="Nguyễn Thị O’Brien-Müller 渡辺"),
        customer(email="ana+trip@mail.example.co.uk"),
        customer(locale="ar"),
    ],
)
def test_what_is_unusual_but_right_is_accepted(change: dict[str, Any]) -> None:
    assert problems(replace(BOOKING, **change)) == []


def test_a_cancelled_component_costs_its_fee() -> None:
    assert sales_price([replace(FLIGHT, cancelled=True), HOTEL]) == 95000
    assert sales_price(cancelled_components(BOOKING.components)) == 5000


def test_cancelling_twice_is_cancelling_once() -> None:
    once = cancelled(BOOKING)
    assert cancelled(once) == once
    check_booking(once)


@pytest.mark.parametrize(("non_payable", "then", "payable"), [(1000, 1000, 4000), (8000, 5000, 0)])
def test_a_cancellation_never_owes_more_than_was_paid(non_payable: int, then: int, payable: int) -> None:
    once = cancelled(replace(BOOKING, non_payable_minor=non_payable))
    assert (once.non_payable_minor, once.payable_minor) == (then, payable)
