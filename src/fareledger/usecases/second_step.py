"""The second step of a sign-in: an authenticator app or a recovery code, and whose sign-in needs one.

A code is taken once: of an app the last time step is remembered, a recovery code goes away when it is used. Passkeys
are `passkeys.py`; wrong codes are counted by the face, as wrong passwords are.
"""

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from fareledger.domain.access import ROLES, Actor, Permission
from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.totp import SECRET_BYTES, matching_step, secret_in_letters
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.models import StaffFactor
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.clock import now
from fareledger.usecases.sealing import seal, unseal
from fareledger.usecases.staff_notices import tell_person
from fareledger.usecases.staff_people import person_of

RECOVERY_CODES: Final = 10
# No letter or figure that is easily taken for another. Twelve of these are 58 bits.
_SIGNS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_POLICIES: Final = ("nobody", "finance", "everybody")
_WEIGHTY: Final = frozenset(
    {
        Permission.REVERSE,
        Permission.APPROVE,
        Permission.MANAGE_SETTINGS,
        Permission.MANAGE_USERS,
        Permission.MANAGE_KEYS,
    }
)


class CodeWrong(Refused):
    """A code that is not the current one, or was used before."""

    def __init__(self) -> None:
        super().__init__(
            code="code_wrong",
            message="The code is not right. Enter the one the app shows now",
            field="/code",
        )


class SecondStepNeeded(Refused):
    """The last second step of somebody who must have one."""

    def __init__(self) -> None:
        super().__init__(
            code="second_step_needed",
            message="Your company asks for a second step. Add another one before you remove the last.",
        )


class FactorNotFound(NotFound):
    """This person has no such second step."""

    def __init__(self) -> None:
        super().__init__(code="factor_not_found", message="No such second step.")


class AppSetUpAlready(Conflict):
    """There is an authenticator app already, perhaps from another tab."""

    def __init__(self) -> None:
        super().__init__(code="app_set_up_already", message="An authenticator app is set up already.")


class PolicyUnknown(Refused):
    """There is no such rule."""

    def __init__(self) -> None:
        super().__init__(
            code="policy_unknown", message="Choose whose sign-in needs a second step", field="/policy"
        )


@dataclass(frozen=True, kw_only=True)
class FactorView:
    """One second step; `kind` is totp or passkey."""

    id: UUID
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class SecondStep:
    """What a person can take the second step with."""

    app: FactorView | None
    passkeys: tuple[FactorView, ...]
    recovery_codes_left: int

    @property
    def is_set_up(self) -> bool:
        """Whether signing in asks for more than the password."""
        return self.app is not None or bool(self.passkeys)


def second_step_of(operator: Operator, *, staff_id: UUID) -> SecondStep:
    """Return what the person has set up."""
    with operator_transaction(operator.id):
        factors = list(
            StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id).order_by("created_at")
        )
    shown = [
        FactorView(id=one.id, kind=one.kind, name=one.name, created_at=one.created_at, used_at=one.used_at)
        for one in factors
        if one.kind != "recovery"
    ]
    return SecondStep(
        app=next((one for one in shown if one.kind == "totp"), None),
        passkeys=tuple(one for one in shown if one.kind == "passkey"),
        recovery_codes_left=sum(one.kind == "recovery" for one in factors),
    )


def is_second_step_needed(operator: Operator, *, role: str) -> bool:
    """Say whether the operator asks people of this role for a second step.

    "finance" means everybody who can do what is hard to undo: reverse, approve, or change settings and access.
    """
    if operator.second_step_for == "finance":
        return bool(ROLES.get(role, frozenset()) & _WEIGHTY)
    return operator.second_step_for == "everybody"


def change_second_step_policy(operator: Operator, *, policy: str, actor: Actor) -> None:
    """Say whose sign-in needs a second step, from their next sign-in on. Raises NotPermitted and PolicyUnknown."""
    actor.require(Permission.MANAGE_USERS)
    if policy not in _POLICIES:
        raise PolicyUnknown
    with operator_transaction(operator.id):
        row = OperatorRow.objects.select_for_update().get(id=operator.id)
        before = row.second_step_for
        if policy == before:
            return
        row.second_step_for = policy
        row.save(update_fields=["second_step_for"])
        note_access(
            operator,
            actor=actor,
            kind="settings_changed",
            subject="Second step at sign-in",
            payload={"before": before, "after": policy},
        )


def new_app_secret() -> bytes:
    """Return a secret to be shown to one authenticator app."""
    return secrets.token_bytes(SECRET_BYTES)


