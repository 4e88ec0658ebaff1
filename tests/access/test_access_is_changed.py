"""An administrator changes what colleagues may do: at once, never their own, and never the last administrator's."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from fareledger.domain.access import Actor, staff_actor
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.change_staff import (
    LastAdmin,
    OwnAccess,
    change_role,
    deactivate_staff,
    reactivate_staff,
    reset_second_step,
)
from fareledger.usecases.staff_people import StaffNotFound
from tests.support.access_log import access_events, kinds_of
from tests.support.operators import new_operator
from tests.support.racing import race
from tests.support.staff import PASSWORD, StaffMember, a_staff_member, signed_in
from tests.support.staff_mail import mails_to

SIGN_IN = "/office/sign-in/"
USERS = "/office/settings/users/"


def id_of(member: StaffMember) -> UUID:
    """Return the id of somebody."""
    return StaffUser.objects.get(email=member.email).id


def an_admin(operator: Operator, *, name: str = "Priya Nair") -> Actor:
    """Give the operator an administrator who acts."""
    return staff_actor(name, role="admin", staff_id=id_of(a_staff_member(operator, name=name, role="admin")))


def browser_of(member: StaffMember) -> Client:
    """A browser in which this person has signed in."""
    browser = Client()
    assert browser.post(SIGN_IN, {"email": member.email, "password": PASSWORD}).status_code == 303
    return browser


def test_another_role_counts_on_the_next_page(operator: Operator) -> None:
    joel = a_staff_member(operator, name="Joel Adeyemi", role="agent")
    his, admin = browser_of(joel), signed_in(operator, role="admin")
    assert his.get(USERS).status_code == 403
    answer = admin.post(f"{USERS}{id_of(joel)}/", {"role": "auditor"})
    assert (answer.status_code, answer["Location"]) == (303, USERS)
    assert his.get(USERS).status_code == 200
    changed = access_events(operator)[-1]
    assert (changed.kind, changed.subject) == ("role_changed", joel.email)
    assert changed.payload == {"before": "agent", "after": "auditor"}
    assert "another role" in mails_to(operator, email=joel.email)[0].text


def test_taking_access_away_ends_sessions_at_once_and_for_good(operator: Operator) -> None:
    joel = a_staff_member(operator, role="agent")
    his, admin = browser_of(joel), signed_in(operator, role="admin")
    address = f"{USERS}{id_of(joel)}/"
    assert "Take access away" in admin.get(f"{address}deactivate/").content.decode()
    assert his.get("/office/bookings/").status_code == 200
    assert admin.post(f"{address}deactivate/").status_code == 303
    assert his.get("/office/bookings/").status_code == 303
    assert Client().post(SIGN_IN, {"email": joel.email, "password": PASSWORD}).status_code == 422
    assert admin.post(f"{address}reactivate/").status_code == 303
    assert his.get("/office/bookings/").status_code == 303  # the old session stays ended
    assert Client().post(SIGN_IN, {"email": joel.email, "password": PASSWORD}).status_code == 303
    assert kinds_of(operator, subject=joel.email) == [
        "signed_in", "deactivated", "sign_in_failed", "reactivated", "signed_in",
    ]  # fmt: skip


def test_twice_is_once(operator: Operator) -> None:
    priya, joel = an_admin(operator), id_of(a_staff_member(operator, role="agent"))
    for _ in range(2):
        change_role(operator, staff_id=joel, role="finance", actor=priya)
    for _ in range(2):
        deactivate_staff(operator, staff_id=joel, actor=priya)
    for _ in range(2):
        reactivate_staff(operator, staff_id=joel, actor=priya)
    assert kinds_of(operator) == ["role_changed", "deactivated", "reactivated"]


@pytest.mark.parametrize("act", [deactivate_staff, reactivate_staff, reset_second_step])
def test_nobody_changes_their_own_access(operator: Operator, act: type) -> None:
    priya = an_admin(operator)
    an_admin(operator, name="Nils Berg")
    assert priya.id
    with pytest.raises(OwnAccess):
        act(operator, staff_id=priya.id, actor=priya)
    with pytest.raises(OwnAccess):
        change_role(operator, staff_id=priya.id, role="agent", actor=priya)
    assert kinds_of(operator) == []


def test_the_last_administrator_stays(operator: Operator) -> None:
    priya, nils = an_admin(operator), an_admin(operator, name="Nils Berg")
    assert priya.id
    assert nils.id
    deactivate_staff(operator, staff_id=priya.id, actor=nils)
    outside = staff_actor("Provisioning", role="admin")
    with pytest.raises(LastAdmin):
        change_role(operator, staff_id=nils.id, role="agent", actor=outside)
    with pytest.raises(LastAdmin):
        deactivate_staff(operator, staff_id=nils.id, actor=outside)
    assert StaffUser.objects.get(id=nils.id).role == "admin"


@pytest.mark.parametrize(("lock", "admins_left"), [(True, 1), (False, 0)])
def test_two_administrators_who_demote_each_other_leave_one(
    operator: Operator, lock: bool, admins_left: int
) -> None:
    """Both stop short of writing until the other is there too; without the lock both have found another admin."""
    priya, nils = an_admin(operator), an_admin(operator, name="Nils Berg")
    both_have_looked = threading.Barrier(2)

    def on_the_way(execute: Callable[..., Any], sql: str, /, *rest: Any) -> Any:
        if sql.startswith('UPDATE "staff_user"'):
            with suppress(threading.BrokenBarrierError):
                both_have_looked.wait(timeout=1)
        return execute(sql if lock else sql.replace("pg_advisory_xact_lock", "abs"), *rest)

    def demote(one: Actor, *, by: Actor) -> None:
        assert one.id
        with connection.execute_wrapper(on_the_way), suppress(LastAdmin):
            change_role(operator, staff_id=one.id, role="agent", actor=by)

    finish = race([lambda: demote(priya, by=nils), lambda: demote(nils, by=priya)])
    assert not finish.errors
    left = StaffUser.objects.filter(operator_id=operator.id, role="admin", is_active=True)
    assert left.count() == admins_left


def test_the_pages_say_why_and_refuse_what_is_posted_all_the_same(operator: Operator) -> None:
    me = a_staff_member(operator, role="admin")
    mine = browser_of(me)
    page = mine.get(f"{USERS}{id_of(me)}/").content.decode()
    assert "This is you" in page
    assert "Change role" not in page
    answer = mine.post(f"{USERS}{id_of(me)}/", {"role": "agent"})
    assert answer.status_code == 422
    assert "cannot change your own access" in answer.content.decode()
    assert mine.post(f"{USERS}{id_of(me)}/deactivate/").status_code == 422


def test_another_operators_people_do_not_exist(operator: Operator) -> None:
    stranger = id_of(a_staff_member(new_operator(), role="agent"))
    admin = signed_in(operator, role="admin")
    assert admin.get(f"{USERS}{stranger}/").status_code == 404
    for act in ("", "deactivate/", "reactivate/", "reset-second-step/"):
        assert admin.post(f"{USERS}{stranger}/{act}", {"role": "admin"}).status_code == 404
    with pytest.raises(StaffNotFound):
        change_role(operator, staff_id=stranger, role="admin", actor=an_admin(operator))
    person = StaffUser.objects.get(id=stranger)
    assert (person.role, person.is_active) == ("agent", True)


def test_the_list_shows_roles_sign_ins_second_steps_and_access(operator: Operator) -> None:
    joel = a_staff_member(operator, name="Joel Adeyemi", role="agent")
    deactivate_staff(operator, staff_id=id_of(joel), actor=an_admin(operator))
    page = signed_in(operator, role="auditor").get(USERS).content.decode()
    for told in ("Joel Adeyemi", joel.email, "Agent", "Never", "No access", "Only an administrator"):
        assert told in page
    assert "Invite somebody" not in page
