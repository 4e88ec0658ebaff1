"""Shows who works for an operator and how each of them gets in. It changes nothing."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.persistence.models import StaffFactor, StaffInvitation, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.clock import now
from fareledger.usecases.staff_people import person_of


@dataclass(frozen=True, kw_only=True)
class StaffView:
    """One person: what they may do, when they last signed in, and with which second step (none: no words)."""

    id: UUID
    name: str
    email: str
    role: str
    active: bool
    created_at: datetime
    last_sign_in: datetime | None
    second_step: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    """An invitation that nobody has taken up yet."""

    id: UUID
    email: str
    name: str
    role: str
    invited_by: str
    expires_at: datetime
    expired: bool


@dataclass(frozen=True, kw_only=True)
class StaffList:
    """Everybody who has or had access, by name, and the invitations that are open."""

    people: tuple[StaffView, ...]
    invitations: tuple[InvitationView, ...]


def list_staff(operator: Operator, *, actor: Actor) -> StaffList:
    """Return everybody. Raises NotPermitted."""
    actor.require(Permission.VIEW_ACCESS)
    with operator_snapshot(operator.id):
        people = list(
            StaffUser.objects.filter(operator_id=operator.id).order_by("-is_active", "name", "email")
        )
        factors = Counter(StaffFactor.objects.filter(operator_id=operator.id).values_list("staff_id", "kind"))
        invitations = list(
            StaffInvitation.objects.filter(
                operator_id=operator.id, accepted_at=None, withdrawn_at=None
            ).order_by("-created_at")
        )
    moment = now()
    return StaffList(
        people=tuple(_view(person, factors=factors) for person in people),
        invitations=tuple(
            InvitationView(
                id=one.id,
                email=one.email,
                name=one.name,
                role=one.role,
                invited_by=one.invited_by,
                expires_at=one.expires_at,
                expired=one.expires_at <= moment,
            )
            for one in invitations
        ),
    )


def show_staff(operator: Operator, *, staff_id: UUID, actor: Actor) -> StaffView:
    """Return one person. Raises NotPermitted and StaffNotFound."""
    actor.require(Permission.VIEW_ACCESS)
    with operator_snapshot(operator.id):
        person = person_of(operator, staff_id=staff_id)
        factors = Counter(
            StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id).values_list(
                "staff_id", "kind"
            )
        )
    return _view(person, factors=factors)


def _view(person: StaffUser, *, factors: "Counter[tuple[UUID, str]]") -> StaffView:
    passkeys = factors[person.id, "passkey"]
    words = []
    if factors[person.id, "totp"]:
        words.append("authenticator app")
    if passkeys:
        words.append("passkey" if passkeys == 1 else f"{passkeys} passkeys")
    return StaffView(
        id=person.id,
        name=person.name,
        email=person.email,
        role=person.role,
        active=person.is_active,
        created_at=person.created_at,
        last_sign_in=person.last_login,
        second_step=tuple(words),
    )
