"""Planning, committing, deleting and reversing rows by the API, with the answers a reservation system works with."""

from __future__ import annotations

from typing import Any

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Answer, Caller, a_body

AT = "bookings/TRV-1"
ROW = {
    "kind": "payment",
    "method": "credit_card",
    "type": "partial",
    "amount": 2500,
    "due_date": "2027-05-01",
}
SILENT = {"send_confirmation": False}


@pytest.fixture
def caller(operator: Operator) -> Caller:
    """Somebody with a booking of 1,000.00 GBP of which nothing is planned."""
    caller = Caller(operator)
    caller.put(a_body(reference="TRV-1"))
    for row in billing(caller)["transactions"]:
        assert caller.send("DELETE", f"{AT}/transactions/{row['id']}").status == 204
    return caller


def billing(caller: Caller) -> dict[str, Any]:
    found: dict[str, Any] = caller.get(f"{AT}/billing").body
    return found


def plan(caller: Caller, **differences: object) -> Answer:
    wanted = {**ROW, **differences}
    return caller.post(
        f"{AT}/transactions", {name: value for name, value in wanted.items() if value is not ...}
    )


def commit(caller: Caller, *, row: str, **body: object) -> Answer:
    return caller.post(f"{AT}/transactions/{row}/commit", {**SILENT, **body})


def test_the_warning_falls_with_every_row_that_is_planned(caller: Caller) -> None:
    assert billing(caller)["unplanned"] == 100_000
    planned = plan(caller)
    assert planned.status == 201
    assert planned.body["billing"] == billing(caller)
    assert planned.body["billing"]["unplanned"] == 97_500
    row = planned.body["transaction"]
    assert {name: row[name] for name in ROW} == ROW
    assert (row["status"], row["source"], row["channel"], row["approved"]) == ("open", "manual", "api", False)
    rest = plan(caller, type="total", amount=...)
    assert rest.body["transaction"]["amount"] == 97_500
    assert rest.body["billing"]["unplanned"] == 0


REFUSED = [
    ({"amount": 100_001}, "/amount", "more_than_unplanned"),
    ({"amount": 0}, "/amount", "invalid_amount"),
    ({"amount": -1}, "/amount", "invalid_amount"),
    ({"amount": 10.5}, "/amount", "not_whole"),
    ({"amount": "2500"}, "/amount", "invalid_type"),
    ({"amount": ...}, "/amount", "invalid_amount"),
    ({"kind": "refund"}, "/kind", "nothing_to_plan"),
    ({"kind": "gift"}, "/kind", "unknown_word"),
    ({"kind": ...}, "/kind", "missing"),
    ({"type": "half"}, "/type", "unknown_word"),
    ({"type": "total", "amount": 1}, "/amount", "not_the_total"),
    ({"method": "cash"}, "/method", "unknown_method"),
    ({"method": "barter"}, "/method", "unknown_method"),
    ({"due_date": "2020-01-01"}, "/due_date", "past_due_date"),
    ({"due_date": "tomorrow"}, "/due_date", "invalid_date"),
    ({"due_date": None}, "/due_date", "missing"),
    ({"colour": "red"}, "/colour", "unknown_field"),
]


@pytest.mark.parametrize(("differences", "place", "code"), REFUSED)
def test_what_cannot_be_planned_names_its_field(
    caller: Caller, differences: dict[str, object], place: str, code: str
) -> None:
    answer = plan(caller, **differences)
    assert (answer.status, answer.places()) == (422, {(place, code)})
    assert billing(caller)["transactions"] == []


def test_money_arrives_as_planned(caller: Caller) -> None:
    row = plan(caller).body["transaction"]["id"]
    done = commit(
        caller, row=row, send_confirmation=True, external_reference="SEPA 4711", value_date="2026-11-20"
    )
    assert done.status == 200
    closed = done.body["transaction"]
    assert (closed["status"], closed["external_reference"], closed["value_date"]) == (
        "closed",
        "SEPA 4711",
        "2026-11-20",
    )
    assert (done.body["rest"], done.body["billing"]["total_payments"]) == (None, 2500)
    assert [one.kind for one in billing_by_reference(caller.operator, reference="TRV-1").emails] == [
        "receipt"
    ]
    entries = caller.get(f"{AT}/ledger").body["entries"]
    assert entries[-1]["channel"] == "api"


def test_less_arrives_and_the_rest_stays_open(caller: Caller) -> None:
    row = plan(caller).body["transaction"]["id"]
    done = commit(caller, row=row, amount=2000).body
    assert (done["transaction"]["amount"], done["transaction"]["planned_amount"]) == (2000, 2500)
    assert (done["rest"]["amount"], done["rest"]["due_date"], done["rest"]["split_from"]) == (
        500,
        "2027-05-01",
        row,
    )
    assert done["billing"]["unplanned"] == 97_500