def app_address(secret: bytes, *, email: str, issuer: str) -> str:
    """Return what the QR code says: the address by which authenticator apps take a secret."""
    facts = urlencode({"secret": secret_in_letters(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(email)}?{facts}"


def add_app(operator: Operator, *, secret: bytes, code: str, actor: Actor) -> tuple[str, ...]:
    """Set up an authenticator app whose code proves that it has the secret.

    Returns new recovery codes when there are none yet. Raises CodeWrong and AppSetUpAlready.
    """
    staff_id = own_id(actor)
    step = matching_step(secret, code=code, now_s=int(time.time()), after_step=0)
    if step is None:
        raise CodeWrong
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id, lock=True)
        mine = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id)
        if mine.filter(kind="totp").exists():
            raise AppSetUpAlready
        StaffFactor.objects.create(
            operator_id=operator.id,
            staff_id=staff_id,
            kind="totp",
            name="Authenticator app",
            secret=seal(secret.hex()),
            counter=step,
            created_at=now(),
        )
        note_access(
            operator,
            actor=actor,
            kind="mfa_added",
            subject=person.email,
            payload={"what": "authenticator app"},
        )
        tell_person(operator, person=person, notice="mfa_added")
        return first_recovery_codes(operator, staff_id=staff_id)


def check_code(operator: Operator, *, staff_id: UUID, code: str) -> bool:
    """Take a code of the app or a recovery code, once; False when it is neither or was used before."""
    typed = "".join(code.split())
    with operator_transaction(operator.id):
        person_of(operator, staff_id=staff_id, lock=True)
        mine = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id)
        return _take_app_code(mine.filter(kind="totp").first(), typed=typed) or _take_recovery_code(
            operator, staff_id=staff_id, typed=typed
        )


def make_recovery_codes(operator: Operator, *, actor: Actor) -> tuple[str, ...]:
    """Replace the recovery codes and return the new ones, which are shown this once. Raises FactorNotFound."""
    staff_id = own_id(actor)
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id, lock=True)
        mine = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id)
        if not mine.exclude(kind="recovery").exists():
            raise FactorNotFound
        mine.filter(kind="recovery").delete()
        note_access(operator, actor=actor, kind="recovery_codes_made", subject=person.email)
        return _new_recovery_codes(operator, staff_id=staff_id)


def remove_factor(operator: Operator, *, factor_id: UUID, actor: Actor) -> None:
    """Forget one of the person's own second steps; with the last, the recovery codes go too.

    Whoever calls has asked for the password again. Raises FactorNotFound and SecondStepNeeded.
    """
    staff_id = own_id(actor)
    with operator_transaction(operator.id):
        person = person_of(operator, staff_id=staff_id, lock=True)
        mine = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id)
        factor = mine.exclude(kind="recovery").filter(id=factor_id).first()
        if factor is None:
            raise FactorNotFound
        others = mine.exclude(kind="recovery").exclude(id=factor_id)
        if not others.exists():
            if is_second_step_needed(operator, role=person.role):
                raise SecondStepNeeded
            mine.filter(kind="recovery").delete()
        mine.filter(id=factor_id).delete()
        what = "authenticator app" if factor.kind == "totp" else f"passkey {factor.name}"
        note_access(operator, actor=actor, kind="mfa_removed", subject=person.email, payload={"what": what})
        tell_person(operator, person=person, notice="mfa_removed")


def own_id(actor: Actor) -> UUID:
    """Return the id of the person who acts; raises FactorNotFound for keys and the system, which have no sign-in."""
    if actor.id is None:
        raise FactorNotFound
    return actor.id


def first_recovery_codes(operator: Operator, *, staff_id: UUID) -> tuple[str, ...]:
    """Make recovery codes if the person has none, inside the caller's transaction; else return nothing."""
    mine = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id, kind="recovery")
    return () if mine.exists() else _new_recovery_codes(operator, staff_id=staff_id)


def _take_app_code(app: StaffFactor | None, *, typed: str) -> bool:
    if app is None:
        return False
    secret = bytes.fromhex(unseal(app.secret))
    # Authenticator apps go by the wall clock, whatever the demo's says.
    step = matching_step(secret, code=typed, now_s=int(time.time()), after_step=app.counter)
    if step is None:
        return False
    app.counter, app.used_at = step, now()
    app.save(update_fields=["counter", "used_at"])
    return True


def _take_recovery_code(operator: Operator, *, staff_id: UUID, typed: str) -> bool:
    hashed = _recovery_hash(typed, staff_id=staff_id)
    codes = StaffFactor.objects.filter(operator_id=operator.id, staff_id=staff_id, kind="recovery")
    for one in codes:
        if constant_time_compare(one.secret, hashed):
            codes.filter(id=one.id).delete()
            person = person_of(operator, staff_id=staff_id)
            actor = Actor(name=person.name, permissions=frozenset(), id=staff_id)
            left = {"left": codes.count()}
            note_access(operator, actor=actor, kind="recovery_code_used", subject=person.email, payload=left)
            return True
    return False


def _new_recovery_codes(operator: Operator, *, staff_id: UUID) -> tuple[str, ...]:
    made = tuple(
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(3))
        for _ in range(RECOVERY_CODES)
    )
    StaffFactor.objects.bulk_create(
        StaffFactor(
            operator_id=operator.id,
            staff_id=staff_id,
            kind="recovery",
            secret=_recovery_hash(code, staff_id=staff_id),
            created_at=now(),
        )
        for code in made
    )
    return made


def _recovery_hash(code: str, *, staff_id: UUID) -> str:
    plain = code.lower().replace("-", "")
    return str(salted_hmac(f"fareledger.recovery.{staff_id}", plain, algorithm="sha256").hexdigest())
