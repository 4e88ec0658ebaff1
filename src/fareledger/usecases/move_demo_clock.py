"""Moves the demo's time forward, here and at the sandbox acquirer, so that weeks pass before one's eyes.

It exists in a demo only; any other installation refuses. Time never goes back: what is recorded already would
otherwise lie in the future.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from fareledger.domain.errors import Conflict, Refused
from fareledger.persistence.models import DemoClock
from fareledger.providers.contract import ProviderFailure
from fareledger.providers.sandbox.admin import SandboxAdmin
from fareledger.usecases.clock import now, offset_s
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.queue_settlement import queue_settlement
from fareledger.usecases.send_notices import queue_collections
from fareledger.usecases.send_reminders import queue_reminders

_DAY_S = 86_400
_FURTHEST_DAYS = 3 * 365


class NotADemo(Refused):
    """The clock of a real installation does not move."""

    def __init__(self) -> None:
        super().__init__(code="not_a_demo", message="Only the clock of a demo can be moved.")


class ClockGoesForwardOnly(Refused):
    """The wanted date is not later than today's, or too far away."""

    def __init__(self) -> None:
        super().__init__(
            code="clock_goes_forward_only",
            message="Choose a later date, at most three years ahead.",
            field="/date",
        )


class AcquirerClockStands(Conflict):
    """The acquirer did not answer; neither clock has moved."""

    def __init__(self) -> None:
        super().__init__(
            code="acquirer_clock_stands",
            message="The sandbox acquirer does not answer, so the clock was not moved. Try again.",
        )


@dataclass(frozen=True, kw_only=True)
class DemoTime:
    """The demo's present moment, in UTC, and how many whole days it stands ahead of the wall clock."""

    now: datetime
    days_ahead: int


def demo_time() -> DemoTime | None:
    """Return the demo's time, or None when this is no demo."""
    if not settings.ENVIRONMENT.demo:
        return None
    return DemoTime(now=now(), days_ahead=offset_s() // _DAY_S)


def move_demo_clock(*, days: int | None = None, to: date | None = None) -> DemoTime:
    """Move the clock by `days`, or to the same time of day on the date `to` (UTC), and queue the daily work:
    payouts, reminders, notices, charges and the watch over stored cards.

    Give exactly one of the two. The acquirer goes first: should it not answer, neither clock has moved.
    Raises NotADemo, ClockGoesForwardOnly and AcquirerClockStands.
    """
    if (days is None) == (to is None):
        raise ValueError("give either days or a date")
    if not settings.ENVIRONMENT.demo:
        raise NotADemo
    step = days if days is not None else ((to or date.min) - now().date()).days
    wanted_s = offset_s() + step * _DAY_S
    if step < 1 or wanted_s > _FURTHEST_DAYS * _DAY_S:
        raise ClockGoesForwardOnly
    environment = settings.ENVIRONMENT
    if environment.acquirer_url:
        admin = SandboxAdmin(base_url=environment.acquirer_url, admin_key=environment.acquirer_admin_key)
        try:
            with calling_provider():
                admin.set_clock(offset_s=wanted_s)
        except ProviderFailure as failure:
            raise AcquirerClockStands from failure
    DemoClock.objects.update_or_create(id=1, defaults={"offset_s": wanted_s})
    queue_settlement()
    queue_reminders()
    queue_collections()
    return DemoTime(now=now(), days_ahead=wanted_s // _DAY_S)
