"""What travel law has to say to a change of a package, for staff to read before they save it.

Package Travel Directive (EU) 2015/2302, in the UK the Package Travel Regulations 2018: a price rise above 8 % of the
package lets the traveller withdraw (art. 10), no rise may come later than 20 days before the start (art. 10), other
dates need the traveller's consent (art. 11), and what is owed after a termination is repaid within 14 days
(art. 12). These are notices, not refusals: whether the traveller asked for the change only staff know.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_UP, Decimal
from typing import Final, Literal

NoticeCode = Literal["price_rise_above_limit", "price_rise_too_late", "dates_moved", "refund_deadline"]

RISE_LIMIT_PERCENT: Final = 8
RISE_LOCK_DAYS: Final = 20
REFUND_DAYS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class TripTerms:
    """What the law looks at of a booking before or after a change; the price in minor units, refunds positive."""

    price_minor: int
    start_date: date
    end_date: date
    cancelled: bool
    refund_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LawNotice:
    """One thing to know: by how many percent the price rises (None: from nothing), and the day that counts."""

    code: NoticeCode
    percent: Decimal | None = None
    by: date | None = None


def law_notices(before: TripTerms, *, after: TripTerms, today: date) -> tuple[LawNotice, ...]:
    """Name what staff should know before they save a change; `today` is the operator-local day of it."""
    return tuple(_notices(before, after=after, today=today))


def _notices(before: TripTerms, *, after: TripTerms, today: date) -> Iterator[LawNotice]:
    if after.cancelled:
        if after.refund_minor and not before.cancelled:
            yield LawNotice(code="refund_deadline", by=today + timedelta(days=REFUND_DAYS))
        return
    if before.cancelled:
        # Nobody travels on a cancelled booking: its price and dates were nothing to hold the operator to.
        return
    if after.price_minor > before.price_minor:
        percent = rise_percent(before.price_minor, to_minor=after.price_minor)
        if after.price_minor * 100 > before.price_minor * (100 + RISE_LIMIT_PERCENT):
            yield LawNotice(code="price_rise_above_limit", percent=percent)
        start = min(before.start_date, after.start_date)
        if today >= start - timedelta(days=RISE_LOCK_DAYS):
            last_day = start - timedelta(days=RISE_LOCK_DAYS)
            yield LawNotice(code="price_rise_too_late", percent=percent, by=last_day)
    if (after.start_date, after.end_date) != (before.start_date, before.end_date):
        yield LawNotice(code="dates_moved")


def rise_percent(from_minor: int, *, to_minor: int) -> Decimal | None:
    """Give the rise between two prices in percent, one decimal, away from zero; None from nothing."""
    if from_minor <= 0:
        return None
    percent = Decimal(to_minor - from_minor) * 100 / Decimal(from_minor)
    return percent.quantize(Decimal("0.1"), rounding=ROUND_UP)
