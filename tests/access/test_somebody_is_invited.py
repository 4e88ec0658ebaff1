"""An administrator invites somebody: the link works once, tells nobody anything, and a newer one replaces it."""

from datetime import timedelta

import pytest
from django.test import Client

from fareledger.domain.access import own_actor
from fareledger.persistence.models import StaffInvitation, StaffUser
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.invite_staff import EmailUnusable, invite_staff
from fareledger.usecases.portal_tokens import token_hash
from fareledger.usecases.staff_people import NameMissing, RoleUnknown
from tests.support.access_log import kinds_of
from tests.support.people import person
from tests.support.racing import race
from tests.support.staff import a_staff_member, signed_in
from tests.support.staff_mail import link_in, mails_to

ANA = "ana@newhere.example"
GOOD = {"name": "Ana Sousa", "password": "three unlikely words together"}
ADMIN = person("Priya Nair", role="admin")


def invited(operator: Operator, *, email: str, role: str = "agent") -> str:
    """Invite somebody and return the path of the link they got."""
    invite_staff(operator, email=email, name="Ana", role=role, actor=ADMIN)
    return link_in(mails_to(operator, email=email)[-1])


def unique(operator: Operator) -> str:
    """An address nobody has: addresses are unique over all operators."""
    return f"ana-{operator.slug}@newhere.example"


def test_an_invitation_is_taken_up_with_a_name_and_a_password(operator: Operator) -> None:
    email = unique(operator)
    admin = signed_in(operator, role="admin")
    answer = admin.post(
        "/office/settings/users/invite/", {"email": email.upper(), "name": "Ana", "role": "finance"}
    )
    assert (answer.status_code, answer["Location"]) == (303, "/office/settings/users/")
    assert email in admin.get("/office/settings/users/").content.decode()
    path = link_in(mails_to(operator, email=email)[0])
    ana = Client()
    answer = ana.post(path, GOOD)
    assert (answer.status_code, answer["Location"]) == (303, "/office/")
    assert "Ana Sousa" in ana.get("/office/bookings/").content.decode()
    assert StaffUser.objects.get(email=email).role == "finance"
    assert kinds_of(operator, subject=email) == ["invited", "invitation_accepted", "signed_in"]


def test_looking_at_the_link_spends_nothing_and_names_nobody(operator: Operator) -> None:
    email = unique(operator)
    path = invited(operator, email=email)
    for _ in range(3):
        page = Client().get(path)
        assert page.status_code == 200
        assert email not in page.content.decode()
        assert page["Referrer-Policy"] == "no-referrer"
        assert page["Cache-Control"] == "no-store"
    assert Client().head(path).status_code == 200
    assert Client().post(path, GOOD).status_code == 303


def test_only_the_hash_of_the_token_is_kept(operator: Operator) -> None:
    path = invited(operator, email=unique(operator))
    token = path.rstrip("/").rpartition("/")[2]
    with operator_transaction(operator.id):
        kept = StaffInvitation.objects.get(operator_id=operator.id).token_sha256
    assert kept == token_hash(token)
    assert token not in kept


def test_a_newer_invitation_replaces_the_older(operator: Operator) -> None:
    email = unique(operator)
    older, newer = invited(operator, email=email), invited(operator, email=email)
    assert "no longer counts" in Client().post(older, GOOD).content.decode()
    assert Client().post(newer, GOOD).status_code == 303


def test_it_works_once_and_for_72_hours(operator: Operator) -> None:
    email = unique(operator)
    path = invited(operator, email=email)
    with operator_transaction(operator.id):
        row = StaffInvitation.objects.get(operator_id=operator.id)
        assert row.expires_at - row.created_at == timedelta(hours=72)
        StaffInvitation.objects.filter(operator_id=operator.id).update(expires_at=now())
    assert "has run out" in Client().post(path, GOOD).content.decode()
    path = invited(operator, email=email)
    assert Client().post(path, GOOD).status_code == 303
    again = Client().post(path, GOOD)
    assert "was taken up" in again.content.decode()
    assert not again.cookies.get("fl_staff")


def test_of_two_who_take_it_up_at_once_one_gets_in(operator: Operator) -> None:
    path = invited(operator, email=unique(operator))
    finish = race([lambda: Client().post(path, GOOD).status_code for _ in range(4)])
    assert not finish.errors
    assert sorted(finish.results) == [200, 200, 200, 303]


def test_a_withdrawn_invitation_lets_nobody_in(operator: Operator) -> None:
    path = invited(operator, email=unique(operator))
    admin = signed_in(operator, role="admin")
    with operator_transaction(operator.id):
        row = StaffInvitation.objects.get(operator_id=operator.id)
    answer = admin.post(f"/office/settings/users/invitations/{row.id}/withdraw/")
    assert answer.status_code == 303
    assert "no longer counts" in Client().post(path, GOOD).content.decode()
    assert admin.get(f"/office/settings/users/invitations/{row.id}/withdraw/").status_code == 404


@pytest.mark.parametrize(
    ("name", "password", "field", "said"),
    [
        ("", GOOD["password"], "name", "Enter a name"),
        ("Ana", "", "password", "Enter a password"),
        ("Ana", "short", "password", "at least 12 characters"),
        ("Ana", "password1234", "password", "too common"),
        ("Ana", "x" * 300, "password", "up to 256"),
    ],
)
def test_a_poor_password_or_no_name_is_refused_and_spends_nothing(
    operator: Operator, name: str, password: str, field: str, said: str
) -> None:
    path = invited(operator, email=unique(operator))
    answer = Client().post(path, {"name": name, "password": password})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert page.count(said) == 2
    assert f'href="#{field}"' in page
    assert Client().post(path, GOOD).status_code == 303


@pytest.mark.parametrize(
    ("email", "name", "role", "refusal"),
    [
        ("not an address", "Ana", "agent", EmailUnusable),
        (ANA, "", "agent", NameMissing),
        (ANA, "Ana", "king", RoleUnknown),
    ],
)
def test_an_invitation_needs_an_address_a_name_and_a_role(
    operator: Operator, email: str, name: str, role: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        invite_staff(operator, email=email, name=name, role=role, actor=own_actor("Test"))
    assert kinds_of(operator) == []


def test_somebody_with_a_sign_in_is_not_invited_again(operator: Operator) -> None:
    known = a_staff_member(operator)
    admin = signed_in(operator, role="admin")
    form = {"email": known.email, "name": "Ana", "role": "agent"}
    answer = admin.post("/office/settings/users/invite/", form)
    assert answer.status_code == 422
    assert "has a sign-in already" in answer.content.decode()


def test_an_unknown_link_says_so(operator: Operator) -> None:
    answer = Client().get(f"/office/invitation/{operator.slug}/{'x' * 43}/")
    assert "does not work" in answer.content.decode()
    assert Client().get(f"/office/invitation/nobody-here/{'x' * 43}/").status_code == 404
