"""A booking is changed, previewed, cancelled and reinstated by the API, and the customer hears of it or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Answer, Caller, a_body

AT = "bookings/TRV-1"


@pytest.fixture
def caller(operator: Operator) -> Caller:
    caller = Caller(operator)
    caller.put(a_body(reference="TRV-1"))
    return caller


def dearer() -> dict[str, Any]:
    body = a_body(reference="TRV-1")
    body["components"][1]["price"] += 20_000
    return body


def put(caller: Caller, *, body: dict[str, Any], query: str = "") -> Answer:
    return caller.send("PUT", f"bookings/{body['reference']}{query}", text=json.dumps(body).encode())


def emails(caller: Caller) -> list[str]:
    return [email.kind for email in billing_by_reference(caller.operator, reference="TRV-1").emails]


def test_a_preview_says_what_would_happen_and_saves_nothing(caller: Caller) -> None:
    before = billing_by_reference(caller.operator, reference="TRV-1")
    seen = put(caller, body=dearer(), query="?preview=true")
    assert (seen.status, seen.body["preview"], seen.body["outcome"]) == (200, True, "changed")
    assert "etag" not in seen.headers
    assert (seen.body["before"]["payable"], seen.body["after"]["payable"]) == (100_000, 120_000)
    (added,) = (row for row in seen.body["rows"] if row["happenings"] == ["added"])
    assert (added["before"], added["after"]["id"], added["approval"]) == (None, None, "needs_its_own")
    assert (added["after"]["amount"], added["after"]["source"]) == (20_000, "booking_change")
    assert seen.body["protected"] == {
        "policy": "full",
        "held": 0,
        "to_refund": 0,
        "left": 0,
        "releasable_before": seen.body["protected"]["releasable_after"],
        "releasable_after": seen.body["protected"]["releasable_after"],
    }
    assert [(one["code"], one["percent"]) for one in seen.body["notices"]] == [
        ("price_rise_above_limit", "20.0")
    ]
    assert seen.body["customer_email"]["to"] == "eleanor.hartley@example.com"
    assert "TRV-1" in seen.body["customer_email"]["subject"] + seen.body["customer_email"]["text"]
    assert billing_by_reference(caller.operator, reference="TRV-1") == before
    saved = put(caller, body=dearer())
    assert saved.headers["etag"] == '"2"'
    figures = caller.get(f"{AT}/billing").body
    assert {name: figures[name] for name in ("payable", "outstanding", "unplanned")} == {
        name: seen.body["after"][name] for name in ("payable", "outstanding", "unplanned")
    }


def test_a_preview_of_a_new_booking_creates_none(caller: Caller) -> None:
    seen = put(caller, body=a_body(reference="TRV-2"), query="?preview=true")
    assert (seen.status, seen.body["outcome"], seen.body["before"]) == (200, "created", None)
    assert seen.body["customer_email"] is None
    assert caller.get("bookings/TRV-2").status == 404


def test_a_preview_refuses_what_saving_refuses(caller: Caller) -> None:
    body = {**dearer(), "end_date": "2027-06-11"}
    seen = put(caller, body=body, query="?preview=true")
    assert (seen.status, ("/end_date", "dates_reversed") in seen.places()) == (422, True)


def test_the_customer_hears_of_a_change_unless_told_not_to(caller: Caller) -> None:
    put(caller, body=dearer(), query="?notify=false")
    assert emails(caller) == []
    put(caller, body=a_body(reference="TRV-1"))
    assert emails(caller) == ["booking_change"]
    put(caller, body=a_body(reference="TRV-1"))
    assert emails(caller) == ["booking_change"], "a second copy changes nothing"
    quiet = put(caller, body=dearer(), query="?preview=true&notify=false")
    assert quiet.body["customer_email"] is None


def test_a_booking_is_cancelled_and_lives_again(caller: Caller) -> None:
    before = caller.get(AT).body
    cancelled = caller.post(f"{AT}/cancel")
    assert (cancelled.status, cancelled.headers["etag"]) == (200, '"2"')
    assert all(component["cancelled"] for component in cancelled.body["components"])
    figures = caller.get(f"{AT}/billing").body
    assert (figures["payable"], figures["unplanned"]) == (20_000, 0)
    assert caller.get("bookings?status=cancelled").body["bookings"][0]["reference"] == "TRV-1"
    again = caller.post(f"{AT}/cancel")
    assert (again.status, again.headers["etag"]) == (200, '"2"'), "cancelled already"
    alive = caller.post(f"{AT}/reinstate?notify=false")
    assert alive.headers["etag"] == '"3"'
    assert {**alive.body, "version": 1} == before
    assert emails(caller) == ["booking_change"]


def test_a_cancellation_takes_no_body(caller: Caller) -> None:
    assert caller.post(f"{AT}/cancel", {}).status == 200
    refused = caller.post(f"{AT}/cancel", {"reason": "ill"})
    assert (refused.status, refused.places()) == (422, {("/reason", "unknown_field")})
    refused = caller.post(f"{AT}/reinstate", ["x"])
    assert (refused.status, refused.places()) == (422, {("", "unknown_field")})
    assert caller.get(AT).headers["etag"] == '"2"'
