"""What staff say of one item of the work list: who takes care of it, and until when it may rest and why.

Saying so settles nothing: an item goes away by being settled, and one that rests comes back on its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.domain.identity import new_id
from fareledger.domain.wording import is_line
from fareledger.persistence import queries
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now, today
from fareledger.usecases.work_queues import work_item

MAX_REASON: Final = 200
LONGEST_SNOOZE_DAYS: Final = 90


class InvalidNote(Refused):
    """Something that cannot be said of an item; `field` names what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody an item can be given to."""

    id: UUID
    name: str


def colleagues(operator: Operator) -> tuple[Colleague, ...]:
    """Return who works for the operator and may work the list off, by name."""
    people = StaffUser.objects.filter(operator_id=operator.id, is_active=True).exclude(role="auditor")
    return tuple(Colleague(*one) for one in people.order_by("name", "id").values_list("id", "name"))


def assign_work(operator: Operator, *, queue: str, subject: str, to: UUID | None, actor: Actor) -> None:
    """Give an item to a colleague, or to nobody. Raises NotPermitted, WorkNotFound and InvalidNote."""
    actor.require(Permission.PLAN)
    work_item(operator, queue=queue, subject=subject, actor=actor)
    if to is not None and to not in {one.id for one in colleagues(operator)}:
        raise InvalidNote(code="unknown_colleague", message="Choose somebody from the list.", field="/to")
    _note(operator, actor=actor, about="assigned", queue=queue, subject=subject, assigned_to=to)


def snooze_work(
    operator: Operator, *, item: tuple[str, str], until: date | None, reason: str, actor: Actor
) -> None:
    """Let an item, named by queue and subject, rest until a day on which it comes back; needs a reason.

    Raises NotPermitted, WorkNotFound and InvalidNote.
    """
    actor.require(Permission.PLAN)
    queue, subject = item
    work_item(operator, queue=queue, subject=subject, actor=actor)
    day = today(operator)
    if until is None or not day < until <= day + timedelta(days=LONGEST_SNOOZE_DAYS):
        message = f"Give a day after today, at most {LONGEST_SNOOZE_DAYS} days from now."
        raise InvalidNote(code="invalid_date", message=message, field="/until")
    if not is_line(reason, longest=MAX_REASON, shortest=1):
        message = f"Say why, in one line of at most {MAX_REASON} characters."
        raise InvalidNote(code="invalid_text", message=message, field="/reason")
    _note(
        operator,
        actor=actor,
        about="snoozed",
        queue=queue,
        subject=subject,
        snoozed_until=until,
        snooze_reason=reason,
    )


def wake_work(operator: Operator, *, queue: str, subject: str, actor: Actor) -> None:
    """Bring an item that rests back at once. Raises NotPermitted and WorkNotFound."""
    actor.require(Permission.PLAN)
    work_item(operator, queue=queue, subject=subject, actor=actor)
    _note(operator, actor=actor, about="snoozed", queue=queue, subject=subject)


def _note(operator: Operator, *, actor: Actor, about: str, **said: object) -> None:
    nothing = {"assigned_to": None, "snoozed_until": None, "snooze_reason": ""}
    arguments = {**nothing, **said, "about": about, "changed_by": actor.name, "changed_at": now()}
    with operator_transaction(operator.id):
        queries.execute(
            "work_queues.note", arguments={**arguments, "operator_id": operator.id, "id": new_id()}
        )
