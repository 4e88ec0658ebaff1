"""Versions: reading again only what changed, and changing a booking only as the sender knows it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fareledger.persistence.operators import Operator
from tests.support.api import Answer, Caller, a_body

AT = "bookings/TRV-1"


@pytest.fixture
def caller(operator: Operator) -> Caller:
    caller = Caller(operator)
    caller.put(a_body(reference="TRV-1"))
    return caller


def put(caller: Caller, *, query: str = "", body: dict[str, Any] | None = None, **headers: str) -> Answer:
    text = json.dumps(body or a_body(reference="TRV-1", package="Azores only")).encode()
    return caller.send("PUT", f"{AT}{query}", text=text, **headers)


@pytest.mark.parametrize("part", ["", "/billing", "/ledger"])
def test_what_is_known_is_not_sent_again(caller: Caller, part: str) -> None:
    first = caller.get(AT + part)
    tag = first.headers["etag"]
    assert tag.startswith('"'), "a strong tag"
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = caller.send("GET", AT + part, HTTP_IF_NONE_MATCH=known)
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert caller.send("GET", AT + part, HTTP_IF_NONE_MATCH='"other"').body == first.body


def test_the_tag_of_the_figures_changes_with_every_row(caller: Caller) -> None:
    tags = [caller.get(f"{AT}/billing").headers["etag"]]
    row = caller.get(f"{AT}/billing").body["transactions"][0]["id"]
    caller.post(f"{AT}/transactions/{row}/commit", {"amount": 100, "send_confirmation": False})
    tags.append(caller.get(f"{AT}/billing").headers["etag"])
    rest = caller.get(f"{AT}/billing").body["transactions"][1]["id"]
    caller.send("DELETE", f"{AT}/transactions/{rest}")
    tags.append(caller.get(f"{AT}/billing").headers["etag"])
    assert len(set(tags)) == 3
    assert caller.get(AT).headers["etag"] == '"1"', "the booking itself did not change"


def test_staff_and_others_have_tags_of_their_own(caller: Caller) -> None:
    staff = Caller(caller.operator, scopes=("bookings:read", "staff"))
    assert staff.get(f"{AT}/billing").headers["etag"] != caller.get(f"{AT}/billing").headers["etag"]


@pytest.mark.parametrize("known", ['"1"', "*", '"7", "1"'])
def test_a_booking_is_changed_as_it_is_known(caller: Caller, known: str) -> None:
    changed = put(caller, HTTP_IF_MATCH=known)
    assert (changed.status, changed.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize("known", ['"2"', 'W/"1"', "1", "", '"1'])
def test_a_booking_that_is_not_as_known_is_left_alone(caller: Caller, known: str) -> None:
    refused = put(caller, HTTP_IF_MATCH=known)
    assert (refused.status, refused.body["code"]) == (412, "precondition_failed")
    assert refused.body["current_version"] == 1
    assert caller.get(AT).headers["etag"] == '"1"'


def test_only_a_new_booking_is_created(caller: Caller) -> None:
    for body in (a_body(reference="TRV-1"), None):
        refused = put(caller, body=body, HTTP_IF_NONE_MATCH="*")
        assert (refused.status, refused.body["current_version"]) == (412, 1)
    new = a_body(reference="TRV-2")
    text = json.dumps(new).encode()
    assert caller.send("PUT", "bookings/TRV-2", text=text, HTTP_IF_NONE_MATCH="*").status == 201
    assert caller.send("PUT", "bookings/TRV-3", text=text, HTTP_IF_MATCH="*").status == 422, (
        "another reference"
    )


def test_a_booking_that_is_not_there_has_no_version(caller: Caller) -> None:
    text = json.dumps(a_body(reference="TRV-9")).encode()
    refused = caller.send("PUT", "bookings/TRV-9", text=text, HTTP_IF_MATCH="*")
    assert (refused.status, refused.body["current_version"]) == (412, 0)
    assert caller.get("bookings/TRV-9").status == 404


def test_the_version_in_the_body_is_heeded_too(caller: Caller) -> None:
    body = a_body(reference="TRV-1", package="Azores only", version=3)
    refused = put(caller, body=body)
    assert (refused.status, refused.body["code"], refused.body["current_version"]) == (
        409,
        "version_mismatch",
        1,
    )
    refused = put(caller, body=body, HTTP_IF_MATCH='"1"')
    assert refused.places() == {("/version", "version_mismatch")}
    assert put(caller, body={**body, "version": 1}, HTTP_IF_MATCH='"1"').status == 200


def test_a_cancellation_heeds_versions(caller: Caller) -> None:
    refused = caller.send("POST", f"{AT}/cancel", HTTP_IF_MATCH='"7"')
    assert (refused.status, refused.body["current_version"]) == (412, 1)
    done = caller.send("POST", f"{AT}/cancel", HTTP_IF_MATCH='"1"')
    assert (done.status, done.headers["etag"]) == (200, '"2"')


def test_a_preview_heeds_versions_too(caller: Caller) -> None:
    assert put(caller, query="?preview=true", HTTP_IF_MATCH='"2"').status == 412
    assert put(caller, query="?preview=true", HTTP_IF_MATCH='"1"').body["outcome"] == "changed"


@pytest.mark.parametrize("part", ["", "/billing", "/ledger"])
def test_head_is_get_without_its_body(caller: Caller, part: str) -> None:
    read, head = caller.get(AT + part), caller.send("HEAD", AT + part)
    assert (head.status, head.body) == (200, b"")
    for name in ("content-type", "etag", "cache-control"):
        assert head.headers[name] == read.headers[name]
    assert int(head.headers["content-length"]) > 100
    assert caller.send("HEAD", "bookings/TRV-404").status == 404


def test_methods_that_are_not_there_say_which_are(caller: Caller) -> None:
    for address, method, allowed in (
        (AT, "PATCH", "GET, HEAD, OPTIONS, PUT"),
        ("bookings", "POST", "GET, HEAD, OPTIONS"),
        (f"{AT}/cancel", "GET", "OPTIONS, POST"),
        (f"{AT}/cancel", "HEAD", "OPTIONS, POST"),
        ("docs", "POST", "GET, HEAD, OPTIONS"),
    ):
        refused = caller.send(method, address)
        assert (refused.status, refused.headers["allow"]) == (405, allowed)
        asked = caller.send("OPTIONS", address, HTTP_AUTHORIZATION="")
        assert (asked.status, asked.headers["allow"]) == (204, allowed)


def test_addresses_are_taken_as_they_are(caller: Caller) -> None:
    for address in ("bookings/", f"{AT}/", f"{AT}/billing/", "Bookings", ""):
        answer = caller.get(address)
        assert (answer.status, answer.body["code"]) == (404, "not_found")
