"""When an approved payment is announced, charged and charged again, and the states its collection goes through.

All days are the operator's own: no moment and no zone appears here. Whether a charge is agreed to is
`approvals.covers`; what a provider's answer is called is `providers.contract`.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from fareledger.domain.errors import Conflict

# Charged again two and five days after the first try, then staff.
RETRY_DAYS: Final = (2, 5)
NOTICE_DAYS: Final = 3


class State(StrEnum):
    """How far the collection of one approved row is."""

    WAITING = "waiting"
    CHARGING = "charging"
    RETRY = "retry"
    NEEDS_CUSTOMER = "needs_customer"
    NEEDS_METHOD = "needs_method"
    WITH_STAFF = "with_staff"
    ENDED = "ended"


class Event(StrEnum):
    """What moves a collection on."""

    BEGUN = "begun"
    SUBMITTED = "submitted"
    NOT_CHARGED = "not_charged"
    OWNER_WANTED = "owner_wanted"
    CARD_USELESS = "card_useless"
    TRY_LATER = "try_later"
    HANDED_OVER = "handed_over"
    TRIED_AGAIN = "tried_again"
    ENDED = "ended"


class ImpossibleMove(Conflict):
    """An event that cannot happen to a collection in this state."""

    def __init__(self, *, state: State, event: Event) -> None:
        message = f"A collection that is {state.value} cannot meet {event.value}."
        super().__init__(code="impossible_move", message=message)


def _to(target: State, *sources: State) -> Mapping[State, State]:
    return dict.fromkeys(sources, target)


_STUCK: Final = (State.NEEDS_CUSTOMER, State.NEEDS_METHOD, State.WITH_STAFF)
MOVES: Final[Mapping[Event, Mapping[State, State]]] = {
    # Announced to the customer, for the first time or after a new consent.
    Event.BEGUN: _to(State.WAITING, State.WAITING, State.RETRY, *_STUCK, State.ENDED),
    Event.SUBMITTED: _to(State.CHARGING, State.WAITING, State.RETRY),
    # The provider never had the charge, so nothing was tried.
    Event.NOT_CHARGED: _to(State.WAITING, State.CHARGING),
    Event.OWNER_WANTED: _to(State.NEEDS_CUSTOMER, State.CHARGING, State.NEEDS_CUSTOMER),
    # Also without a charge: the card was removed before its day came.
    Event.CARD_USELESS: _to(
        State.NEEDS_METHOD,
        State.CHARGING,
        State.WAITING,
        State.RETRY,
        State.NEEDS_CUSTOMER,
        State.NEEDS_METHOD,
    ),
    Event.TRY_LATER: _to(State.RETRY, State.CHARGING),
    Event.HANDED_OVER: _to(State.WITH_STAFF, State.CHARGING, State.WAITING, State.RETRY, State.WITH_STAFF),
    # By staff; a card that its owner must approve, or that is useless, is never tried again on a guess.
    Event.TRIED_AGAIN: _to(State.WAITING, State.RETRY, State.WITH_STAFF),
    Event.ENDED: _to(State.ENDED, *(state for state in State if state is not State.ENDED)),
}


def move(state: State, *, event: Event) -> State:
    """Give the state after an event; what has ended stays ended but for a new beginning. Raises ImpossibleMove."""
    moves = MOVES[event]
    if state in moves:
        return moves[state]
    if state is State.ENDED and event is not Event.TRIED_AGAIN:
        return state
    raise ImpossibleMove(state=state, event=event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How an operator collects: days of notice, and the days after the first try on which it is tried again."""

    notice_days: int = NOTICE_DAYS
    retry_days: tuple[int, ...] = RETRY_DAYS

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Habits:
        """Read what an operator keeps, with our defaults where nothing is kept."""
        return cls(
            notice_days=int(value.get("notice_days", NOTICE_DAYS)),
            retry_days=tuple(int(days) for days in value.get("retry_days", RETRY_DAYS)),
        )


def charge_day(due_date: date, *, earliest: date) -> date:
    """Give the day a row is to be charged on: its due date, and never before the day that was agreed to."""
    return max(due_date, earliest)


def notice_day(charge_on: date, *, habits: Habits) -> date:
    """Give the day on which the customer is told of a charge."""
    return charge_on - timedelta(days=habits.notice_days)


def promised_day(charge_on: date, *, told_on: date) -> date:
    """Give the day a notice that goes out on `told_on` names: the charge's own, or the next one if that is late.

    A night at least lies between the notice and the charge, also after days on which everything stood still.
    """
    return max(charge_on, told_on + timedelta(days=1))


def next_try(tries: int, *, tried_on: date, habits: Habits) -> date | None:
    """Give the day to try again on after so many tries failed, the last one on `tried_on`; None: staff take over.

    The ladder's gaps are kept when a try came late, so that two are never nearer to each other than was meant.
    """
    if not 1 <= tries <= len(habits.retry_days):
        return None
    before = habits.retry_days[tries - 2] if tries > 1 else 0
    return tried_on + timedelta(days=habits.retry_days[tries - 1] - before)


Verdict = Literal["charge", "being_paid", "not_yet", "not_agreed", "card_gone", "too_much"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What stands under the lock of a booking when one of its rows is about to be charged.

    Amounts in minor units. `agreed` says whether a live consent covers row, amount, currency and day but for its
    earliest day, which is in `charge_on`; `left_minor` is what is outstanding and not being paid by anything else.
    """

    open: bool
    agreed: bool
    card_usable: bool
    being_paid: bool
    amount_minor: int
    left_minor: int
    charge_on: date


def verdict_of(due: Due, *, today: date) -> Verdict:
    """Say what is to be done about a row whose day has come; anything but "charge" moves no money."""
    if not (due.open and due.agreed):
        return "not_agreed"
    if due.being_paid:
        return "being_paid"
    if today < due.charge_on:
        return "not_yet"
    if not due.card_usable:
        return "card_gone"
    return "too_much" if due.amount_minor > due.left_minor else "charge"


def last_good_day(card_expires: str) -> date:
    """Give the last day on which a card that expires in this month ("2028-04") is good."""
    year, month = (int(part) for part in card_expires.split("-"))
    return date(year, month, calendar.monthrange(year, month)[1])


def warning_day(last_good: date) -> date:
    """Give the day from which its owner is told of an expiring card: a month before its last good day."""
    year, month = (last_good.year, last_good.month - 1) if last_good.month > 1 else (last_good.year - 1, 12)
    return date(year, month, min(last_good.day, calendar.monthrange(year, month)[1]))


def last_month_to_warn_of(today: date) -> str:
    """Give the latest month ("2028-04") of expiry whose warning day has come; no later card is spoken of yet."""
    following = f"{today.replace(day=1) + timedelta(days=31):%Y-%m}"
    return following if warning_day(last_good_day(following)) <= today else f"{today:%Y-%m}"
