"""An administrator makes a key, hands it over once, and ends it."""

import html
import re

import pytest
from django.test import Client

from fareledger.domain.access import SCOPES, NotPermitted
from fareledger.faces.backoffice.api_keys import SCOPE_WORDS
from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.authenticate_api_key import authenticate_api_key
from fareledger.usecases.manage_api_keys import (
    KeyNotFound,
    list_api_keys,
    make_api_key,
    revoke_api_key,
)
from tests.support.operators import new_operator
from tests.support.outgoing import ADMIN
from tests.support.people import person
from tests.support.staff import signed_in

LIST = "/office/settings/api-keys/"


@pytest.fixture
def browser(operator: Operator) -> Client:
    """The browser of an administrator."""
    return signed_in(operator, role="admin")


def page(browser: Client, address: str = LIST, /) -> str:
    """The text of a page."""
    return html.unescape(browser.get(address).content.decode())


def made_on_the_page(browser: Client, *, name: str, scopes: tuple[str, ...]) -> str:
    """Make a key and take it from the page."""
    answer = browser.post(f"{LIST}make/", {"name": name, "scopes": scopes})
    found = re.search(r'value="(fl_[\w-]+)"', answer.content.decode())
    assert answer.status_code == 200
    assert found is not None
    return found[1]


def test_a_key_is_shown_once_and_works(operator: Operator, browser: Client) -> None:
    text = made_on_the_page(browser, name="Reservations", scopes=("bookings:write",))
    caller = authenticate_api_key(text)
    assert caller is not None
    assert caller.scopes == {"bookings:read", "bookings:write"}
    listed = page(browser)
    assert "Reservations" in listed
    assert text not in listed
    assert text.rpartition("_")[2] not in listed


def test_a_revoked_key_is_nobodys(operator: Operator, browser: Client) -> None:
    text = made_on_the_page(browser, name="Reservations", scopes=())
    (key,) = list_api_keys(operator, actor=ADMIN)
    assert "Revoke Reservations?" in page(browser, f"{LIST}{key.id}/revoke/")
    assert browser.post(f"{LIST}{key.id}/revoke/").status_code == 303
    assert authenticate_api_key(text) is None
    assert "Revoked" in page(browser)
    assert browser.post(f"{LIST}{key.id}/revoke/").status_code == 303


@pytest.mark.parametrize(
    ("differs", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 61}, "name"), ({"scopes": ["everything"]}, "scopes")],
)
def test_what_is_wrong_is_said_at_its_field(
    operator: Operator, browser: Client, differs: dict[str, object], field: str
) -> None:
    answer = browser.post(f"{LIST}make/", {"name": "CRM", "scopes": ["staff"], **differs})
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in said
    assert f'id="{field}-error"' in said
    assert f'<a href="#{field}">' in said
    assert list_api_keys(operator, actor=ADMIN) == ()


def test_two_live_keys_do_not_share_a_name(operator: Operator) -> None:
    make_api_key(operator, name="CRM", scopes=(), actor=ADMIN)
    with pytest.raises(Exception, match="has this name already"):
        make_api_key(operator, name="CRM", scopes=(), actor=ADMIN)
    (key,) = list_api_keys(operator, actor=ADMIN)
    revoke_api_key(operator, key_id=key.id, actor=ADMIN)
    make_api_key(operator, name="CRM", scopes=(), actor=ADMIN)


def test_making_and_revoking_is_in_the_access_log(operator: Operator) -> None:
    text = make_api_key(operator, name="CRM", scopes=("staff",), actor=ADMIN)
    (key,) = list_api_keys(operator, actor=ADMIN)
    revoke_api_key(operator, key_id=key.id, actor=ADMIN)
    with operator_transaction(operator.id):
        lines = list(AccessEvent.objects.filter(operator_id=operator.id).order_by("at", "id"))
    assert [(line.kind, line.subject, line.actor) for line in lines] == [
        ("key_made", "CRM", ADMIN.name),
        ("key_revoked", "CRM", ADMIN.name),
    ]
    assert text.rpartition("_")[2] not in str([line.payload for line in lines])


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_nobody_else_makes_keys(operator: Operator, role: str) -> None:
    browser, actor = signed_in(operator, role=role), person("Somebody", role=role)
    assert browser.get(LIST).status_code == 403
    assert browser.post(f"{LIST}make/", {"name": "CRM"}).status_code == 403
    with pytest.raises(NotPermitted):
        make_api_key(operator, name="CRM", scopes=(), actor=actor)
    with pytest.raises(NotPermitted):
        list_api_keys(operator, actor=actor)


def test_another_operators_key_is_not_there(operator: Operator, browser: Client) -> None:
    other = new_operator()
    make_api_key(other, name="CRM", scopes=(), actor=ADMIN)
    (key,) = list_api_keys(other, actor=ADMIN)
    assert browser.get(f"{LIST}{key.id}/revoke/").status_code == 404
    assert browser.post(f"{LIST}{key.id}/revoke/").status_code == 404
    with pytest.raises(KeyNotFound):
        revoke_api_key(operator, key_id=key.id, actor=ADMIN)


def test_every_scope_has_words() -> None:
    assert set(SCOPE_WORDS) == set(SCOPES)
