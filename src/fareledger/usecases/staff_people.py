"""The people who work for an operator, as the rules about their access see them.

Accounts stand outside row-level security, because a sign-in comes before its operator is known; so every look here
names the operator. Who may change what stands in `change_staff.py`.
"""

from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from fareledger.domain.access import ROLES
from fareledger.domain.errors import NotFound, Refused
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator

LONGEST_NAME = 80
LONGEST_PASSWORD = 256  # hashing a longer one would only cost time


class StaffNotFound(NotFound):
    """Nobody of this operator has this id."""

    def __init__(self, staff_id: UUID) -> None:
        super().__init__(code="staff_not_found", message=f"No person {staff_id}.")


class RoleUnknown(Refused):
    """There is no such role."""

    def __init__(self) -> None:
        super().__init__(code="role_unknown", message="Choose a role", field="/role")


class NameMissing(Refused):
    """A person has no name, or one that is too long."""

    def __init__(self) -> None:
        super().__init__(
            code="name_missing", message=f"Enter a name of up to {LONGEST_NAME} characters", field="/name"
        )


class PasswordTooWeak(Refused):
    """A password that would be guessed; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(code="password_too_weak", message=why, field="/password")


def person_of(operator: Operator, *, staff_id: UUID, lock: bool = False) -> StaffUser:
    """Return the person, locked if asked; raises StaffNotFound, also for somebody else's people."""
    people = StaffUser.objects.select_for_update() if lock else StaffUser.objects
    person = people.filter(operator_id=operator.id, id=staff_id).first()
    if person is None:
        raise StaffNotFound(staff_id)
    return person


def checked_role(role: str) -> str:
    """Return the role; raises RoleUnknown."""
    if role not in ROLES:
        raise RoleUnknown
    return role


def checked_name(name: str) -> str:
    """Return the name in one line; raises NameMissing."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise NameMissing
    return name


def check_password_strength(password: str, *, person: StaffUser) -> None:
    """Raise PasswordTooWeak for a password this person should not choose."""
    if not password:
        raise PasswordTooWeak("Enter a password")
    if len(password) > LONGEST_PASSWORD:
        raise PasswordTooWeak(f"Choose a password of up to {LONGEST_PASSWORD} characters")
    try:
        validate_password(password, user=person)
    except ValidationError as weak:
        raise PasswordTooWeak(" ".join(weak.messages)) from weak
