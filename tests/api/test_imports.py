"""A file of bookings is handed in by the API and worked off in the background; its report names what was refused."""

from __future__ import annotations

import json

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.run_import import run_imports
from tests.support.api import Answer, Caller, a_body
from tests.support.operators import new_operator


@pytest.fixture
def caller(operator: Operator) -> Caller:
    return Caller(operator)


def lines(*bodies: dict[str, object]) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


def hand_in(
    caller: Caller, *, text: bytes, content_type: str = "application/jsonl", key: str = "i-1"
) -> Answer:
    return caller.send(
        "POST", "imports/bookings", text=text, content_type=content_type, HTTP_IDEMPOTENCY_KEY=key
    )


def test_a_file_is_taken_in_and_worked_off(caller: Caller) -> None:
    text = lines(
        a_body(reference="TRV-1"), a_body(reference="TRV-2", currency="XXX"), a_body(reference="TRV-3")
    )
    taken = hand_in(caller, text=text)
    assert (taken.status, taken.body["status"], taken.body["format"]) == (202, "queued", "jsonl")
    assert taken.headers["location"] == f"/api/v1/imports/{taken.body['id']}"
    address = taken.headers["location"].removeprefix("/api/v1/")
    assert caller.get(address).body == taken.body
    assert hand_in(caller, text=text).body == taken.body, "a copy of the request is not another import"
    run_imports(caller.operator)
    report = caller.get(address).body
    assert (report["status"], report["percent"]) == ("done", 100)
    assert (report["created"], report["refused"]) == (2, 1)
    assert report["reasons"] == [
        {
            "line": 2,
            "field": "/currency",
            "reason": "Give the ISO 4217 code of a currency in use, such as EUR.",
        }
    ]
    assert {line["reference"] for line in caller.get("bookings").body["bookings"]} == {"TRV-1", "TRV-3"}
    assert Caller(new_operator()).get(address).status == 404


def test_a_spreadsheet_is_one_too(caller: Caller) -> None:
    schema = caller.send("GET", "openapi.json").body
    content = schema["paths"]["/api/v1/imports/bookings"]["post"]["requestBody"]["content"]
    for number, (media_type, media) in enumerate(content.items()):
        taken = hand_in(caller, text=media["example"].encode(), content_type=media_type, key=f"i-{number}")
        assert taken.status == 202
        run_imports(caller.operator)
        report = caller.get(f"imports/{taken.body['id']}").body
        assert (report["created"] + report["changed"] + report["unchanged"], report["reasons"]) == (1, [])
    assert caller.get("bookings/TRV-48213").status == 200


def test_a_file_may_be_larger_than_other_bodies_but_not_any_size(caller: Caller) -> None:
    assert hand_in(caller, text=lines(a_body()) + b"\n" * 2_000_000).status == 202
    refused = hand_in(caller, text=b"\n" * 20_971_521, key="i-2")
    assert (refused.status, refused.body["code"]) == (413, "import_too_large")


@pytest.mark.parametrize(
    ("text", "content_type", "status", "code"),
    [
        (b"{}", "application/json", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
        (b" \n ", "application/jsonl", 422, "empty_import"),
    ],
)
def test_what_is_no_file_of_bookings_is_refused(
    caller: Caller, text: bytes, content_type: str, status: int, code: str
) -> None:
    refused = hand_in(caller, text=text, content_type=content_type)
    assert (refused.status, refused.body["code"]) == (status, code)
