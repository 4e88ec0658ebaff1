"""What both machines draw from: terms, amounts, days; and a plan in words that the model and the product share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from fareledger.domain.plan import Share, Terms
from tests.lives.book import Book, Deal, Line

AMOUNTS = st.integers(1, 200_000)
PRICES = st.one_of(st.sampled_from([0, 1, 2, 99, 10_001]), st.integers(0, 1_000_000))
PERCENTS = st.sampled_from(["10", "12.5", "25", "33.3", "33.3333", "0.01"])
DAYS_AHEAD = st.integers(0, 220)

Row = tuple[str, str, int, date, str, str]


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """Draw any terms: with a down payment or none, and parts or none."""
    days = draw(st.sampled_from([0, 14, 30, 60]))
    down: dict[str, Any] = draw(
        st.one_of(
            st.just({}),
            st.builds(lambda percent: {"percent": Fraction(percent)}, PERCENTS),
            st.builds(lambda amount: {"fixed": amount}, AMOUNTS),
        )
    )
    dated = st.tuples(
        PERCENTS.map(Fraction),
        st.integers(days, 200),
        st.sampled_from(["before", "after"]),
    )
    parts: dict[str, Any] = draw(
        st.one_of(
            st.just({}),
            st.builds(lambda number: {"equal": number}, st.integers(2, 6)),
            st.builds(lambda shares: {"dated": tuple(shares)}, st.lists(dated, min_size=1, max_size=2)),
            st.just(
                {
                    "dated": (
                        (Fraction(50), 90, "before"),
                        (Fraction(50) - down.get("percent", 0), 100, "after"),
                    )
                }
            ),
        )
    )
    return Deal(days=days, **down, **parts)


def terms_of(deal: Deal) -> Terms:
    """Write terms of the model as the product has them."""
    return Terms(
        balance_due_days=deal.days,
        down_payment_percent=None if deal.percent is None else decimal(deal.percent),
        down_payment_minor=deal.fixed,
        instalments=deal.equal,
        schedule=tuple(
            Share(
                percent=decimal(percent),
                days_before_start=days if counted == "before" else None,
                days_after_booking=days if counted == "after" else None,
            )
            for percent, days, counted in deal.dated
        ),
    )


def decimal(value: Fraction) -> Decimal:
    """Write a fraction that has few decimals as a decimal."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def rows_of(book: Book) -> Counter[Row]:
    """Say the model's plan in words, whatever order its rows have."""
    return Counter(
        (line.kind, line.status, line.amount, line.due, line.purpose, line.source) for line in book.lines
    )


def purpose_of(part: int | None, *, rule_based: bool) -> str:
    """Say what a row of the product is for in the model's words."""
    if not rule_based:
        return "hand"
    return "balance" if part is None else "down" if part == 0 else f"part {part}"


def counted(rows: Iterable[Row]) -> Counter[Row]:
    """Count rows that are alike."""
    return Counter(rows)


@st.composite
def rewritings(draw: st.DrawFn, model: Book, /) -> list[tuple[Line | None, str, int, date]]:
    """Draw a plan as staff might write it: rows kept, changed and left out, and now and then a new one."""
    wanted: list[tuple[Line | None, str, int, date]] = []
    for line in model.open():
        if draw(st.integers(0, 4)):
            amount = draw(st.just(line.amount) | st.integers(1, line.amount + 5))
            due = draw(st.just(line.due) | DAYS_AHEAD.map(lambda days: model.today + timedelta(days=days)))
            wanted.append((line, line.kind, amount, due))
    left = model.owed - sum(amount if kind == "payment" else -amount for _, kind, amount, _ in wanted)
    if left and draw(st.booleans()):
        due = model.today + timedelta(days=draw(DAYS_AHEAD))
        wanted.append((None, "payment" if left > 0 else "refund", draw(st.integers(1, abs(left))), due))
    return wanted


def in_words_of(line: Line) -> Row:
    """Say a line of the model in words."""
    return line.kind, line.status, line.amount, line.due, line.purpose, line.source
