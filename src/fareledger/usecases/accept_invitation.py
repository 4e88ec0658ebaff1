"""Takes up an invitation: the person sets a name and a password, once.

Looking at the link spends nothing and tells nothing but its state: mail scanners open links.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from fareledger.domain.access import Actor, staff_actor
from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.persistence.models import StaffInvitation, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.portal_tokens import token_hash
from fareledger.usecases.staff_links import LinkState
from fareledger.usecases.staff_people import check_password_strength, checked_name


class InvitationNotUsable(Conflict):
    """An invitation that lets nobody in any more; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(code=f"invitation_{state}", message=f"The invitation is {state}.")
        self.state = state


@dataclass(frozen=True)
class NewColleague:
    """Somebody who has just been let in for the first time."""

    staff_id: UUID
    actor: Actor


def look_at_invitation(operator: Operator, *, token: str) -> LinkState:
    """Tell the state of an invitation without spending it."""
    with operator_transaction(operator.id):
        return _state_of(_invitation(operator, token=token), at=now())


def accept_invitation(operator: Operator, *, token: str, name: str, password: str) -> NewColleague:
    """Make the account and spend the invitation.

    Raises InvitationNotUsable, also for the loser of a race, NameMissing and PasswordTooWeak; then nothing is spent.
    """
    try:
        return _accept(operator, token=token, name=name, password=password)
    except IntegrityError as taken:
        # The address got its sign-in elsewhere in the meantime.
        raise InvitationNotUsable("used") from taken


def _accept(operator: Operator, *, token: str, name: str, password: str) -> NewColleague:
    moment = now()
    with operator_transaction(operator.id):
        invitation = _invitation(operator, token=token)
        state = _state_of(invitation, at=moment)
        if invitation is None or state != "ready":
            raise InvitationNotUsable(state)
        person = StaffUser(
            id=new_id(),
            operator_id=operator.id,
            email=invitation.email,
            name=checked_name(name),
            role=invitation.role,
            created_at=moment,
        )
        check_password_strength(password, person=person)
        spent = StaffInvitation.objects.filter(
            operator_id=operator.id,
            id=invitation.id,
            accepted_at=None,
            withdrawn_at=None,
            expires_at__gt=moment,
        ).update(accepted_at=moment)
        if not spent:
            raise InvitationNotUsable("used")
        person.set_password(password)
        person.save(force_insert=True)
        actor = staff_actor(person.name, role=person.role, staff_id=person.id)
        note_access(
            operator,
            actor=actor,
            kind="invitation_accepted",
            subject=person.email,
            payload={"role": person.role},
        )
    return NewColleague(staff_id=person.id, actor=actor)


def _invitation(operator: Operator, *, token: str) -> StaffInvitation | None:
    return StaffInvitation.objects.filter(operator_id=operator.id, token_sha256=token_hash(token)).first()


def _state_of(invitation: StaffInvitation | None, *, at: datetime) -> LinkState:
    if invitation is None:
        return "unknown"
    if invitation.accepted_at:
        return "used"
    if invitation.withdrawn_at:
        return "replaced"
    return "expired" if invitation.expires_at <= at else "ready"
