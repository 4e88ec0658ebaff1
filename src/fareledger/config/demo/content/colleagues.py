"""Who acts in an operator's office: its people by their role, and what their coming and going left in the access
log.
"""

import random
from datetime import UTC, datetime, time, timedelta

from fareledger.config.demo.content.history import Past
from fareledger.config.demo.content.operators import PASSWORD
from fareledger.domain.access import Actor, staff_actor
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.change_staff import deactivate_staff
from fareledger.usecases.invite_staff import invite_staff
from fareledger.usecases.note_sign_in import note_signed_in, note_turned_away
from fareledger.usecases.provision_operator import add_staff

# Addresses that are set apart for examples.
_OFFICE_ADDRESS, _ELSEWHERE = "198.51.100.24", "203.0.113.77"
_LEFT = "tom.ellery@acmetravel.example"
_WEEKDAYS = 5
_COMES_IN = 0.8
_SIGN_INS_DAYS = 24


def colleague(operator: Operator, *, role: str) -> Actor:
    """Return the first of an operator's people who has this role, as whoever acts."""
    found = StaffUser.objects.filter(operator_id=operator.id, role=role, is_active=True)
    person = found.order_by("created_at", "id")[0]
    return staff_actor(person.name, role=person.role, staff_id=person.id)


def come_and_go(past: Past, *, operator: Operator) -> None:
    """Plan who signs in and who does not, somebody who left, and somebody who is invited."""
    left_id = add_staff(operator.id, email=_LEFT, name="Tom Ellery", role="agent", password=PASSWORD)
    people = StaffUser.objects.filter(operator_id=operator.id).order_by("email")
    for day in range(_SIGN_INS_DAYS):
        morning = datetime.combine(past.present.date() - timedelta(days=day), time(7, 30), UTC)
        chance = random.Random(f"sign-ins {morning:%Y-%m-%d}")
        for person in people.exclude(id=left_id):
            at = morning + timedelta(minutes=chance.randint(0, 150))
            if morning.weekday() < _WEEKDAYS and chance.random() < _COMES_IN:
                past.plan(
                    at,
                    happening=lambda moment, staff_id=person.id: note_signed_in(  # type: ignore[misc]  # bound now
                        staff_id, step="none", address=_OFFICE_ADDRESS
                    ),
                )
    past.plan(past.present - timedelta(days=17, hours=3), happening=lambda moment: _let_go(operator))
    past.plan(past.present - timedelta(days=8, hours=14), happening=lambda moment: _try_the_door())
    past.plan(past.present - timedelta(hours=27), happening=lambda moment: _invite(operator))


def _let_go(operator: Operator) -> None:
    left = StaffUser.objects.get(operator_id=operator.id, email=_LEFT)
    deactivate_staff(operator, staff_id=left.id, actor=colleague(operator, role="admin"))


def _try_the_door() -> None:
    note_turned_away(_LEFT, kind="sign_in_failed", why="deactivated", address=_ELSEWHERE)


def _invite(operator: Operator) -> None:
    invite_staff(
        operator,
        email="hanna.sole@acmetravel.example",
        name="Hanna Sole",
        role="agent",
        actor=colleague(operator, role="admin"),
    )
