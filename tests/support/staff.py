"""People who work for a test's operator, and browsers they have signed in with."""

import secrets
from dataclasses import dataclass

from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.provision_operator import add_staff

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class StaffMember:
    """Somebody who can sign in."""

    email: str
    password: str
    name: str


def a_staff_member(operator: Operator, *, name: str = "Marta Lindgren", role: str = "finance") -> StaffMember:
    """Give the operator one more person, with an email nobody else has."""
    email = f"{secrets.token_hex(6)}@acmetravel.example"
    add_staff(operator.id, email=email, name=name, role=role, password=PASSWORD)
    return StaffMember(email=email, password=PASSWORD, name=name)


def signed_in(operator: Operator, *, checks: bool = False, role: str = "finance") -> Client:
    """A browser in which one of the operator's people has signed in; `checks` switches CSRF protection on."""
    client = Client(enforce_csrf_checks=checks)
    member = a_staff_member(operator, role=role)
    plain = Client()
    answer = plain.post("/office/sign-in/", {"email": member.email, "password": member.password})
    assert answer.status_code == 303, answer.content
    client.cookies = plain.cookies
    return client
