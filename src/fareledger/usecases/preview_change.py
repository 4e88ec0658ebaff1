"""Shows what a change of a booking would do, and saves nothing.

The change is carried out as if it were saved, under the booking's lock, and then undone: plan, entries, timeline and
what was to be sent. So the preview is what saving would do at this moment, to the last row.
"""

from __future__ import annotations

from typing import Final

from fareledger.domain.access import Actor
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction, undo_at_the_end
from fareledger.usecases.carry_out_change import carry_out, change_arrival
from fareledger.usecases.change_views import ChangePreview
from fareledger.usecases.wanted_change import WantedChange

_CHANNEL: Final = "back_office"


@retried_on_deadlock
def preview_change(
    operator: Operator, *, details: WantedChange, actor: Actor, expected_version: int | None = None
) -> ChangePreview:
    """Return what a description, a cancellation or a reinstatement would do; refuse whatever saving would refuse.

    Raises NotPermitted, InvalidBooking, CurrencyNotSold, CurrencyFixed, VersionMismatch, BookingNotFound,
    NothingToCancel and PaymentRecordedOtherwise.
    """
    arrival = change_arrival(operator, wanted=details, channel=_CHANNEL, actor=actor)
    with operator_transaction(operator.id):
        preview = carry_out(details, arrival=arrival, expected_version=expected_version).preview
        undo_at_the_end()
    return preview
