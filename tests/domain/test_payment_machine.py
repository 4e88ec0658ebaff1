"""The payment machine over every pair of state and event, and the promises that follow from it."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.errors import Conflict
from fareledger.domain.payment_machine import (
    ASK_LADDER_S,
    RULES,
    Event,
    ImpossibleEvent,
    State,
    advance,
    next_ask,
)

# One row a state, one column an event: the state it leads to, "=" for old news, "!" for impossible.
TABLE = """
                   accepted  declined  processing  lost  success    failure  cancelled  expired  not_found
intended           awaiting  awaiting  processing  unknown succeeded failed  cancelled  expired  failed
awaiting_customer  =         =         processing  unknown succeeded failed  cancelled  expired  !
processing         =         awaiting  =           =     succeeded  failed   cancelled  expired  !
unknown            awaiting  awaiting  processing  =     succeeded  failed   cancelled  expired  failed
succeeded          =         =         =           =     =          =        =          =        !
failed             =         =         =           =     succeeded  =        =          =        =
cancelled          =         =         =           =     succeeded  =        =          =        =
expired            =         =         =           =     succeeded  =        =          =        =
"""

EVENTS = {
    "accepted": Event.PROVIDER_ACCEPTED,
    "declined": Event.CUSTOMER_DECLINED,
    "processing": Event.PROVIDER_PROCESSING,
    "lost": Event.ANSWER_LOST,
    "success": Event.VERIFIED_SUCCESS,
    "failure": Event.VERIFIED_FAILURE,
    "cancelled": Event.VERIFIED_CANCELLED,
    "expired": Event.VERIFIED_EXPIRED,
    "not_found": Event.NOT_FOUND,
}
SHORT = {"awaiting": State.AWAITING_CUSTOMER}


def expectations() -> dict[tuple[State, Event], str]:
    head, *lines = TABLE.strip().splitlines()
    columns = [EVENTS[word] for word in head.split()]
    return {
        (State(line.split()[0]), event): cell
        for line in lines
        for event, cell in zip(columns, line.split()[1:], strict=True)
    }


EXPECTED = expectations()
PAIRS = list(product(State, Event))


def test_the_table_names_every_pair() -> None:
    assert set(EXPECTED) == set(PAIRS)


@pytest.mark.parametrize(("state", "event"), PAIRS)
def test_every_pair_does_what_the_table_says(state: State, event: Event) -> None:
    cell = EXPECTED[state, event]
    if cell == "!":
        with pytest.raises(ImpossibleEvent) as refused:
            advance(state, event=event)
        assert isinstance(refused.value, Conflict)
        assert (refused.value.state, refused.value.event) == (state, event)
        return
    transition = advance(state, event=event)
    assert transition.changed == (cell != "=")
    assert transition.state == (state if cell == "=" else SHORT.get(cell) or State(cell))


@pytest.mark.parametrize("event", Event)
def test_no_event_both_moves_a_state_and_is_old_news_in_it(event: Event) -> None:
    assert not set(RULES[event].moves) & RULES[event].old_news


@pytest.mark.parametrize("state", State)
def test_only_what_is_settled_lets_a_new_attempt_be_made(state: State) -> None:
    settled = {State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED}
    assert state.is_terminal == (state in settled)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_whatever_happens_a_success_stays_and_counts_once(events: list[Event]) -> None:
    state, changes_to_success = State.INTENDED, 0
    for event in events:
        before = state
        try:
            transition = advance(state, event=event)
        except ImpossibleEvent:
            continue
        state = transition.state
        assert transition.changed == (state != before)
        assert not (before is State.SUCCEEDED and state is not State.SUCCEEDED)
        changes_to_success += transition.changed and state is State.SUCCEEDED
    assert changes_to_success == (Event.VERIFIED_SUCCESS in events)


def test_a_lost_answer_alone_never_means_failed() -> None:
    for state in State:
        assert advance(state, event=Event.ANSWER_LOST).state in {state, State.UNKNOWN}


def test_an_unknown_attempt_is_asked_about_ever_more_rarely_then_handed_to_a_person() -> None:
    assert [next_ask(asked) for asked in range(7)] == [*ASK_LADDER_S, None, None]
    assert ASK_LADDER_S == (5, 30, 300, 3600, 86400)
