"""A session of the back office: at most eight hours, however busy; signed in and out in the log."""

import time

from fareledger.faces.backoffice.door import SIGNED_IN_AT
from fareledger.faces.backoffice.pages import ABSOLUTE_S, SEEN
from fareledger.persistence.operators import Operator
from tests.support.access_log import access_events
from tests.support.staff import signed_in


def test_after_eight_hours_a_busy_session_ends_too(operator: Operator) -> None:
    browser = signed_in(operator)
    assert browser.get("/office/bookings/").status_code == 200
    session = browser.session
    session[SIGNED_IN_AT], session[SEEN] = int(time.time()) - ABSOLUTE_S - 1, int(time.time())
    session.save()
    answer = browser.get("/office/bookings/")
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (303, "/office/sign-in/")
    assert ABSOLUTE_S == 8 * 3600


def test_a_session_that_does_not_know_its_beginning_is_too_old(operator: Operator) -> None:
    browser = signed_in(operator)
    session = browser.session
    del session[SIGNED_IN_AT]
    session.save()
    assert browser.get("/office/bookings/").status_code == 303


def test_signing_in_and_out_are_in_the_log_with_the_address(operator: Operator) -> None:
    browser = signed_in(operator)
    browser.post("/office/sign-out/")
    lines = access_events(operator)
    assert [line.kind for line in lines] == ["signed_in", "signed_out"]
    assert lines[0].payload == {"second_step": "none", "from": "127.0.0.1"}
