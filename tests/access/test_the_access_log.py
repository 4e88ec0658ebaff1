"""The access log: what happens at the door is in it, it is read page by page, and nothing in it can be changed."""

from datetime import date
from typing import get_args

import pytest
from django.db import Error
from django.test import Client

from fareledger.domain.access import NotPermitted, own_actor
from fareledger.faces.backoffice.access_log import KIND_WORDS
from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import PAGE_SIZE, AccessFilter, AccessKind, note_access, show_access_log
from tests.support.access_log import access_events
from tests.support.operators import new_operator
from tests.support.people import person
from tests.support.staff import a_staff_member, signed_in

LOG = "/office/settings/access-log/"
AUDITOR, PRIYA = person("Owen Hale", role="auditor"), person("Priya Nair", role="admin")


def test_ten_wrong_passwords_are_nine_misses_and_a_lock(operator: Operator) -> None:
    member, browser = a_staff_member(operator), Client(REMOTE_ADDR="198.51.100.9")
    for _ in range(12):
        browser.post("/office/sign-in/", {"email": member.email, "password": "wrong"})
    lines = access_events(operator)
    assert [line.kind for line in lines] == ["sign_in_failed"] * 9 + ["locked_out"]
    assert lines[-1].payload == {"why": "password", "from": "198.51.100.9"}
    assert lines[-1].actor == "Somebody not signed in"


def test_an_unknown_address_leaves_no_line(operator: Operator) -> None:
    Client().post("/office/sign-in/", {"email": f"nobody@{operator.slug}.example", "password": "wrong"})
    assert access_events(operator) == []


def test_nothing_in_it_can_be_changed_or_deleted(operator: Operator) -> None:
    note_access(operator, actor=PRIYA, kind="invited", subject="ana@acmetravel.example")
    with pytest.raises(Error), operator_transaction(operator.id):
        AccessEvent.objects.filter(operator_id=operator.id).update(subject="somebody else")
    with pytest.raises(Error), operator_transaction(operator.id):
        AccessEvent.objects.filter(operator_id=operator.id).delete()
    assert access_events(operator)[0].subject == "ana@acmetravel.example"


def test_it_is_read_page_by_page_without_a_gap(operator: Operator) -> None:
    for number in range(2 * PAGE_SIZE + 3):
        note_access(operator, actor=PRIYA, kind="invited", subject=f"{number:03}")
    read, before = [], None
    while True:
        shown = show_access_log(operator, wanted=AccessFilter(), actor=AUDITOR, before=before)
        read += [line.subject for line in shown.lines]
        before = shown.next_before
        if before is None:
            break
    assert read == [f"{number:03}" for number in reversed(range(2 * PAGE_SIZE + 3))]


def test_filters_narrow_it(operator: Operator) -> None:
    note_access(operator, actor=PRIYA, kind="invited", subject="ana@acmetravel.example")
    note_access(operator, actor=own_actor("Nils Berg"), kind="deactivated", subject="joel@acmetravel.example")
    for wanted, kinds in (
        (AccessFilter(kind="invited"), ["invited"]),
        (AccessFilter(about="JOEL"), ["deactivated"]),
        (AccessFilter(about="priya"), ["invited"]),
        (AccessFilter(first=date(2000, 1, 1)), ["deactivated", "invited"]),
        (AccessFilter(last=date(2000, 1, 1)), []),
    ):
        shown = show_access_log(operator, wanted=wanted, actor=AUDITOR)
        assert [line.kind for line in shown.lines] == kinds


def test_another_operators_log_is_not_seen(operator: Operator) -> None:
    note_access(new_operator(), actor=PRIYA, kind="invited", subject="stranger@acmetravel.example")
    assert show_access_log(operator, wanted=AccessFilter(), actor=AUDITOR).lines == ()
    page = signed_in(operator, role="auditor").get(LOG).content.decode()
    assert "stranger" not in page
    with pytest.raises(NotPermitted):
        show_access_log(operator, wanted=AccessFilter(), actor=person("Joel", role="finance"))


def test_the_page_keeps_its_filters_and_says_what_is_wrong(operator: Operator) -> None:
    browser = signed_in(operator, role="auditor")
    page = browser.get(f"{LOG}?kind=signed_in&about=Marta").content.decode()
    assert 'value="signed_in" selected' in page
    assert 'value="Marta"' in page
    wrong = browser.get(f"{LOG}?first=never")
    assert wrong.status_code == 422
    assert wrong.content.decode().count("Enter a date, such as") == 2
    assert "Nothing fits" in browser.get(f"{LOG}?about=nobody+like+that").content.decode()


def test_every_kind_has_words() -> None:
    assert set(get_args(AccessKind)) == set(KIND_WORDS)
