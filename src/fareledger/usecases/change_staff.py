"""Changes what a colleague may do: another role, no access, access again, a second step that begins anew.

Nobody changes their own access here, and one administrator always remains. Whatever lessens access ends the person's
sessions at once.
"""

from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.persistence.models import StaffFactor, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.staff_notices import tell_person
from fareledger.usecases.staff_people import checked_role, person_of


class OwnAccess(Refused):
    """Somebody wanted to change their own access."""

    def __init__(self) -> None:
        super().__init__(
            code="own_access", message="You cannot change your own access. Ask another administrator."
        )


class LastAdmin(Refused):
    """Without this person nobody could give anybody access."""

    def __init__(self) -> None:
        super().__init__(
            code="last_admin",
            message="This is the last administrator. Make somebody else an administrator first.",
            field="/role",
        )


def change_role(operator: Operator, *, staff_id: UUID, role: str, actor: Actor) -> None:
    """Give a colleague another role; the same one changes nothing.

    Raises NotPermitted, RoleUnknown, StaffNotFound, OwnAccess and LastAdmin.
    """
    actor.require(Permission.MANAGE_USERS)
    role = checked_role(role)
    with operator_transaction(operator.id):
        person = _colleague(operator, staff_id=staff_id, actor=actor)
        before = person.role
        if role == before:
            return
        if role != "admin":
            _check_not_last(operator, person=person)
        person.role = role
        person.save(update_fields=["role"])
        note_access(
            operator,
            actor=actor,
            kind="role_changed",
            subject=person.email,
            payload={"before": before, "after": role},
        )
        tell_person(operator, person=person, notice="role_changed")


def deactivate_staff(operator: Operator, *, staff_id: UUID, actor: Actor) -> None:
    """Take a colleague's access away and end their sessions; twice is once.

    Raises NotPermitted, StaffNotFound, OwnAccess and LastAdmin.
    """
    actor.require(Permission.MANAGE_USERS)
    with operator_transaction(operator.id):
        person = _colleague(operator, staff_id=staff_id, actor=actor)
        if not person.is_active:
            return
        _check_not_last(operator, person=person)
        person.is_active = False
        person.sessions_round += 1
        person.save(update_fields=["is_active", "sessions_round"])
        note_access(operator, actor=actor, kind="deactivated", subject=person.email)


def reactivate_staff(operator: Operator, *, staff_id: UUID, actor: Actor) -> None:
    """Give a colleague their access back; twice is once. Raises NotPermitted, StaffNotFound and OwnAccess."""
    actor.require(Permission.MANAGE_USERS)
    with operator_transaction(operator.id):
        person = _colleague(operator, staff_id=staff_id, actor=actor)
        if person.is_active:
            return
        person.is_active = True
        person.save(update_fields=["is_active"])
        note_access(operator, actor=actor, kind="reactivated", subject=person.email)
        tell_person(operator, person=person, notice="reactivated")


def reset_second_step(operator: Operator, *, staff_id: UUID, actor: Actor) -> None:
    """Forget a colleague's second step, for a lost phone, and end their sessions.

    Raises NotPermitted, StaffNotFound and OwnAccess.
    """
    actor.require(Permission.MANAGE_USERS)
    with operator_transaction(operator.id):
        person = _colleague(operator, staff_id=staff_id, actor=actor)
        StaffFactor.objects.filter(operator_id=operator.id, staff_id=person.id).delete()
        person.sessions_round += 1
        person.save(update_fields=["sessions_round"])
        note_access(operator, actor=actor, kind="mfa_reset", subject=person.email)
        tell_person(operator, person=person, notice="mfa_reset")


def _colleague(operator: Operator, *, staff_id: UUID, actor: Actor) -> StaffUser:
    # One change at a time: two administrators who demote each other must not both succeed.
    lock_name(operator.id, text="staff")
    person = person_of(operator, staff_id=staff_id, lock=True)
    if person.id == actor.id:
        raise OwnAccess
    return person


def _check_not_last(operator: Operator, *, person: StaffUser) -> None:
    if person.role != "admin" or not person.is_active:
        return
    others = StaffUser.objects.filter(operator_id=operator.id, role="admin", is_active=True).exclude(
        id=person.id
    )
    if not others.exists():
        raise LastAdmin
