"""The terms a booking is paid by: a down payment, parts in between, and the balance before the start.

Terms belong to an operator and may differ for one booking. They say shares and days only; which rows follow from them
is `plan.py`. Which terms make sense is checked here, when they are made, so that every plan can rely on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from fareledger.domain.errors import Refused
from fareledger.domain.money import MAX_MINOR, percent_of

MAX_BALANCE_DUE_DAYS: Final = 730
MAX_PARTS: Final = 36
_PERCENT_DECIMALS: Final = 4
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")
_FIELDS: Final = frozenset(
    {"down_payment_percent", "down_payment_minor", "balance_due_days", "instalments", "schedule", "invoice"}
)
_SHARE_FIELDS: Final = frozenset({"percent", "days_before_start", "days_after_booking"})


class InvalidTerms(Refused):
    """Terms that no plan can be made from; `field` points inside the terms."""

    def __init__(self, *, field: str, message: str) -> None:
        super().__init__(code="invalid_terms", message=message, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A percentage of the payable amount with its own day, counted from the booking or back from the start."""

    percent: Decimal
    days_before_start: int | None = None
    days_after_booking: int | None = None

    def due(self, *, booked_on: date, start_date: date) -> date:
        """Give the day of this share."""
        if self.days_before_start is not None:
            return start_date - timedelta(days=self.days_before_start)
        return booked_on + timedelta(days=self.days_after_booking or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a booking is to be paid: a down payment (a percentage, a fixed amount or none), parts, the balance.

    What follows the down payment is due `balance_due_days` before the start, in one row; or in as many equal parts as
    `instalments` says, the last of them then; or by the dated shares of `schedule`, with what they leave over then.
    `invoice` means that the customer pays a bill: rows stay open until the money is there. Raises InvalidTerms.
    """

    down_payment_percent: Decimal | None = None
    down_payment_minor: int | None = None
    balance_due_days: int
    instalments: int | None = None
    schedule: tuple[Share, ...] = ()
    invoice: bool = False

    def __post_init__(self) -> None:
        _check_percent(self.down_payment_percent, field="/down_payment_percent")
        _check_fixed(self.down_payment_minor)
        if self.down_payment_percent is not None and self.down_payment_minor is not None:
            raise InvalidTerms(
                field="/down_payment_minor", message="Give a percentage or a fixed amount, not both."
            )
        _check_days(self.balance_due_days, field="/balance_due_days")
        _check_parts(self)
        if type(self.invoice) is not bool:
            raise InvalidTerms(field="/invoice", message="Give true or false.")

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Terms:
        """Read terms from their JSON form; a percentage is a string or a whole number, never a fraction.

        Raises InvalidTerms.
        """
        if not isinstance(value, Mapping):
            raise InvalidTerms(field="", message="Terms are an object.")
        unknown = sorted(set(value) - _FIELDS)
        if unknown:
            raise InvalidTerms(field=f"/{unknown[0]}", message="Terms have no such field.")
        if "balance_due_days" not in value:
            raise InvalidTerms(field="/balance_due_days", message="This field is needed.")
        percent = value.get("down_payment_percent")
        return cls(
            down_payment_percent=(
                None if percent is None else _percent_from_json(percent, field="/down_payment_percent")
            ),
            down_payment_minor=value.get("down_payment_minor"),  # type: ignore[arg-type]  # checked on entry
            balance_due_days=value["balance_due_days"],  # type: ignore[arg-type]  # checked on entry
            instalments=value.get("instalments"),  # type: ignore[arg-type]  # checked on entry
            schedule=tuple(_schedule_from_json(value.get("schedule"))),
            invoice=value.get("invoice", False),  # type: ignore[arg-type]  # checked on entry
        )

    def to_json(self) -> dict[str, object]:
        """Write the terms in the form `from_json` reads; what they do not use is left out.

        Terms without parts are thus written as they were before there were any: hashes of stored bookings hold.
        """
        percent = self.down_payment_percent
        value: dict[str, object] = {
            "down_payment_percent": None if percent is None else format(percent, "f"),
            "down_payment_minor": self.down_payment_minor,
            "balance_due_days": self.balance_due_days,
        }
        if self.instalments is not None:
            value["instalments"] = self.instalments
        if self.schedule:
            value["schedule"] = [_share_json(share) for share in self.schedule]
        if self.invoice:
            value["invoice"] = True
        return value

    def down_payment_of(self, payable_minor: int) -> int:
        """Give the down payment for a payable amount, never more than the whole; 0 when there is none."""
        if self.down_payment_percent is not None:
            return percent_of(payable_minor, percent=self.down_payment_percent)
        return min(self.down_payment_minor or 0, payable_minor)

    def balance_due(self, start_date: date) -> date:
        """Give the day the balance is due: so many days before the start."""
        return start_date - timedelta(days=self.balance_due_days)

    @property
    def parts(self) -> int:
        """Count the parts before the balance, the down payment included even where there is none."""
        return (self.instalments or 1) + len(self.schedule)

    @property
    def takes_the_whole(self) -> bool:
        """Say whether down payment and schedule are percentages of the whole, so that nothing is left over."""
        return self.down_payment_minor is None and _percents(self) == 100

    def part_due(self, part: int | None, *, booked_on: date, start_date: date) -> date:
        """Give the day of one part: 0 the down payment, then the parts in between; None the balance.

        No part is due before the booking or after the balance. Equal parts are spread evenly from the one to the
        other. A part that these terms do not have is due with the balance.
        """
        last = self.balance_due(start_date)
        if part == 0:
            day = booked_on
        elif part is not None and self.instalments is not None and part < self.instalments:
            day = booked_on + timedelta(days=(last - booked_on).days * part // self.instalments)
        elif part is not None and part <= len(self.schedule):
            day = self.schedule[part - 1].due(booked_on=booked_on, start_date=start_date)
        else:
            day = last
        return min(max(day, booked_on), max(last, booked_on))


def _percents(terms: Terms) -> Decimal:
    return sum((share.percent for share in terms.schedule), terms.down_payment_percent or Decimal(0))


def _check_parts(terms: Terms) -> None:
    if terms.instalments is not None:
        if type(terms.instalments) is not int or not 2 <= terms.instalments <= MAX_PARTS:
            message = f"Give a whole number of equal parts from 2 to {MAX_PARTS}, or leave it out."
            raise InvalidTerms(field="/instalments", message=message)
        if terms.schedule:
            message = "Give equal parts or dated percentages, not both."
            raise InvalidTerms(field="/schedule", message=message)
    if len(terms.schedule) > MAX_PARTS:
        raise InvalidTerms(field="/schedule", message=f"Give at most {MAX_PARTS} dated percentages.")
    for place, share in enumerate(terms.schedule):
        _check_share(share, field=f"/schedule/{place}", balance_due_days=terms.balance_due_days)
    if _percents(terms) > 100:
        message = "The percentages, with the down payment, add up to more than 100."
        raise InvalidTerms(field="/schedule", message=message)


def _check_share(share: Share, *, field: str, balance_due_days: int) -> None:
    _check_percent(share.percent, field=f"{field}/percent")
    if (share.days_before_start is None) == (share.days_after_booking is None):
        raise InvalidTerms(field=field, message="Give either days_before_start or days_after_booking.")
    if share.days_before_start is not None:
        _check_days(share.days_before_start, field=f"{field}/days_before_start")
        if share.days_before_start < balance_due_days:
            message = (
                f"The balance is due {balance_due_days} days before the start: give as many days or more."
            )
            raise InvalidTerms(field=f"{field}/days_before_start", message=message)
    if share.days_after_booking is not None:
        _check_days(share.days_after_booking, field=f"{field}/days_after_booking")


def _check_days(days: object, *, field: str) -> None:
    if type(days) is not int or not 0 <= days <= MAX_BALANCE_DUE_DAYS:
        raise InvalidTerms(
            field=field, message=f"Give a whole number of days from 0 to {MAX_BALANCE_DUE_DAYS}."
        )


def _check_percent(percent: object, *, field: str) -> None:
    if percent is None:
        return
    if not isinstance(percent, Decimal) or not percent.is_finite() or not 0 < percent <= 100:
        raise InvalidTerms(field=field, message="Give a percentage above 0 and up to 100.")
    if percent != percent.quantize(Decimal(1).scaleb(-_PERCENT_DECIMALS)):
        raise InvalidTerms(field=field, message=f"Give at most {_PERCENT_DECIMALS} decimals.")


def _check_fixed(amount_minor: object) -> None:
    if amount_minor is None:
        return
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_MINOR:
        raise InvalidTerms(
            field="/down_payment_minor", message="Give a whole amount in minor units, above 0."
        )


def _percent_from_json(value: object, *, field: str) -> Decimal:
    if type(value) is int or (isinstance(value, str) and _PERCENT.fullmatch(value)):
        return Decimal(value)
    raise InvalidTerms(field=field, message='Give the percentage as a string, such as "12.5".')


def _schedule_from_json(value: object) -> Iterator[Share]:
    if value is None:
        return
    if not isinstance(value, list):
        raise InvalidTerms(field="/schedule", message="Give a list of dated percentages.")
    for place, share in enumerate(value):
        field = f"/schedule/{place}"
        if not isinstance(share, Mapping):
            raise InvalidTerms(field=field, message="A dated percentage is an object.")
        unknown = sorted(set(share) - _SHARE_FIELDS)
        if unknown:
            raise InvalidTerms(field=f"{field}/{unknown[0]}", message="A dated percentage has no such field.")
        yield Share(
            percent=_percent_from_json(share.get("percent"), field=f"{field}/percent"),
            days_before_start=share.get("days_before_start"),
            days_after_booking=share.get("days_after_booking"),
        )


def _share_json(share: Share) -> dict[str, object]:
    value: dict[str, object] = {"percent": format(share.percent, "f")}
    if share.days_before_start is not None:
        return {**value, "days_before_start": share.days_before_start}
    return {**value, "days_after_booking": share.days_after_booking}
