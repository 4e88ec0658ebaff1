"""Which bookings the demo has: who goes where, when they booked, and what kind of customer they are.

A story is only a plan for the simulated past (`history.py` lives it through); everything in it comes from one seed.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from fareledger.config.demo.content.operators import ACME, NORTHWAY, SOLMAR
from fareledger.config.demo.content.people import email_of, full_name
from fareledger.config.demo.content.trips import PRICE_TENTHS, TRIPS, Part, Trip
from fareledger.domain.booking import BookingDetails, Component, Customer, Traveller
from fareledger.domain.money import exponent

Habit = Literal[
    "prompt", "slow", "overdue", "drops_activity", "adds_activity", "moves", "cancels", "cancels_refunded",
    "declined", "nothing_yet", "pays_too_much",
]  # fmt: skip

# How many bookings of a hundred live each life.
HABITS: dict[Habit, int] = {
    "prompt": 44,
    "slow": 12,
    "overdue": 7,
    "drops_activity": 7,
    "adds_activity": 6,
    "moves": 5,
    "cancels": 4,
    "cancels_refunded": 4,
    "declined": 5,
    "nothing_yet": 4,
    "pays_too_much": 2,
}
COUNTS = {ACME.slug: 118, SOLMAR.slug: 52, NORTHWAY.slug: 36}
CURRENCIES = {
    ACME.slug: ("GBP",) * 8 + ("EUR", "USD"),
    SOLMAR.slug: ("EUR",) * 9 + ("GBP",),
    NORTHWAY.slug: ("USD",) * 6 + ("JPY",) * 3 + ("KWD",) * 2,
}
LOCALES = {
    "GBP": ("en-GB",),
    "EUR": ("es-ES", "de-DE", "fr-FR", "it-IT", "nl-NL"),
    "USD": ("en-US",),
    "JPY": ("ja-JP",),
    "KWD": ("ar",),
}
PREFIX = {ACME.slug: ("TRV", 47100), SOLMAR.slug: ("SOL", 20310), NORTHWAY.slug: ("NWR", 8120)}
HISTORY_DAYS = 270
# How many of the bookings with something to tell have not travelled yet.
_STILL_AHEAD = 0.75


@dataclass(frozen=True)
class Story:
    """One booking of the past: the operator's slug, what was booked, the hour it came in, and the customer's habit."""

    operator: str
    details: BookingDetails
    hour: int
    habit: Habit
    at_checkout: bool


def stories(today: date, *, seed: int) -> list[Story]:
    """Return all stories in the order they were booked; the same day and seed give the same stories."""
    chance = random.Random(seed)
    told = [_story(chance, today=today, slug=slug) for slug, count in COUNTS.items() for _ in range(count)]
    told.sort(key=lambda story: (story.details.booked_on, story.hour))
    return [_with_reference(story, position=position) for position, story in enumerate(told)]


def _story(chance: random.Random, *, today: date, slug: str) -> Story:
    habit = chance.choices(list(HABITS), weights=list(HABITS.values()))[0]
    booked_on, start = _dates(chance, today=today, habit=habit)
    trip = chance.choice(TRIPS[slug])
    currency = _currency(chance, slug=slug, trip=trip)
    lead = full_name(chance)
    season = chance.randint(86, 127)
    details = BookingDetails(
        reference="",
        currency=currency,
        booked_on=booked_on,
        start_date=start,
        end_date=start + timedelta(days=trip.nights),
        customer=Customer(name=lead, email=email_of(lead), locale=chance.choice(LOCALES[currency])),
        travellers=_travellers(chance, lead=lead),
        package=trip.package,
        components=tuple(
            component(part, start=start, currency=currency, position=position, season=season)
            for position, part in enumerate(trip.parts, 1)
        ),
        non_payable_minor=0,
    )
    return Story(slug, details, hour=chance.randint(7, 20), habit=habit, at_checkout=chance.random() < 0.72)


def _dates(chance: random.Random, *, today: date, habit: Habit) -> tuple[date, date]:
    """Return the day of booking and the first day of travel, so that today finds the habit at work."""
    if habit == "nothing_yet":
        booked = today - timedelta(days=chance.randint(0, 2))
        return booked, booked + timedelta(days=chance.randint(70, 200))
    if habit == "overdue":
        start = today + timedelta(days=chance.randint(4, 28))
        return start - timedelta(days=chance.randint(80, 190)), start
    if habit not in ("prompt", "slow") and chance.random() < _STILL_AHEAD:
        start = today + timedelta(days=chance.randint(9, 120))
        return start - timedelta(days=chance.randint(130, 220)), start
    booked = today - timedelta(days=chance.randint(3, HISTORY_DAYS - 10))
    lead_days = chance.choice((chance.randint(9, 40), chance.randint(60, 150), chance.randint(90, 300)))
    return booked, booked + timedelta(days=lead_days)


def _currency(chance: random.Random, *, slug: str, trip: Trip) -> str:
    if trip.package.startswith("Japan"):
        return "JPY"
    if trip.package.startswith("Gulf"):
        return "KWD"
    return chance.choice([code for code in CURRENCIES[slug] if code not in ("JPY", "KWD")])


def _travellers(chance: random.Random, *, lead: str) -> tuple[Traveller, ...]:
    others = chance.choice((0, 1, 1, 1, 2, 3))
    return (Traveller(name=lead, lead=True), *(Traveller(name=full_name(chance)) for _ in range(others)))


def component(part: Part, *, start: date, currency: str, position: int, season: int = 100) -> Component:
    """Return a priced part at `season` percent of the list price, with a cancellation fee that fits its kind."""
    price = part.price * season * PRICE_TENTHS[currency] * 10 ** exponent(currency) // 1000
    kept = {"flight": 70, "fee": 100, "activity": 0, "rail": 50}.get(part.kind, 20)
    return Component(
        id=f"c{position}",
        kind=part.kind,
        title=part.title,
        supplier=part.supplier,
        start_date=start + timedelta(days=part.first_day),
        end_date=start + timedelta(days=part.last_day),
        price_minor=price,
        cancellation_fee_minor=price * kept // 100,
    )


def _with_reference(story: Story, *, position: int) -> Story:
    prefix, first = PREFIX[story.operator]
    return replace(
        story, details=replace(story.details, reference=f"{prefix}-{first + position * 5 + position % 3}")
    )
