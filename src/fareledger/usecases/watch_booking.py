"""Tells cheaply whether anything that a booking's page shows has changed since it was drawn.

A page that stays open asks this every few seconds; only when the answer differs is the page drawn again.
"""

from fareledger.domain.wording import reference_key
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import today
from fareledger.usecases.show_booking import BookingNotFound


def booking_mark(operator: Operator, *, reference: str) -> str:
    """Return a short text that differs whenever the booking's pages would. Raises BookingNotFound.

    Read it before the page's own values: a change in between then only draws the page once more.
    """
    day = today(operator)
    with operator_transaction(operator.id):
        found = queries.row(
            "watch.mark", arguments={"operator_id": operator.id, "reference_key": reference_key(reference)}
        )
    if found is None:
        raise BookingNotFound(reference)
    return f"{found['mark']}.{day:%Y%m%d}"
