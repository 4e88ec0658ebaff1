"""Writes into the access log what happened at the door of the back office.

Who is let in is decided by the face, with Django's sign-in; an address nobody signs in with belongs to no operator, so
it leaves no line.
"""

from typing import Final, Literal
from uuid import UUID

from fareledger.domain.access import Actor, staff_actor
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import by_id
from fareledger.usecases.access_log import AccessKind, note_access

NOBODY: Final = Actor(name="Somebody not signed in", permissions=frozenset())
AtTheDoor = Literal["sign_in_failed", "locked_out"]


def note_signed_in(staff_id: UUID, *, step: str, address: str) -> None:
    """Note that a person is in, and by which second step."""
    _note_own(staff_id, kind="signed_in", payload={"second_step": step, "from": address})


def note_signed_out(staff_id: UUID) -> None:
    """Note that a person left by themselves."""
    _note_own(staff_id, kind="signed_out", payload={})


def note_turned_away(email: str, *, kind: AtTheDoor, why: str, address: str) -> None:
    """Note that somebody who gave this address was not let in."""
    person = StaffUser.objects.filter(email=email.strip().lower()).first()
    if person:
        note_access(
            by_id(person.operator_id),
            actor=NOBODY,
            kind=kind,
            subject=person.email,
            payload={"why": why, "from": address},
        )


def _note_own(staff_id: UUID, *, kind: AccessKind, payload: dict[str, object]) -> None:
    person = StaffUser.objects.get(id=staff_id)
    actor = staff_actor(person.name, role=person.role, staff_id=person.id)
    note_access(by_id(person.operator_id), actor=actor, kind=kind, subject=person.email, payload=payload)
