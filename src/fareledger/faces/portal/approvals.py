"""What the pages of a booking offer about approvals: which payments may be approved, and which taken back.

Staff who look on are offered nothing. What is offered is decided again by whoever takes the consent.
"""

from fareledger.faces.portal.visits import Guest
from fareledger.usecases.review_approvals import can_withdraw, offered_rows
from fareledger.usecases.show_booking import Billing


def approvals_of(guest: Guest, *, billing: Billing) -> dict[str, object]:
    """Return the rows that may be approved, their ids, and the ids of those whose approval may be withdrawn."""
    if not guest.visit.may_pay:
        return {"approvable": (), "may_approve": frozenset(), "withdrawable": frozenset()}
    approvable = offered_rows(billing)
    return {
        "approvable": approvable,
        "may_approve": frozenset(row.id for row in approvable),
        "withdrawable": frozenset(row.id for row in billing.open_rows if can_withdraw(row, billing=billing)),
    }
