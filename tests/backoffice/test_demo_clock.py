"""In a demo the clock can be moved from the foot of every page; an open page then shows the new day."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import override_settings

from fareledger.persistence.models import DemoClock
from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip_in, sell
from tests.support.staff import signed_in

CLOCK = "/office/demo-clock/"


@pytest.fixture
def demo(db: None) -> Iterator[None]:
    """A demo without an acquirer, whose clock stands right before and after."""
    DemoClock.objects.all().delete()
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, demo=True, acquirer_url="")):
        yield
    DemoClock.objects.all().delete()


def _days_ahead() -> int:
    row = DemoClock.objects.filter(id=1).first()
    return row.offset_s // 86_400 if row else 0


@pytest.mark.parametrize("days", [1, 7])
def test_one_press_moves_the_clock_and_comes_back(demo: None, operator: Operator, days: int) -> None:
    browser = signed_in(operator)
    page = browser.get("/office/settlements/?x=1").content.decode()
    assert "Demo clock" in page
    assert 'name="next" value="/office/settlements/?x=1"' in page
    answer = browser.post(CLOCK, {"days": str(days), "next": "/office/settlements/?x=1"})
    assert (answer.status_code, answer["Location"]) == (303, "/office/settlements/?x=1")
    assert _days_ahead() == days
    assert "It is now" in browser.get("/office/settlements/").content.decode()


def test_the_clock_moves_to_a_date_and_never_back(demo: None, operator: Operator) -> None:
    browser = signed_in(operator)
    wanted = datetime.now(UTC).date() + timedelta(days=40)
    browser.post(CLOCK, {"to": wanted.isoformat()})
    assert _days_ahead() == 40
    browser.post(CLOCK, {"to": (wanted - timedelta(days=1)).isoformat()})
    assert _days_ahead() == 40
    assert "Choose a later date" in browser.get("/office/bookings/").content.decode()


@pytest.mark.parametrize("form", [{}, {"to": "tomorrow"}, {"days": "365"}])
def test_a_form_that_says_no_date_moves_nothing(demo: None, operator: Operator, form: dict[str, str]) -> None:
    browser = signed_in(operator)
    assert browser.post(CLOCK, {**form, "next": "https://evil.example/"})["Location"] == "/office/"
    assert _days_ahead() == 0
    assert "Enter a date" in browser.get("/office/bookings/").content.decode()


def test_an_acquirer_that_does_not_answer_stops_both_clocks(demo: None, operator: Operator) -> None:
    browser = signed_in(operator)
    nobody = replace(settings.ENVIRONMENT, acquirer_url="http://127.0.0.1:1", acquirer_admin_key="x")
    with override_settings(ENVIRONMENT=nobody):
        browser.post(CLOCK, {"days": "1"})
        page = browser.get("/office/bookings/").content.decode()
    assert "the clock was not moved" in page
    assert _days_ahead() == 0


def test_an_open_page_learns_of_the_new_day(demo: None, operator: Operator) -> None:
    shown, browser = sell(operator, a_trip_in(33)), signed_in(operator)
    page = browser.get(f"/office/bookings/{shown.booking.reference}/").content.decode()
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found
    live = found[1]
    assert browser.get(live, headers={"HX-Request": "true"}).status_code == 204
    browser.post(CLOCK, {"days": "7"})
    fresh = browser.get(live, headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    assert "Overdue" in fresh.content.decode()
