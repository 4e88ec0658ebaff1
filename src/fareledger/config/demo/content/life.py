"""What a customer and the office do with one booking, from the day it comes in.

Every step is a use case, called as the faces call them; what the plan looks like is read back, never assumed.
"""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from fareledger.config.demo.content.card_holder import DECLINED_CARD, GOOD_CARDS
from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.office import Office
from fareledger.config.demo.content.stories import Story
from fareledger.domain.booking import BookingDetails, CheckoutPayment, Component, cancelled
from fareledger.domain.plan import plan_booking
from fareledger.usecases.show_booking import RowView

# How many of the refunds that a change makes due have not been paid back yet.
_REFUND_WAITS = 0.35


class Life:
    """One story being lived: it plans its own later events in the past."""

    def __init__(self, story: Story, *, past: Past, office: Office) -> None:
        self._story = story
        self._past = past
        self._office = office
        self._chance = random.Random(f"{story.details.reference}")
        self._details: BookingDetails = story.details
        self._booking_id: UUID | None = None

    def begin(self) -> None:
        """Plan the day the booking comes in."""
        zone = self._office.operator.time_zone
        moment = datetime.combine(
            self._details.booked_on, time(self._story.hour, self._chance.randrange(60)), zone
        )
        self._past.plan(moment.astimezone(UTC), happening=self._come_in)

    def _come_in(self, moment: datetime) -> None:
        details = self._details
        if self._story.at_checkout and self._story.habit != "nothing_yet":
            details = replace(details, payments=(self._checkout_payment(moment),))
        self._details = details
        self._booking_id = self._office.accept(details)
        self._plan_payments(moment)
        self._plan_surprise(moment)
        if self._story.habit == "declined":
            self._past.plan(
                self._past.present - timedelta(hours=self._chance.randint(1, 60)), happening=self._pay_next
            )

    def _checkout_payment(self, moment: datetime) -> CheckoutPayment:
        """Pay what the plan asks for on the day of booking, by card at the operator's own checkout."""
        terms = self._office.operator.default_terms.of(self._details.currency)
        plan = plan_booking(
            self._details.payable_minor,
            booked_on=self._details.booked_on,
            start_date=self._details.start_date,
            terms=terms,
        )
        taken = moment - timedelta(seconds=20)
        reference = self._office.take_at_checkout(self._details, amount_minor=plan[0].amount_minor, at=taken)
        return CheckoutPayment(
            amount_minor=plan[0].amount_minor,
            method="credit_card",
            provider="sandbox",
            external_reference=reference,
            received_at=taken,
        )

    def _plan_payments(self, moment: datetime) -> None:
        """Plan when the customer pays what is open, as their habit has it."""
        for row in self._office.open_rows(self._id, kind="payment"):
            days = {"slow": self._chance.randint(2, 9), "overdue": 400, "nothing_yet": 400}.get(
                self._story.habit, -self._chance.randint(0, 6)
            )
            if self._story.habit == "overdue" and row.due_date <= self._details.booked_on:
                days = 1
            at = max(self._at(row.due_date + timedelta(days=days)), moment + timedelta(minutes=11))
            self._past.plan(at, happening=self._pay_next)

    def _pay_next(self, moment: datetime) -> None:
        """Pay the row that is due next: by card on the portal, by bank transfer, or by card on the phone."""
        rows = self._office.open_rows(self._id, kind="payment")
        if not rows:
            return
        way = self._chance.choices(("portal", "bank_transfer", "phone"), weights=(55, 32, 13))[0]
        if self._story.habit == "declined" or way == "portal":
            self._office.pay_on_portal(self._id, row=rows[0], card=self._card(rows[0]))
            return
        self._office.commit(self._id, row=rows[0], by=way, more=self._story.habit == "pays_too_much")

    def _card(self, row: RowView) -> str:
        if self._story.habit == "declined":
            return DECLINED_CARD
        return self._chance.choice(GOOD_CARDS)

    def _plan_surprise(self, moment: datetime) -> None:
        """Plan what comes in between: an activity dropped or added, other dates, a cancellation."""
        happening = {
            "drops_activity": self._drop_activity,
            "adds_activity": self._add_activity,
            "moves": self._move,
            "cancels": self._cancel,
            "cancels_refunded": self._cancel,
        }.get(self._story.habit)
        if happening is None:
            return
        days_left = (self._details.start_date - moment.date()).days
        known = (self._past.present - moment).days
        late = self._chance.uniform(0.2, 0.75)
        self._past.plan(
            moment + timedelta(days=max(1, int(min(days_left, known) * late)), hours=3), happening=happening
        )

    def _drop_activity(self, moment: datetime) -> None:
        last = max(
            (c for c in self._details.components if not c.cancelled),
            key=lambda c: (c.kind == "activity", c.id),
        )
        self._change(
            replace(
                self._details, components=_with_cancelled(self._details.components, component_id=last.id)
            ),
            moment=moment,
        )

    def _add_activity(self, moment: datetime) -> None:
        base = self._details.components[0]
        extra = replace(
            base,
            id=f"c{len(self._details.components) + 1}",
            kind="activity",
            title="Private guide for a day",
            supplier="Local guides",
            start_date=self._details.start_date + timedelta(days=2),
            end_date=self._details.start_date + timedelta(days=2),
            price_minor=base.price_minor // 4 // 100 * 100 or base.price_minor,
            cancellation_fee_minor=0,
        )
        self._change(replace(self._details, components=(*self._details.components, extra)), moment=moment)

    def _move(self, moment: datetime) -> None:
        by = timedelta(days=self._chance.choice((7, 14, 21)))
        parts = tuple(
            replace(c, start_date=c.start_date + by, end_date=c.end_date + by)
            if c.start_date and c.end_date
            else c
            for c in self._details.components
        )
        moved = replace(
            self._details,
            start_date=self._details.start_date + by,
            end_date=self._details.end_date + by,
            components=parts,
        )
        self._change(moved, moment=moment)

    def _cancel(self, moment: datetime) -> None:
        self._change(cancelled(self._details), moment=moment)

    def _change(self, details: BookingDetails, *, moment: datetime) -> None:
        self._details = details
        self._office.accept(details)
        self._plan_payments(moment)
        waits = self._story.habit == "cancels" or self._chance.random() < _REFUND_WAITS
        if self._office.open_rows(self._id, kind="refund") and not waits:
            self._past.plan(moment + timedelta(days=self._chance.randint(3, 12)), happening=self._refund)

    def _refund(self, moment: datetime) -> None:
        for row in self._office.open_rows(self._id, kind="refund"):
            self._office.commit(self._id, row=row, by="bank_transfer")

    @property
    def _id(self) -> UUID:
        if self._booking_id is None:
            raise RuntimeError("the booking has not come in yet")
        return self._booking_id

    def _at(self, day: date) -> datetime:
        """Return some waking hour of a day where the operator is."""
        hour = time(self._chance.randint(8, 21), self._chance.randrange(60))
        return datetime.combine(day, hour, self._office.operator.time_zone).astimezone(UTC)


def _with_cancelled(components: tuple[Component, ...], *, component_id: str) -> tuple[Component, ...]:
    return tuple(replace(c, cancelled=True) if c.id == component_id else c for c in components)
