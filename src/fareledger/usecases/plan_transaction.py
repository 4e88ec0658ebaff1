"""Staff plan a payment or a refund: an open row by hand, for all or part of what no row covers yet.

Planning moves no money. A row is closed by `commit_transaction.py` or by the customer's payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, cast
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.domain.figures import Figures
from fareledger.domain.identity import new_id
from fareledger.domain.plan import MANUAL, Kind
from fareledger.domain.wording import is_line
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.post_movement import Source, tell
from fareledger.usecases.save_plan import add_rows

PLANNABLE_METHODS: Final = ("credit_card", "bank_transfer")
EXTRA_METHODS: Final = ("cash", "other")
MAX_COMMENT: Final = 500
MAX_METHOD_NAME: Final = 40


class InvalidPlan(Refused):
    """A row that cannot be planned; `field` names what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRow:
    """A row to plan. `total` takes the whole remainder and names no amount; `comment` is internal.

    The method "other" has a `method_name`. A `form_key` becomes the row's id, so that the same form sent again finds
    the first row.
    """

    kind: Kind
    method: str
    type: Literal["total", "partial"]
    amount_minor: int | None = None
    due_date: date
    comment: str = ""
    method_name: str = ""
    form_key: UUID | None = None


@retried_on_deadlock
def plan_transaction(
    operator: Operator, *, booking_id: UUID, wanted: WantedRow, actor: Actor, channel: str = "back_office"
) -> UUID:
    """Add an open row to a booking's plan and return its id; the same form sent again returns the first one's.

    Raises NotPermitted, BookingNotFound and InvalidPlan.
    """
    actor.require(Permission.PLAN)
    moment = now()
    day = moment.astimezone(operator.time_zone).date()
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        if _planned_before(wanted, locked=locked):
            return cast(UUID, wanted.form_key)
        check_row(wanted, operator=operator, day=day)
        amount_minor = _amount(wanted, figures=locked.figures, currency=locked.booking.currency)
        row = Transaction(
            operator_id=operator.id,
            id=wanted.form_key or new_id(),
            booking_id=booking_id,
            kind=wanted.kind,
            type=wanted.type,
            method=wanted.method,
            method_name=wanted.method_name,
            amount_minor=amount_minor,
            planned_minor=amount_minor,
            due_date=wanted.due_date,
            rule_based=False,
            source=MANUAL,
            channel=channel,
            comment=wanted.comment,
            opened_at=moment,
        )
        add_rows([row])
        _tell(locked, row=row, actor=actor.name, day=day)
    return row.id


def _planned_before(wanted: WantedRow, *, locked: LockedBooking) -> bool:
    """Say whether this very form was sent before. Raises InvalidPlan when its key was used for something else."""
    if wanted.form_key is None:
        return False
    rows = Transaction.objects.filter(operator_id=locked.booking.operator_id, id=wanted.form_key)
    first = rows.values_list("booking_id", "kind", "source").first()
    if first is not None and first != (locked.booking.id, wanted.kind, MANUAL):
        message = "This form was used before. Open it again."
        raise InvalidPlan(code="form_used", message=message)
    return first is not None


def plannable_methods(operator: Operator) -> tuple[str, ...]:
    """Return the methods that staff of the operator can plan, in the order in which they are offered."""
    return (*PLANNABLE_METHODS, *(method for method in EXTRA_METHODS if method in operator.extra_methods))


def check_row(wanted: WantedRow, *, operator: Operator, day: date) -> None:
    """Check everything about a row but its amount, on an operator-local day. Raises InvalidPlan."""
    methods = plannable_methods(operator)
    if wanted.method not in methods:
        message = f"Give one of {', '.join(methods)}."
        raise InvalidPlan(code="unknown_method", message=message, field="/method")
    shortest, longest = (1, MAX_METHOD_NAME) if wanted.method == "other" else (0, 0)
    if not is_line(wanted.method_name, longest=longest, shortest=shortest):
        message = f"Another method has a name of at most {MAX_METHOD_NAME} characters."
        raise InvalidPlan(code="invalid_text", message=message, field="/method_name")
    if wanted.due_date < day:
        raise InvalidPlan(code="past_due_date", message="The due date is today or later.", field="/due_date")
    if len(wanted.comment) > MAX_COMMENT or "\x00" in wanted.comment:
        message = f"A comment has at most {MAX_COMMENT} characters."
        raise InvalidPlan(code="invalid_text", message=message, field="/comment")


def _amount(wanted: WantedRow, *, figures: Figures, currency: str) -> int:
    """Give the amount of the row: a payment takes from a positive remainder, a refund from a negative one."""
    remainder = figures.remainder_minor(wanted.kind)
    if not remainder:
        message = f"There is nothing left to plan as a {wanted.kind}."
        raise InvalidPlan(code="nothing_to_plan", message=message, field="/kind")
    if wanted.type == "total":
        if wanted.amount_minor not in (None, remainder):
            left = plain_amount(remainder, currency=currency)
            message = f"The total is {left}; give a partial amount for less."
            raise InvalidPlan(code="not_the_total", message=message, field="/amount")
        return remainder
    amount = wanted.amount_minor
    if type(amount) is not int or amount <= 0:
        message = "Give whole minor units above 0."
        raise InvalidPlan(code="invalid_amount", message=message, field="/amount")
    if amount > remainder:
        message = f"At most {plain_amount(remainder, currency=currency)} can be planned."
        raise InvalidPlan(code="more_than_unplanned", message=message, field="/amount")
    return amount


def _tell(locked: LockedBooking, *, row: Transaction, actor: str, day: date) -> None:
    source = Source(
        name="transaction",
        id=str(row.id),
        provider=row.provider,
        channel=row.channel,
        occurred_at=row.opened_at,
        recorded_at=row.opened_at,
        day=day,
    )
    amount = plain_amount(row.amount_minor, currency=locked.booking.currency)
    payload: dict[str, object] = {
        "text": f"{row.kind.capitalize()} of {amount} planned for {row.due_date}",
        "amount_minor": row.amount_minor,
        "due_date": row.due_date.isoformat(),
        "transaction_id": str(row.id),
    }
    tell(locked.booking, kind=f"{row.kind}_planned", actor=actor, source=source, payload=payload)
