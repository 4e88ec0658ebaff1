"""The life of one attempt to move money through a provider.

`RULES` is the whole machine: for each event, where it leads from each state and where it is old news. Any
other pair is refused, because it cannot be true. Three things hold by construction: a success is never undone
by a late failure (P3), money that arrived is recorded even after we had given up (P5), and a lost answer is a
state of its own that never counts as a failure (P6). Only a refund or a dispute takes money back, and neither
is an attempt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fareledger.domain.errors import Conflict


class State(StrEnum):
    """Where an attempt stands."""

    INTENDED = "intended"
    AWAITING_CUSTOMER = "awaiting_customer"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_terminal(self) -> bool:
        """Say whether a new attempt may be made; one that is not settled blocks it (P2)."""
        return self in TERMINAL


class Event(StrEnum):
    """What was learnt about an attempt. `verified_…` means read from the provider, never from a browser."""

    PROVIDER_ACCEPTED = "provider_accepted"
    CUSTOMER_DECLINED = "customer_declined"
    PROVIDER_PROCESSING = "provider_processing"
    ANSWER_LOST = "answer_lost"
    VERIFIED_SUCCESS = "verified_success"
    VERIFIED_FAILURE = "verified_failure"
    VERIFIED_CANCELLED = "verified_cancelled"
    VERIFIED_EXPIRED = "verified_expired"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Rule:
    """What an event does: the states it moves, by their target, and the states in which it is old news."""

    moves: Mapping[State, State]
    old_news: frozenset[State]


@dataclass(frozen=True, slots=True)
class Transition:
    """The state after an event, and whether the event changed it; only a change has consequences."""

    state: State
    changed: bool


class ImpossibleEvent(Conflict):
    """An event that cannot be true in this state: the provider and our records contradict each other."""

    def __init__(self, *, state: State, event: Event) -> None:
        message = f"An attempt that is {state.value} cannot meet {event.value}."
        super().__init__(code="impossible_event", message=message)
        self.state = state
        self.event = event


TERMINAL: Final = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED})
_OPEN: Final = frozenset(State) - TERMINAL
_GAVE_UP: Final = TERMINAL - {State.SUCCEEDED}


def _rule(to: State, *, from_: frozenset[State], old_news: frozenset[State]) -> Rule:
    return Rule(moves={state: to for state in State if state in from_}, old_news=old_news)


RULES: Final[Mapping[Event, Rule]] = {
    # A reordered notice may say "accepted" after processing began; only a decline leads back to the customer.
    Event.PROVIDER_ACCEPTED: _rule(
        State.AWAITING_CUSTOMER,
        from_=frozenset({State.INTENDED, State.UNKNOWN}),
        old_news=TERMINAL | {State.AWAITING_CUSTOMER, State.PROCESSING},
    ),
    # The provider keeps the payment open, so the customer can try another card in the same attempt.
    Event.CUSTOMER_DECLINED: _rule(
        State.AWAITING_CUSTOMER,
        from_=frozenset({State.INTENDED, State.PROCESSING, State.UNKNOWN}),
        old_news=TERMINAL | {State.AWAITING_CUSTOMER},
    ),
    Event.PROVIDER_PROCESSING: _rule(
        State.PROCESSING,
        from_=frozenset({State.INTENDED, State.AWAITING_CUSTOMER, State.UNKNOWN}),
        old_news=TERMINAL | {State.PROCESSING},
    ),
    # While processing the provider is known to have the payment; a lost answer makes that no less certain.
    Event.ANSWER_LOST: _rule(
        State.UNKNOWN,
        from_=frozenset({State.INTENDED, State.AWAITING_CUSTOMER}),
        old_news=TERMINAL | {State.PROCESSING, State.UNKNOWN},
    ),
    Event.VERIFIED_SUCCESS: _rule(
        State.SUCCEEDED, from_=_OPEN | _GAVE_UP, old_news=frozenset({State.SUCCEEDED})
    ),
    Event.VERIFIED_FAILURE: _rule(State.FAILED, from_=_OPEN, old_news=TERMINAL),
    Event.VERIFIED_CANCELLED: _rule(State.CANCELLED, from_=_OPEN, old_news=TERMINAL),
    Event.VERIFIED_EXPIRED: _rule(State.EXPIRED, from_=_OPEN, old_news=TERMINAL),
    # Asked by our own reference, the provider never saw the attempt. It cannot forget one that it accepted.
    Event.NOT_FOUND: _rule(State.FAILED, from_=frozenset({State.INTENDED, State.UNKNOWN}), old_news=_GAVE_UP),
}

# Seconds from one question about an unknown attempt to the next; after the last one a person is asked (P6).
ASK_LADDER_S: Final = (5, 30, 300, 3600, 86400)


def advance(state: State, *, event: Event) -> Transition:
    """Give the state after an event; a repeated or late event changes nothing and says so.

    Raises ImpossibleEvent.
    """
    rule = RULES[event]
    if state in rule.moves:
        return Transition(rule.moves[state], changed=True)
    if state in rule.old_news:
        return Transition(state, changed=False)
    raise ImpossibleEvent(state=state, event=event)


def next_ask(asked: int) -> int | None:
    """Give the seconds to wait before asking again, after so many questions; None to ask a person."""
    return ASK_LADDER_S[asked] if asked < len(ASK_LADDER_S) else None
