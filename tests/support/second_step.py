"""An authenticator app of a few lines, and people who have set one up."""

import time
from dataclasses import dataclass

from fareledger.domain.access import Actor, staff_actor
from fareledger.domain.totp import code_of, step_at
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.second_step import add_app, new_app_secret
from tests.support.staff import StaffMember, a_staff_member


@dataclass(frozen=True)
class App:
    """What a phone keeps."""

    secret: bytes

    def code(self, *, steps_on: int = 0) -> str:
        """Return the code it shows now, or so many steps of 30 seconds from now."""
        return code_of(self.secret, step=step_at(int(time.time())) + steps_on)

    def other_code(self) -> str:
        """Return six figures that are certainly not right."""
        right = {self.code(steps_on=steps) for steps in range(-3, 4)}
        return next(code for code in ("123456", "000000", "999999", "424242") if code not in right)


@dataclass(frozen=True)
class Guarded:
    """Somebody with an authenticator app."""

    member: StaffMember
    app: App
    recovery_codes: tuple[str, ...]
    actor: Actor


def somebody_with_an_app(operator: Operator, *, role: str = "finance") -> Guarded:
    """Give the operator one more person, whose app is set up; the step before this one is used up by that."""
    member = a_staff_member(operator, role=role)
    person = StaffUser.objects.get(email=member.email)
    actor = staff_actor(person.name, role=role, staff_id=person.id)
    app = App(new_app_secret())
    codes = add_app(operator, secret=app.secret, code=app.code(steps_on=-1), actor=actor)
    return Guarded(member=member, app=app, recovery_codes=codes, actor=actor)
