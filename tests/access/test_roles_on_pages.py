"""Every address of the back office and every role: no page fails, and an auditor reads all and changes nothing.

Addresses are found by themselves, so a new page is asked too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from fareledger.domain.access import ROLES
from fareledger.domain.identity import new_id
from fareledger.persistence.models import StaffUser, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from tests.support.bookings import a_trip, sell
from tests.support.staff import a_staff_member, signed_in

# What an auditor may send: about themselves, or in the demo.
OWN = ("office_account", "office_sign", "office_second_step", "office_forgotten", "office_new_password",
       "office_invitation", "office_demo_clock", "office_keep_view", "office_view")  # fmt: skip
# Forms whose whole purpose is to change something: there is nothing in them to read.
FORMS = {"office_cancel", "office_change", "office_plan_editor", "office_plan_after", "office_payment_add"}
_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b(?!.*(django_session|axes_))", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A named address of the back office, and what stands in it: the kind and the name of each part."""

    name: str
    takes: tuple[tuple[str, str], ...]


def addresses() -> list[Address]:
    """Return every named address below /office/."""

    def below(patterns: list[Any], *, prefix: str) -> Iterator[Address]:
        for one in patterns:
            path = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                yield from below(one.url_patterns, prefix=path)
            elif isinstance(one, URLPattern) and one.name and path.startswith("office/"):
                yield Address(one.name, tuple(re.findall(r"<(?:(\w+):)?(\w+)>", path)))

    return list(below(get_resolver().url_patterns, prefix=""))


@pytest.fixture
def known(operator: Operator) -> dict[str, object]:
    """Things that exist, by the names addresses have for them."""
    booking = sell(operator, a_trip()).booking
    with operator_transaction(operator.id):
        row = Transaction.objects.filter(operator_id=operator.id, booking_id=booking.id, status="open")[0]
    return {
        "reference": booking.reference,
        "transaction_id": row.id,
        "staff_id": StaffUser.objects.get(email=a_staff_member(operator, role="agent").email).id,
        "slug": operator.slug,
        "token": "x" * 43,
        "account": "revenue",
        "month": "2027-01",
        "number": 1,
    }


def filled(address: Address, *, known: dict[str, object]) -> str:
    """Return the address of something that exists where that is easy, and of a stranger where it is not."""
    wanted = {name: known.get(name, new_id() if kind == "uuid" else "other") for kind, name in address.takes}
    return reverse(address.name, kwargs=wanted)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role(operator: Operator, known: dict[str, object], role: str) -> None:
    browser = signed_in(operator, role=role)
    statuses = {one.name: browser.get(filled(one, known=known)).status_code for one in addresses()}
    assert set(statuses.values()) <= {200, 204, 302, 303, 403, 404, 405}, statuses


def test_an_auditor_reads_what_everybody_reads_and_more(operator: Operator, known: dict[str, object]) -> None:
    agent, auditor = signed_in(operator, role="agent"), signed_in(operator, role="auditor")
    fewer = {
        one.name
        for one in addresses()
        if agent.get(filled(one, known=known)).status_code == 200
        and auditor.get(filled(one, known=known)).status_code == 403
    }
    assert fewer == FORMS


def test_an_auditor_changes_nothing(operator: Operator, known: dict[str, object]) -> None:
    browser = signed_in(operator, role="auditor")
    written: list[str] = []

    def watch(execute: Any, sql: str, /, *rest: Any) -> Any:
        if _WRITES.search(sql):
            written.append(sql)
        return execute(sql, *rest)

    answers = {}
    for one in addresses():
        if one.name.startswith(OWN):
            continue
        with connection.execute_wrapper(watch):
            status = browser.post(filled(one, known=known)).status_code
        if written or status not in (403, 404, 405):
            answers[one.name] = (status, list(written))
        written.clear()
    assert answers == {}
