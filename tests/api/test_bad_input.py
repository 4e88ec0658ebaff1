"""Whatever is wrong with a request is answered as a problem that names the field, and nothing is stored."""

import json
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from fareledger.persistence.operators import Operator
from tests.support.api import Answer, Caller, a_body
from tests.support.database import TestDatabase

TABLES = (
    "booking",
    "component",
    "transaction",
    "ledger_entry",
    "ledger_line",
    "timeline_event",
    "email_message",
)


@pytest.fixture
def caller(operator: Operator) -> Caller:
    return Caller(operator)


def stored(database: TestDatabase, operator: Operator, /) -> int:
    counts = " + ".join(f"(SELECT count(*) FROM {table} WHERE operator_id = %s)" for table in TABLES)
    return int(str(database.as_owner(f"SELECT {counts}", arguments=(operator.id,) * len(TABLES))[0][0]))


def is_problem(answer: Answer, *, status: int) -> None:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.body) == {"type", "title", "status", "detail", "code", "errors"}
    assert answer.body["status"] == status
    assert answer.body["code"] in answer.body["type"].replace("-", "_")


def altered(pointer: str, value: Any, /) -> dict[str, Any]:
    """A body in which one place has another value; `...` takes it away."""
    body: Any = a_body(
        payments=[
            {
                "amount": 100,
                "method": "credit_card",
                "provider": "sandbox",
                "external_reference": "pi_1",
                "received_at": "2026-11-01T19:47:00Z",
            }
        ],
        terms={"down_payment_percent": "30", "balance_due_days": 30},
    )
    *way, last = (int(step) if step.isdecimal() else step for step in pointer[1:].split("/"))
    place = body
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return dict(body)


WRONG = [
    ("/currency", "XXX", "unknown_currency"),
    ("/currency", "CHF", "currency_not_sold"),
    ("/currency", "gbp", "unknown_currency"),
    ("/currency", 826, "invalid_type"),
    ("/currency", ..., "missing"),
    ("/colour", "red", "unknown_field"),
    ("/customer/colour", "red", "unknown_field"),
    ("/components/1/colour", "red", "unknown_field"),
    ("/components/0/price", 10.5, "not_whole"),
    ("/components/0/price", 10.0, "not_whole"),
    ("/components/0/price", "60000", "invalid_type"),
    ("/components/0/price", True, "invalid_type"),
    ("/components/0/price", None, "invalid_type"),
    ("/components/0/price", 10**15 + 1, "invalid_amount"),
    ("/components/0/price", 2**63, "number_overflow"),
    ("/components/0/price", -(10**40), "number_overflow"),
    ("/components/0/price", -1, "negative_price"),
    ("/components/0/price", float("nan"), "not_a_number"),
    ("/components/0/price", float("inf"), "not_a_number"),
    ("/components/0/cancellation_fee", 60001, "invalid_cancellation_fee"),
    ("/components", [], "empty"),
    ("/components", {}, "invalid_type"),
    ("/components/1/id", "flights", "duplicate_id"),
    ("/non_payable", 100001, "invalid_non_payable"),
    ("/non_payable", -1, "invalid_non_payable"),
    ("/end_date", "2027-06-11", "dates_reversed"),
    ("/components/0/end_date", "2027-06-11", "dates_reversed"),
    ("/booked_on", "2027-06-13", "booked_after_start"),
    ("/start_date", "12/06/2027", "invalid_date"),
    ("/start_date", "2027-02-29", "invalid_date"),
    ("/start_date", "2027-06-12T00:00:00", "invalid_date"),
    ("/start_date", 20270612, "invalid_date"),
    ("/start_date", None, "missing"),
    ("/start_date", "1999-06-12", "date_out_of_range"),
    ("/customer/email", "nobody", "invalid_email"),
    ("/customer/email", "a@b.example\nBcc: c@d.example", "invalid_email"),
    ("/customer/locale", "tlh", "unknown_locale"),
    ("/customer/name", "", "invalid_text"),
    ("/customer/name", "a\x00b", "invalid_text"),
    ("/customer", None, "invalid_type"),
    ("/travellers", [], "lead_traveller"),
    ("/travellers", [{"name": "A", "lead": True}, {"name": "B", "lead": True}], "lead_traveller"),
    ("/travellers/1/lead", 1, "invalid_type"),
    ("/terms/balance_due_days", -1, "invalid_terms"),
    ("/terms/down_payment_percent", "101", "invalid_terms"),
    ("/terms/down_payment_percent", 33.3, "not_whole"),
    ("/terms/down_payment_percent", True, "invalid_type"),
    ("/payments/0/amount", 0, "invalid_amount"),
    ("/payments/0/method", "barter", "unknown_method"),
    ("/payments/0/received_at", "2026-11-01T19:47:00", "invalid_time"),
    ("/payments/0/received_at", "9999-12-31T23:59:59-12:00", "date_out_of_range"),
    ("/payments/0/received_at", "0001-01-01T00:00:00+14:00", "date_out_of_range"),
    ("/payments/0/external_reference", "", "invalid_text"),
    ("/version", "1", "invalid_type"),
]


