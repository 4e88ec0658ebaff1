"""A visit ends by the wall clock: whoever moves the demo's time is neither signed out nor let in again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.test import Client, override_settings

from fareledger.persistence.models import DemoClock
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now, wall_clock
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import later
from tests.support.portal import a_link, inside

DAY_S = 86_400


@contextmanager
def demo_ahead(days: int) -> Iterator[None]:
    """A demo whose time stands some days ahead."""
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, demo=True)):
        DemoClock.objects.update_or_create(id=1, defaults={"offset_s": days * DAY_S})
        try:
            yield
        finally:
            DemoClock.objects.all().delete()


def status(client: Client, *, operator: Operator) -> int:
    """What the booking home answers."""
    return int(client.get(f"/p/{operator.slug}/").status_code)


def test_moving_the_demos_time_ends_no_visit(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    with demo_ahead(40):
        assert now() - wall_clock() > timedelta(days=39)
        assert status(client, operator=operator) == 200
        assert status(client, operator=operator) == 200
    assert status(client, operator=operator) == 200


def test_moving_the_demos_time_revives_no_visit(operator: Operator) -> None:
    with demo_ahead(40):
        client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    with later(16 * 60):
        assert status(client, operator=operator) == 303
        with demo_ahead(80):
            assert status(client, operator=operator) == 303


def test_links_go_by_the_demos_time(operator: Operator) -> None:
    path = a_link(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    with demo_ahead(4):
        assert "This link has run out" in Client().get(path).content.decode()
