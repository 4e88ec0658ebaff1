"""The shape of a booking as it is sent to us: the body of the Booking API and a line of an import file.

Shapes only: names, types, and nothing that is not known. What the values must be to each other is said by
`fareledger.domain.booking_rules`. Amounts are whole minor units of the booking's currency.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema
from pydantic_core import PydanticCustomError

from fareledger.domain.money import MAX_MINOR

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})")


def _exactly(
    shape: re.Pattern[str], *, read: Callable[[str], object], code: str, wanted: str
) -> Callable[[object], object]:
    """Make a reader of text in one exact form: other forms that Python would also take are refused."""

    def reader(value: object) -> object:
        if value is None:
            return None
        if isinstance(value, str) and shape.fullmatch(value) and value.isascii():
            try:
                return read(value)
            except ValueError:
                pass
        raise PydanticCustomError(code, wanted)

    return reader


_read_date = _exactly(
    _DATE, read=date.fromisoformat, code="invalid_date", wanted="Give a date as YYYY-MM-DD."
)
_read_moment = _exactly(
    _MOMENT,
    read=lambda text: datetime.fromisoformat(text.upper()),
    code="invalid_time",
    wanted="Give a time with its offset from UTC, such as 2027-01-09T19:47:00Z.",
)


_DAY_SCHEMA = WithJsonSchema({"type": "string", "format": "date", "examples": ["2027-06-12"]})
_MOMENT_SCHEMA = WithJsonSchema(
    {"type": "string", "format": "date-time", "examples": ["2027-01-09T19:47:00Z"]}
)

Day = Annotated[date, BeforeValidator(_read_date), _DAY_SCHEMA]
OptionalDay = Annotated[
    date | None,
    BeforeValidator(_read_date),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}),
]
Moment = Annotated[datetime, BeforeValidator(_read_moment), _MOMENT_SCHEMA]
Amount = Annotated[int, Field(json_schema_extra={"minimum": -MAX_MINOR, "maximum": MAX_MINOR})]


EXAMPLE: Final[dict[str, JsonValue]] = {
    "reference": "TRV-48213",
    "currency": "GBP",
    "booked_on": "2027-01-09",
    "start_date": "2027-06-12",
    "end_date": "2027-06-22",
    "customer": {"name": "Eleanor Hartley", "email": "eleanor.hartley@example.com", "locale": "en-GB"},
    "travellers": [{"name": "Eleanor Hartley", "lead": True}, {"name": "Daniel Okafor"}],
    "package": "Lisbon & the Azores",
    "non_payable": 20000,
    "terms": {"down_payment_percent": "25", "balance_due_days": 30},
    "components": [
        {
            "id": "flights",
            "kind": "flight",
            "title": "Flights from London Heathrow",
            "supplier": "Lusitânia Air",
            "start_date": "2027-06-12",
            "end_date": "2027-06-22",
            "price": 268000,
        },
        {
            "id": "hotel",
            "kind": "hotel",
            "title": "Casa do Jacarandá, Alfama",
            "price": 403600,
            "cancellation_fee": 80000,
        },
    ],
    "payments": [
        {
            "amount": 162900,
            "method": "credit_card",
            "provider": "sandbox",
            "external_reference": "pay_01HZX4",
            "received_at": "2027-01-09T19:47:00Z",
        }
    ],
}


class _Shape(BaseModel):
    """Known fields of exact types only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CustomerBody(_Shape):
    """Who bought the trip; without a locale the operator's own is used."""

    name: str
    email: str
    locale: str | None = None


class TravellerBody(_Shape):
    """Who travels."""

    name: str
    lead: bool = False


class ShareBody(_Shape):
    """A percentage of the payable amount with its own day: so many before the start, or after the booking date."""

    percent: str | int
    days_before_start: int | None = None
    days_after_booking: int | None = None


class TermsBody(_Shape):
    """When the booking is to be paid. A percentage is text, such as "12.5", or a whole number.

    The balance is one row, or comes in so many equal `instalments`, or after the dated percentages of `schedule`.
    With `invoice` the customer pays a bill, and the rows stay open until the money is there.
    """

    down_payment_percent: str | int | None = None
    down_payment_minor: int | None = None
    balance_due_days: int
    instalments: int | None = None
    schedule: list[ShareBody] | None = None
    invoice: bool = False


class ComponentBody(_Shape):
    """A priced part of the booking; its id is the sender's own."""

    id: str
    kind: str
    title: str
    supplier: str = ""
    start_date: OptionalDay = None
    end_date: OptionalDay = None
    price: Amount
    cancellation_fee: Amount = 0
    cancelled: bool = False


class PaymentBody(_Shape):
    """Money that was taken before the booking came in."""

    amount: Amount
    method: str
    provider: str
    external_reference: str
    received_at: Moment


class BookingBody(_Shape):
    """A whole booking. With `version`, the version last read, a booking that has moved on is not changed."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    reference: str
    currency: str
    booked_on: Day
    start_date: Day
    end_date: Day
    customer: CustomerBody
    travellers: list[TravellerBody]
    package: str
    non_payable: Amount = 0
    terms: TermsBody | None = None
    components: list[ComponentBody]
    payments: list[PaymentBody] = []
    version: int | None = None
