"""New passwords: chosen by a person who is signed in, or through a one-time link by one who forgot.

Asking for a link is answered alike, in words and in time, whether or not the address has an account. A new password
ends the sessions that were begun with the old one, because a session carries a mark made from it.
"""

import time
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fareledger.domain.access import Actor, staff_actor
from fareledger.domain.errors import Conflict
from fareledger.persistence.models import StaffPasswordLink, StaffUser
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.portal_tokens import new_secret, token_hash
from fareledger.usecases.staff_links import (
    LinkState,
    StaffLetter,
    link_source,
    mailed_enough,
    queue_staff_link,
    staff_token,
)
from fareledger.usecases.staff_notices import tell_person
from fareledger.usecases.staff_people import check_password_strength, person_of

LIFETIME: Final = timedelta(hours=1)
# A request is answered no faster than this, so that its time does not tell whether the account exists.
EVEN_ANSWER_S: Final = 0.2


class PasswordLinkNotUsable(Conflict):
    """A link that sets no password any more; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(code=f"password_link_{state}", message=f"The link is {state}.")
        self.state = state


def change_own_password(operator: Operator, *, password: str, actor: Actor, staff_id: UUID) -> None:
    """Set the password of the person who is signed in; whoever calls has checked the old one.

    Raises PasswordTooWeak and StaffNotFound.
    """
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id, lock=True)
        check_password_strength(password, person=person)
        _set(operator, person=person, password=password, actor=actor)


def request_password_link(email: str) -> None:
    """Email a link if somebody signs in with this address; the caller learns nothing either way."""
    begun = time.monotonic()
    person = StaffUser.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person:
        _email_link(by_id(person.operator_id), staff_id=person.id)
    time.sleep(max(0.0, EVEN_ANSWER_S - (time.monotonic() - begun)))


def look_at_password_link(operator: Operator, *, token: str) -> LinkState:
    """Tell the state of a link without spending it."""
    with operator_transaction(operator.id):
        return _state_of(_link(operator, token=token), at=now())


def set_new_password(operator: Operator, *, token: str, password: str) -> None:
    """Spend a link on a new password.

    Raises PasswordLinkNotUsable, also for the loser of a race, and PasswordTooWeak; then nothing is spent.
    """
    moment = now()
    with operator_transaction(operator.id):
        link = _link(operator, token=token)
        state = _state_of(link, at=moment)
        if link is None or state != "ready":
            raise PasswordLinkNotUsable(state)
        person = person_of(operator, staff_id=link.staff_id, lock=True)
        if not person.is_active:
            raise PasswordLinkNotUsable("replaced")
        check_password_strength(password, person=person)
        spent = StaffPasswordLink.objects.filter(
            operator_id=operator.id, id=link.id, used_at=None, replaced_at=None, expires_at__gt=moment
        ).update(used_at=moment)
        if not spent:
            raise PasswordLinkNotUsable("used")
        actor = staff_actor(person.name, role=person.role, staff_id=person.id)
        _set(operator, person=person, password=password, actor=actor)


def _set(operator: Operator, *, person: StaffUser, password: str, actor: Actor) -> None:
    person.set_password(password)
    person.save(update_fields=["password"])
    # A link that is still on its way must not undo what was chosen now.
    StaffPasswordLink.objects.filter(
        operator_id=operator.id, staff_id=person.id, used_at=None, replaced_at=None
    ).update(replaced_at=now())
    note_access(operator, actor=actor, kind="password_changed", subject=person.email)
    tell_person(operator, person=person, notice="password_changed")


def _email_link(operator: Operator, *, staff_id: UUID) -> None:
    moment, seed = now(), new_secret()
    expires_at = moment + LIFETIME
    with operator_transaction(operator.id):
        lock_name(operator.id, text=f"password link {staff_id}")
        person = person_of(operator, staff_id=staff_id)
        if mailed_enough(operator, kind="staff_password_link", to_email=person.email):
            return
        StaffPasswordLink.objects.filter(
            operator_id=operator.id, staff_id=staff_id, used_at=None, replaced_at=None
        ).update(replaced_at=moment)
        StaffPasswordLink.objects.create(
            operator_id=operator.id,
            staff_id=staff_id,
            token_sha256=token_hash(staff_token(seed)),
            created_at=moment,
            expires_at=expires_at,
        )
        letter = StaffLetter(
            kind="staff_password_link",
            source_key=link_source("staff_password_link", seed=seed),
            to_email=person.email,
            to_name=person.name,
            payload={},
        )
        queue_staff_link(operator, letter=letter, seed=seed, expires_at=expires_at)
        # Whoever asked is not known: anybody can type an address.
        nobody = Actor(name="Somebody not signed in", permissions=frozenset())
        note_access(operator, actor=nobody, kind="password_reset_asked", subject=person.email)


def _link(operator: Operator, *, token: str) -> StaffPasswordLink | None:
    return StaffPasswordLink.objects.filter(operator_id=operator.id, token_sha256=token_hash(token)).first()


def _state_of(link: StaffPasswordLink | None, *, at: datetime) -> LinkState:
    if link is None:
        return "unknown"
    if link.used_at:
        return "used"
    if link.replaced_at:
        return "replaced"
    return "expired" if link.expires_at <= at else "ready"
