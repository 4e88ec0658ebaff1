"""What a visit to the portal may do, asked by every use case that a customer calls.

Whoever came in by reference and email, or through a link that staff handed on, sees the booking and may pay with a
fresh card or by bank. Stored instruments, approvals and addresses are for visits that proved the mailbox is theirs:
`prove_visit.py` lets them. One thing more is let through: whoever was sent a link to approve one charge may approve
that one. Staff who view as the customer only look.
"""

from uuid import UUID

from fareledger.domain.errors import Refused
from fareledger.usecases.open_portal_session import Visit


class OnlyLooking(Refused):
    """Staff who view as the customer tried to do something."""

    def __init__(self) -> None:
        super().__init__(code="look_only", message="Only the customer can do this.")


class NotProven(Refused):
    """The visit has not shown yet that the booking's mailbox is theirs."""

    def __init__(self) -> None:
        super().__init__(
            code="not_proven", message="First confirm with a link or a code that this is your booking."
        )


def require_customer(visit: Visit) -> None:
    """Let the customer's own visits pass. Raises OnlyLooking."""
    if visit.viewer != "customer":
        raise OnlyLooking


def require_proven(visit: Visit) -> None:
    """Let visits pass that proved whose they are, by a link or a code. Raises OnlyLooking and NotProven."""
    require_customer(visit)
    if not visit.proven:
        raise NotProven


def require_for_charge(visit: Visit, *, row_id: UUID) -> None:
    """Let proven visits pass, and those through a link that was sent for this row's charge.

    Raises OnlyLooking and NotProven.
    """
    require_customer(visit)
    if visit.charge_row != row_id:
        require_proven(visit)
