"""Invites somebody to the back office by email, and withdraws an invitation again.

A newer invitation to the same address replaces the older one. Taking it up is `accept_invitation.py`.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import NotFound, Refused
from fareledger.persistence.models import StaffInvitation, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.portal_tokens import new_secret, token_hash
from fareledger.usecases.staff_links import (
    StaffLetter,
    link_source,
    mailed_enough,
    queue_staff_link,
    staff_token,
)
from fareledger.usecases.staff_people import checked_name, checked_role

LIFETIME: Final = timedelta(hours=72)
_LONGEST_EMAIL: Final = 254


class EmailUnusable(Refused):
    """An address nobody can be invited at; the message says why."""

    def __init__(self, why: str) -> None:
        super().__init__(code="email_unusable", message=why, field="/email")


class InvitationNotFound(NotFound):
    """There is no such invitation, or it was taken up or withdrawn."""

    def __init__(self, invitation_id: UUID) -> None:
        super().__init__(code="invitation_not_found", message=f"No open invitation {invitation_id}.")


def invite_staff(operator: Operator, *, email: str, name: str, role: str, actor: Actor) -> datetime:
    """Email an invitation and return until when it can be taken up.

    Raises NotPermitted, EmailUnusable, NameMissing and RoleUnknown.
    """
    actor.require(Permission.MANAGE_USERS)
    email, name, role = _checked_email(email), checked_name(name), checked_role(role)
    moment, seed = now(), new_secret()
    expires_at = moment + LIFETIME
    with operator_transaction(operator.id):
        lock_name(operator.id, text=f"invitation {email}")
        _check_free(operator, email=email)
        open_ones = StaffInvitation.objects.filter(
            operator_id=operator.id, email=email, accepted_at=None, withdrawn_at=None
        )
        open_ones.update(withdrawn_at=moment)
        StaffInvitation.objects.create(
            operator_id=operator.id,
            email=email,
            name=name,
            role=role,
            token_sha256=token_hash(staff_token(seed)),
            invited_by=actor.name,
            created_at=moment,
            expires_at=expires_at,
        )
        letter = StaffLetter(
            kind="staff_invitation",
            source_key=link_source("staff_invitation", seed=seed),
            to_email=email,
            to_name=name,
            payload={"invited_by": actor.name, "role": role},
        )
        queue_staff_link(operator, letter=letter, seed=seed, expires_at=expires_at)
        note_access(operator, actor=actor, kind="invited", subject=email, payload={"role": role})
    return expires_at


def withdraw_invitation(operator: Operator, *, invitation_id: UUID, actor: Actor) -> str:
    """End an open invitation and return whose it was. Raises NotPermitted and InvitationNotFound."""
    actor.require(Permission.MANAGE_USERS)
    with operator_transaction(operator.id):
        found = StaffInvitation.objects.filter(
            operator_id=operator.id, id=invitation_id, accepted_at=None, withdrawn_at=None
        )
        invitation = found.select_for_update().first()
        if invitation is None:
            raise InvitationNotFound(invitation_id)
        found.update(withdrawn_at=now())
        note_access(operator, actor=actor, kind="invitation_withdrawn", subject=invitation.email)
    return invitation.email


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as wrong:
        raise EmailUnusable("Enter an email address, such as name@company.com") from wrong
    if len(email) > _LONGEST_EMAIL:
        raise EmailUnusable("Enter a shorter email address")
    return email


def _check_free(operator: Operator, *, email: str) -> None:
    # One address is one sign-in, whoever the company; who else uses it is not told.
    if StaffUser.objects.filter(email=email).exists():
        raise EmailUnusable("This address has a sign-in already")
    if mailed_enough(operator, kind="staff_invitation", to_email=email):
        raise EmailUnusable("This address has had 3 invitations within an hour. Wait a little")