@pytest.mark.parametrize(("pointer", "value", "code"), WRONG)
def test_a_wrong_field_is_named(
    caller: Caller, database: TestDatabase, pointer: str, value: Any, code: str
) -> None:
    answer = caller.put(altered(pointer, value))
    is_problem(answer, status=422)
    assert (pointer, code) in answer.places()
    assert stored(database, caller.operator) == 0


def test_every_wrong_field_is_named_at_once(caller: Caller) -> None:
    body = a_body(currency="XXX", end_date="2027-06-11", package="x" * 201)
    assert {place for place, _ in caller.put(body).places()} == {"/currency", "/end_date", "/package"}


def test_a_reference_has_letters_or_digits(caller: Caller) -> None:
    text = json.dumps(a_body(reference="--")).encode()
    answer = caller.send("PUT", "bookings/--", text=text)
    assert ("/reference", "invalid_reference") in answer.places()


def test_the_reference_of_the_body_is_that_of_the_address(caller: Caller, database: TestDatabase) -> None:
    answer = caller.send("PUT", "bookings/TRV-1", text=json.dumps(a_body(reference="TRV-2")).encode())
    is_problem(answer, status=422)
    assert answer.places() == {("/reference", "reference_differs")}
    assert stored(database, caller.operator) == 0


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (b"", 422, "invalid_body"),
        (b"not json", 400, "not_json"),
        (b'{"reference": "TRV-1"', 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b"[" * 100_000, 400, "not_json"),
        (b"[]", 422, "invalid_body"),
        (b"null", 422, "invalid_body"),
        (b'"TRV-1"', 422, "invalid_body"),
        (b'{"reference": "TRV-1", "reference": "TRV-2"}', 422, "invalid_body"),
        (b'{"components": [{"price": 1, "price": 2}]}', 422, "invalid_body"),
        (b'{"price": ' + b"9" * 100_000 + b"}", 422, "invalid_body"),
    ],
)
def test_what_is_no_booking_at_all_is_refused(
    caller: Caller, database: TestDatabase, text: bytes, status: int, code: str
) -> None:
    answer = caller.send("PUT", "bookings/TRV-1", text=text)
    is_problem(answer, status=status)
    assert answer.body["code"] == code
    assert stored(database, caller.operator) == 0


def test_a_repeated_key_is_named(caller: Caller) -> None:
    answer = caller.send("PUT", "bookings/TRV-1", text=b'{"components": [{"price": 1, "price": 2}]}')
    assert answer.places() == {("/components/0/price", "duplicate_key")}


def test_a_body_of_ten_megabytes_is_not_read(caller: Caller, database: TestDatabase) -> None:
    body = a_body(package="x" * 10_000_000)
    is_problem(caller.put(body), status=413)
    assert stored(database, caller.operator) == 0


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(caller: Caller, database: TestDatabase) -> None:
    text = json.dumps(a_body()).encode()
    answer = caller.send(
        "PUT", "bookings/TRV-1", text=text, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked"
    )
    is_problem(answer, status=411)
    assert stored(database, caller.operator) == 0


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_body_that_says_it_is_something_else_is_refused(caller: Caller, content_type: str) -> None:
    answer = caller.send(
        "PUT", "bookings/TRV-1", text=json.dumps(a_body()).encode(), content_type=content_type
    )
    is_problem(answer, status=415)


def test_json_with_a_charset_is_taken(caller: Caller) -> None:
    body = a_body()
    text, kind = json.dumps(body).encode(), "application/json; charset=utf-8"
    assert caller.send("PUT", f"bookings/{body['reference']}", text=text, content_type=kind).status == 201


