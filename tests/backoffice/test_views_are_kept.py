"""A list is kept under a name: as a tab for oneself or for everybody, renamed, and deleted by whose it is."""

from uuid import uuid4

import pytest

from fareledger.domain.access import Actor, staff_actor
from fareledger.persistence.models import StaffUser
from fareledger.persistence.operators import Operator
from fareledger.usecases.provision_operator import add_staff
from fareledger.usecases.saved_views import (
    MAX_VIEWS,
    InvalidViewName,
    TooManyViews,
    ViewNameTaken,
    ViewNotFound,
    change_view,
    delete_view,
    list_views,
    save_view,
)
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.staff import PASSWORD, signed_in

LIST = "/office/bookings/"


def somebody(operator: Operator, name: str, /, *, role: str = "agent") -> Actor:
    add_staff(operator.id, email=f"{uuid4().hex}@example.com", name=name, role=role, password=PASSWORD)
    return staff_actor(name, role=role, staff_id=StaffUser.objects.get(operator_id=operator.id, name=name).id)


def names(operator: Operator, actor: Actor, /) -> list[str]:
    return [view.name for view in list_views(operator, actor=actor)]


def test_one_keeps_a_list_and_finds_it_as_a_tab(operator: Operator) -> None:
    sell(operator, a_trip_in(20))
    browser = signed_in(operator)
    assert "Save this view" in browser.get(f"{LIST}?currency=GBP&sort=departs_up").content.decode()
    kept = browser.post(
        "/office/views/new/?currency=GBP&sort=departs_up", {"name": " Pounds,  soon ", "shared": "yes"}
    )
    assert (kept.status_code, kept["Location"]) == (303, f"{LIST}?currency=GBP&sort=departs_up")
    page = browser.get(kept["Location"]).content.decode()
    assert f'<a href="{LIST}?currency=GBP&amp;sort=departs_up" aria-current="page">Pounds, soon' in page
    assert "Change this view" in page
    assert "Save this view" not in page
    colleague = signed_in(operator, role="agent").get(LIST).content.decode()
    assert "Pounds, soon (Marta Lindgren)" in colleague


def test_a_name_that_cannot_be_is_said_at_the_field_and_kept(operator: Operator) -> None:
    browser = signed_in(operator)
    browser.post("/office/views/new/?currency=GBP", {"name": "Pounds"})
    for name, words in (("", "Give a name"), ("x" * 41, "Give a name"), ("Pounds", "already")):
        answer = browser.post("/office/views/new/?currency=EUR", {"name": name})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "There is a problem" in page
        assert page.count(words) == 2
        assert f'value="{name}"' in page


def test_views_are_private_unless_shared_and_changed_by_whose_they_are(operator: Operator) -> None:
    ada, bo = somebody(operator, "Ada"), somebody(operator, "Bo")
    view_id = save_view(operator, name="Mine", query="overdue=yes", shared=False, actor=ada)
    assert names(operator, bo) == []
    change_view(operator, view_id=view_id, name="Ours", shared=True, actor=ada)
    assert names(operator, bo) == ["Ours"]
    with pytest.raises(ViewNotFound):
        change_view(operator, view_id=view_id, name="Bo's", shared=True, actor=bo)
    with pytest.raises(ViewNotFound):
        delete_view(operator, view_id=view_id, actor=bo)
    delete_view(operator, view_id=view_id, actor=somebody(operator, "Cleo", role="admin"))
    assert names(operator, ada) == []


def test_an_administrator_sees_no_private_view_and_a_stranger_none(operator: Operator) -> None:
    ada = somebody(operator, "Ada")
    view_id = save_view(operator, name="Mine", query="", shared=False, actor=ada)
    admin = somebody(operator, "Cleo", role="admin")
    with pytest.raises(ViewNotFound):
        delete_view(operator, view_id=view_id, actor=admin)
    stranger = new_operator()
    assert names(stranger, somebody(stranger, "Dan", role="admin")) == []


def test_there_are_not_too_many_and_no_two_with_one_name(operator: Operator) -> None:
    ada = somebody(operator, "Ada")
    for number in range(MAX_VIEWS):
        save_view(operator, name=f"View {number}", query="", shared=False, actor=ada)
    with pytest.raises(TooManyViews):
        save_view(operator, name="One more", query="", shared=False, actor=ada)
    first = list_views(operator, actor=ada)[0]
    with pytest.raises(ViewNameTaken):
        change_view(operator, view_id=first.id, name="View 7", shared=False, actor=ada)
    with pytest.raises(InvalidViewName):
        change_view(operator, view_id=first.id, name="a\x07b", shared=False, actor=ada)


def test_deleting_asks_first(operator: Operator) -> None:
    browser = signed_in(operator)
    browser.post("/office/views/new/?currency=GBP", {"name": "Pounds"})
    page = browser.get(f"{LIST}?currency=GBP").content.decode()
    start = page.index("/office/views/")
    address = page[start : page.index('"', start)]
    asked = browser.get(f"{address}delete/").content.decode()
    assert "Delete the view <b>Pounds</b>" in asked
    assert browser.post(f"{address}delete/")["Location"] == LIST
    assert browser.get(address).status_code == 404
