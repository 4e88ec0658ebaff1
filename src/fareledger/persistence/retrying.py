"""Running a whole database transaction again when PostgreSQL chose it as the loser of a deadlock.

Only for transactions that do nothing but database work: nothing outside is ever done twice.
"""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError

P = ParamSpec("P")
R = TypeVar("R")

_TRIES = 4
# deadlock_detected, serialization_failure
_LOSERS = frozenset({"40P01", "40001"})


def retried_on_deadlock(act: Callable[P, R]) -> Callable[P, R]:
    """Run the function again, at most three times, when its transaction lost against another one."""

    @wraps(act)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                return act(*args, **kwargs)
            except OperationalError as failure:
                if not tries_left or getattr(failure.__cause__, "sqlstate", None) not in _LOSERS:
                    raise
                time.sleep(random.uniform(0.01, 0.1))  # noqa: S311  # spreads the losers, protects nothing
        raise AssertionError("unreachable")

    return again
