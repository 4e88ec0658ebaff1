"""In every state the booking home says one clear thing first, and offers one thing to do.

The states are `tests/support/home_states.py`; how they look on a phone is `test_home_in_chromium.py`.
"""

import html
import re

import pytest
from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import Billing
from tests.support.home_states import STATES, State
from tests.support.planning import path_of
from tests.support.portal import inside, inside_unproven
from tests.support.staff import signed_in


def looking(operator: Operator, *, state: State, shown: Billing) -> Client:
    """The browser of whoever looks at a state."""
    if state.looks == "staff":
        staff = signed_in(operator)
        staff.get(staff.post(path_of(shown, "customer-view"))["Location"], follow=True)
        return staff
    enter = inside_unproven if state.looks == "unproven" else inside
    return enter(operator, booking_id=shown.booking.id)


def said(page: str) -> str:
    """What a page says, in one line."""
    text = re.sub(r"<(svg|style|title)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", html.unescape(text)).replace(" ,", ",").replace(" .", ".")


def primaries(page: str) -> list[str]:
    """The words of the primary buttons."""
    found = re.findall(
        r'<(a|button)[^>]* ?class="button primary[^"]*"[^>]*>(.*?)</\1>', page, flags=re.DOTALL
    )
    return [said(words).strip() for _, words in found]


@pytest.mark.parametrize("name", STATES)
def test_the_home_says_one_thing_first(operator: Operator, name: str) -> None:
    state = STATES[name]
    client = looking(operator, state=state, shown=state.made(operator))
    page = client.get(f"/p/{operator.slug}/").content.decode()
    words = said(page)
    opening = words[words.index("Skip to content") + 16 :] if "Skip to content" in words else words
    assert re.search(state.first, opening), opening[:600]
    for also in state.also:
        assert re.search(also, words), f"{also!r} is not in {words}"
    for never in state.never:
        assert not re.search(never, words), f"{never!r} is in {words}"
    buttons = primaries(page)
    assert len(buttons) == bool(state.primary), buttons
    assert all(re.search(state.primary, button) for button in buttons), buttons


@pytest.mark.parametrize("name", STATES)
def test_the_history_agrees(operator: Operator, name: str) -> None:
    state = STATES[name]
    client = looking(operator, state=state, shown=state.made(operator))
    home = client.get(f"/p/{operator.slug}/").content.decode()
    history = client.get(f"/p/{operator.slug}/history/").content.decode()
    heroes = [re.findall(r'class="amount hero">([^<]+)<', page)[0] for page in (home, history)]
    assert heroes[0] == heroes[1]
    assert len(primaries(history)) <= 1
    for never in state.never:
        assert not re.search(never, said(history))
