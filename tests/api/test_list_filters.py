"""The list of bookings by API: every filter, together with the cursor."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine

from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from tests.support.api import Caller, a_body


@pytest.fixture
def caller(operator: Operator) -> Caller:
    """Somebody with three bookings: an early one in euros, a late one, and a cancelled one."""
    caller = Caller(operator)
    early = {"start_date": "2027-03-01", "end_date": "2027-03-08", "booked_on": "2026-10-01"}
    body = a_body(reference="EARLY", currency="EUR", **early)
    for component in body["components"]:
        component.pop("start_date", None)
        component.pop("end_date", None)
    assert caller.put(body).status == 201
    assert caller.put(a_body(reference="LATE", package="Kyoto in autumn")).status == 201
    assert (
        caller.put(a_body(reference="GONE", customer={"name": "Ana Reis", "email": "ana@example.com"})).status
        == 201
    )
    caller.post("bookings/GONE/cancel")
    return caller


def found(caller: Caller, query: str, /) -> set[str]:
    answer = caller.get(f"bookings?{query}")
    assert answer.status == 200, answer.body
    return {line["reference"] for line in answer.body["bookings"]}


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("", {"EARLY", "LATE", "GONE"}),
        ("currency=EUR", {"EARLY"}),
        ("currency=USD", set()),
        ("departs_from=2027-03-01&departs_to=2027-03-01", {"EARLY"}),
        ("departs_from=2027-03-02", {"LATE", "GONE"}),
        ("booked_to=2026-10-31", {"EARLY"}),
        ("booked_from=2026-11-01&booked_to=2026-11-01", {"LATE", "GONE"}),
        ("status=cancelled", {"GONE"}),
        ("status=unpaid&currency=GBP&departs_from=2027-04-01", {"LATE", "GONE"}),
        ("search=ana%40example.com", {"GONE"}),
        ("search=late", {"LATE"}),
    ],
)
def test_a_filter_narrows_the_list(caller: Caller, query: str, references: set[str]) -> None:
    assert found(caller, query) == references


def test_what_changed_since_a_moment(caller: Caller) -> None:
    moment = now() + timedelta(minutes=5)
    assert found(caller, f"changed_since={quote(moment.isoformat())}") == set()
    with time_machine.travel(moment + timedelta(minutes=1)):
        caller.put(a_body(reference="LATE", package="Kyoto in spring"))
    assert found(caller, f"changed_since={quote(moment.isoformat())}") == {"LATE"}


def test_a_filter_holds_along_the_cursor(caller: Caller) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = caller.get(f"bookings?currency=GBP&limit=1&cursor={cursor}").body
        seen += [line["reference"] for line in answer["bookings"]]
        cursor = answer["next_cursor"]
    assert seen == ["GONE", "LATE"]


@pytest.mark.parametrize(
    ("query", "place", "code"),
    [
        ("currency=XXX", "/currency", "unknown_currency"),
        ("departs_from=tomorrow", "/departs_from", "invalid_date"),
        ("departs_from=", "/departs_from", "invalid_date"),
        ("departs_from=2027-02-02&departs_to=2027-02-01", "/departs_to", "range_reversed"),
        ("changed_since=2027-02-02", "/changed_since", "invalid_time"),
        ("status=lost", "/status", "unknown_status"),
        ("limit=1&limit=2", "/limit", "invalid_parameter"),
    ],
)
def test_a_filter_that_cannot_be_is_named(caller: Caller, query: str, place: str, code: str) -> None:
    answer = caller.get(f"bookings?{query}")
    assert (answer.status, answer.places()) == (422, {(place, code)})
