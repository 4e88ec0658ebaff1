"""The demo's clock goes forward, here and at the acquirer, and exists in a demo only."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from fareledger.persistence.models import DemoClock
from fareledger.persistence.operators import Operator
from fareledger.usecases import clock
from fareledger.usecases.move_demo_clock import ClockGoesForwardOnly, NotADemo, demo_time, move_demo_clock
from tests.support.acquirer import ADMIN_KEY, Acquirer, running_acquirer


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock nobody else minds."""
    with running_acquirer(tmp_path) as acquirer:
        yield acquirer


@pytest.fixture
def demo(db: None, own_acquirer: Acquirer) -> Iterator[Acquirer]:
    """A demo beside its acquirer; afterwards the clock is the wall clock again."""
    environment = replace(
        settings.ENVIRONMENT, demo=True, acquirer_url=own_acquirer.base_url, acquirer_admin_key=ADMIN_KEY
    )
    with override_settings(ENVIRONMENT=environment):
        yield own_acquirer
    DemoClock.objects.all().delete()


@pytest.mark.slow
def test_both_clocks_move_together(demo: Acquirer) -> None:
    moved = move_demo_clock(days=3)
    assert moved.days_ahead == 3
    assert clock.now().date() == (datetime.now(UTC) + timedelta(days=3)).date()
    assert demo.get("/admin/clock")["offset_s"] == 3 * 86_400
    there = move_demo_clock(to=moved.now.date() + timedelta(days=4))
    assert there.days_ahead == 7
    assert demo_time() is not None


@pytest.mark.slow
def test_moving_it_queues_what_is_done_by_the_day(demo: Acquirer, operator: Operator) -> None:
    move_demo_clock(days=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'operator_id' = %s",
            [str(operator.id)],
        )
        queued = {name for (name,) in cursor.fetchall()}
    assert queued >= {"send_notices", "collect_due", "watch_cards", "release_protected"}


@pytest.mark.slow
def test_time_never_goes_back(demo: Acquirer) -> None:
    move_demo_clock(days=1)
    for wanted in (
        {"days": 0},
        {"days": -1},
        {"to": datetime.now(UTC).date()},
        {"days": 4_000},
        {"to": date(2020, 1, 1)},
    ):
        with pytest.raises(ClockGoesForwardOnly):
            move_demo_clock(**wanted)
    assert clock.offset_s() == 86_400


def test_there_is_no_such_clock_outside_a_demo(db: None) -> None:
    assert demo_time() is None
    with pytest.raises(NotADemo):
        move_demo_clock(days=1)
