"""What time it is: the wall clock, or in a demo the wall clock shifted by the demo's own offset.

Use cases ask here once and hand the moment on; the domain never asks.
"""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings

from fareledger.persistence.models import DemoClock
from fareledger.persistence.operators import Operator


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    moment = datetime.now(UTC)
    if settings.ENVIRONMENT.demo:
        moment += timedelta(seconds=offset_s())
    return moment


def wall_clock() -> datetime:
    """Return the current moment, aware, in UTC, whatever the demo's clock says.

    How long somebody has been away is measured with it: moving the demo's time neither ends a visit nor revives one.
    """
    return datetime.now(UTC)


def today(operator: Operator) -> date:
    """Return the current date where the operator is."""
    return now().astimezone(operator.time_zone).date()


def offset_s() -> int:
    """Return how far the demo's clock stands ahead, in seconds; 0 outside a demo."""
    row = DemoClock.objects.filter(id=1).first()
    return row.offset_s if row else 0