def test_more_arrives_and_a_refund_is_due(caller: Caller) -> None:
    row = plan(caller, type="total", amount=...).body["transaction"]["id"]
    done = commit(caller, row=row, amount=120_000).body["billing"]
    assert (done["outstanding"], done["refund_due"], done["status"]) == (-20_000, True, "paid")
    refund = plan(caller, kind="refund", type="total", amount=..., method="bank_transfer").body["transaction"]
    paid_back = commit(caller, row=refund["id"]).body["billing"]
    assert paid_back["total_refunds"] == {"offline": 20_000, "online": 0}
    assert (paid_back["outstanding"], paid_back["refund_due"]) == (0, False)


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({"amount": 0}, "/amount", "invalid_amount"),
        ({"amount": 1.5}, "/amount", "not_whole"),
        ({"value_date": "2199-01-01"}, "/value_date", "value_date_in_future"),
        ({"value_date": "yesterday"}, "/value_date", "invalid_date"),
        ({"external_reference": "x" * 41}, "/external_reference", "invalid_text"),
        ({"external_reference": "two\nlines"}, "/external_reference", "invalid_text"),
        ({"send_confirmation": "yes"}, "/send_confirmation", "invalid_type"),
    ],
)
def test_what_cannot_have_happened_names_its_field(
    caller: Caller, body: dict[str, object], place: str, code: str
) -> None:
    row = plan(caller).body["transaction"]["id"]
    answer = commit(caller, row=row, **body)
    assert (answer.status, answer.places()) == (422, {(place, code)})
    assert billing(caller)["total_payments"] == 0


def test_who_comes_second_hears_who_was_first(caller: Caller) -> None:
    row = plan(caller).body["transaction"]["id"]
    commit(caller, row=row)
    for second in (commit(caller, row=row), caller.send("DELETE", f"{AT}/transactions/{row}")):
        assert (second.status, second.body["code"]) == (409, "already_closed")
        assert second.body["detail"].startswith("Test closed this row")
    gone = plan(caller).body["transaction"]["id"]
    caller.send("DELETE", f"{AT}/transactions/{gone}")
    for second in (commit(caller, row=gone), caller.send("DELETE", f"{AT}/transactions/{gone}")):
        assert (second.status, second.body["code"]) == (409, "already_deleted")


def test_a_mistake_is_taken_back_once(caller: Caller) -> None:
    row = plan(caller).body["transaction"]["id"]
    open_row = plan(caller).body["transaction"]["id"]
    commit(caller, row=row)
    done = caller.post(f"{AT}/transactions/{row}/reverse", {"reason": "Wrong customer"})
    assert done.status == 201
    assert done.body["transaction"]["reverses"] == row
    assert done.body["transaction"]["channel"] == "api"
    assert done.body["billing"]["total_payments"] == 0
    rows = {one["id"]: one for one in done.body["billing"]["transactions"]}
    assert rows[row]["reversed_by"] == done.body["transaction"]["id"]
    again = caller.post(f"{AT}/transactions/{row}/reverse", {"reason": "Once more"})
    assert (again.status, again.body["code"]) == (409, "already_reversed")
    not_closed = caller.post(f"{AT}/transactions/{open_row}/reverse", {"reason": "Wrong customer"})
    assert (not_closed.status, not_closed.body["code"]) == (422, "not_reversible")
    silent = caller.post(f"{AT}/transactions/{row}/reverse", {"reason": " "})
    assert silent.places() == {("/reason", "reason_needed")}


def test_an_id_that_is_none_is_named(caller: Caller) -> None:
    answer = caller.send("DELETE", f"{AT}/transactions/17")
    assert (answer.status, answer.places()) == (422, {("/transaction_id", "invalid_id")})


def test_comments_and_reasons_are_of_and_for_staff(caller: Caller) -> None:
    refused = plan(caller, comment="Rang twice, cross")
    assert (refused.status, refused.body["code"]) == (403, "insufficient_scope")
    staff = Caller(
        caller.operator, scopes=("bookings:read", "transactions:write", "transactions:reverse", "staff")
    )
    planned = plan(staff, comment="Rang twice, cross")
    row = planned.body["transaction"]
    assert row["comment"] == "Rang twice, cross"
    closed = commit(caller, row=row["id"])
    assert "cross" not in str(closed.body)
    staff.post(f"{AT}/transactions/{row['id']}/reverse", {"reason": "Wrong customer"})
    for part in ("", "/billing", "/ledger"):
        answer = str(caller.get(AT + part).body)
        assert "cross" not in answer
        assert "Wrong customer" not in answer
        assert "comment" not in answer
    assert "Wrong customer" in str(staff.get(f"{AT}/billing").body)
    replayed = caller.post(f"{AT}/transactions/{row['id']}/reverse", {"reason": "Wrong customer"})
    assert "cross" not in str(replayed.body)