@pytest.mark.parametrize(
    "key",
    [
        "",
        "Bearer",
        "Bearer fl_acme_x",
        "Basic YTpi",
        "Bearer fl_nobody-here_" + "x" * 43,
        "Bearer \udcff",
    ],
)
def test_without_a_live_key_nothing_is_said(caller: Caller, key: str) -> None:
    caller.put(a_body(reference="TRV-1"))
    for reference in ("TRV-1", "TRV-2"):
        answer = caller.send("GET", f"bookings/{reference}", HTTP_AUTHORIZATION=key)
        is_problem(answer, status=401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_with_another_secret_or_a_revoked_one_is_refused(
    caller: Caller, database: TestDatabase
) -> None:
    wrong = caller.key[:-1] + ("A" if caller.key[-1] != "A" else "B")
    is_problem(caller.send("GET", "bookings", HTTP_AUTHORIZATION=f"Bearer {wrong}"), status=401)
    assert caller.get("bookings").status == 200
    database.as_owner(
        "UPDATE api_key SET revoked_at = now() WHERE operator_id = %s", arguments=(caller.operator.id,)
    )
    is_problem(caller.get("bookings"), status=401)


def test_a_key_of_one_operator_does_not_open_another(caller: Caller) -> None:
    other = Caller(caller.operator)
    secret = other.key.rpartition("_")[2]
    forged = f"Bearer fl_{caller.operator.slug}x_{secret}"
    is_problem(caller.send("GET", "bookings", HTTP_AUTHORIZATION=forged), status=401)


def test_a_key_without_the_scope_is_refused(operator: Operator) -> None:
    answer = Caller(operator, scopes=("reports",)).get("bookings")
    is_problem(answer, status=403)


def test_unknown_addresses_methods_and_parameters_are_problems(caller: Caller) -> None:
    is_problem(caller.get("nothing/here"), status=404)
    is_problem(caller.get("bookings/TRV-404"), status=404)
    is_problem(caller.send("DELETE", "bookings/TRV-1"), status=405)
    body = a_body()
    text = json.dumps(body).encode()
    for parameter in ("dry_run=true", "preview=perhaps", "preview=true&preview=false"):
        answer = caller.send("PUT", f"bookings/{body['reference']}?{parameter}", text=text)
        is_problem(answer, status=422)
        assert {place for place, _ in answer.places()} == {f"/{parameter.partition('=')[0]}"}
    assert caller.get(f"bookings/{body['reference']}").status == 404


@pytest.mark.parametrize(
    "query", ["statuss=overdue", "limit=x", "limit=0", "limit=201", "status=late", "cursor=x"]
)
def test_a_list_is_not_answered_for_another_question(caller: Caller, query: str) -> None:
    answer = caller.get(f"bookings?{query}")
    is_problem(answer, status=422)
    ((place, _),) = answer.places()
    assert place == f"/{query.partition('=')[0]}"
    assert "Input" not in answer.body["detail"]


def test_another_currency_is_refused_later_too(caller: Caller) -> None:
    body = a_body()
    caller.put(body)
    answer = caller.put({**body, "currency": "EUR"})
    is_problem(answer, status=422)
    assert answer.places() == {("/currency", "currency_fixed")}


def test_one_payment_belongs_to_one_booking_and_one_amount(caller: Caller, database: TestDatabase) -> None:
    body = altered("/payments/0/amount", 100)
    caller.put(body)
    before = stored(database, caller.operator)
    elsewhere = {**altered("/payments/0/amount", 100)}
    is_problem(caller.put(elsewhere), status=409)
    larger = json.loads(json.dumps(body))
    larger["payments"][0]["amount"] = 101
    answer = caller.put(larger)
    is_problem(answer, status=409)
    assert answer.places() == {("/payments/0/amount", "payment_recorded_otherwise")}
    assert stored(database, caller.operator) == before


@pytest.mark.parametrize("trouble", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_back_in_a_moment(caller: Caller, trouble: type[Exception]) -> None:
    def gone(*_: object) -> None:
        raise trouble("the connection is closed")

    with connection.execute_wrapper(gone):
        answer = caller.get("bookings")
    is_problem(answer, status=503)
    assert (answer.body["code"], answer.headers["retry-after"]) == ("unavailable", "10")
    assert "key" not in answer.body["detail"]
