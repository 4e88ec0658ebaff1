"""Over random lives of a booking, every figure the customer sees opens the movements it is made of, and they add up
exactly. What the figures ought to be is `test_bookings_over_random_lives.py`."""

from __future__ import annotations

import os
import re

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from tests.lives.test_bookings_over_random_lives import Life
from tests.support.portal import inside
from tests.support.sums import figures_of, minor, sums_of


class LifeSeen(Life):
    """A life whose customer opens every figure after every step."""

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        if self.model is None:
            return
        book, client = self.book, inside(self.desk.operator, booking_id=self.desk.booking_id)
        home = client.get(f"/p/{self.desk.operator.slug}/").content.decode()
        shown = figures_of(home)
        assert shown.pop("total") == book.payable
        assert shown["paid"] == book.received
        assert shown.get("refunded", 0) == -book.returned
        assert shown["scheduled"] == book.total("payment")
        assert shown.get("refunds", 0) == -book.total("refund")
        assert shown.get("undated", 0) == book.unplanned
        # Together they are a sum with the total below.
        assert sum(shown.values()) == book.payable
        history = client.get(f"/p/{self.desk.operator.slug}/history/").content.decode()
        for page in (home, history):
            (hero,) = re.findall(r'class="amount hero">([^<]+)<', page)
            assert minor(hero) == abs(book.owed)
            # The first sum of either page is how the amount that is left came about.
            assert sums_of(page)[0].result_minor == book.owed


def test_every_figure_opens_what_it_is_made_of(db: None) -> None:
    run_state_machine_as_test(
        LifeSeen,
        settings=settings(
            max_examples=int(os.environ.get("FARELEDGER_EXAMPLES", "8")),
            stateful_step_count=15,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
