"""The Booking API as a reservation system uses it: bookings in, figures, ledger, list and links out."""

import json
import threading

import pytest
from django.db import connection

from fareledger.persistence.operators import Operator
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Answer, Caller, a_body
from tests.support.operators import new_operator
from tests.support.people import person


@pytest.fixture
def caller(operator: Operator) -> Caller:
    return Caller(operator)


def a_payment(amount: int, *, reference: str = "pi_1", provider: str = "sandbox") -> dict[str, object]:
    return {
        "amount": amount,
        "method": "credit_card",
        "provider": provider,
        "external_reference": reference,
        "received_at": "2026-11-01T19:47:00Z",
    }


def test_a_booking_is_created_read_and_sent_back(caller: Caller) -> None:
    body = a_body(payments=[a_payment(35000)])
    created = caller.put(body)
    assert (created.status, created.headers["etag"]) == (201, '"1"')
    read = caller.get(f"bookings/{body['reference']}")
    assert read.status == 200
    assert read.body == created.body
    assert read.body["customer"] == body["customer"]
    assert read.body["payments"][0]["amount"] == 35000
    again = caller.put(read.body)
    assert (again.status, again.headers["etag"], again.body) == (200, '"1"', read.body)


def test_a_second_copy_changes_nothing(caller: Caller) -> None:
    body = a_body(payments=[a_payment(35000)])
    caller.put(body)
    before = billing_by_reference(caller.operator, reference=body["reference"])
    again = caller.put(body)
    assert (again.status, again.headers["etag"]) == (200, '"1"')
    assert billing_by_reference(caller.operator, reference=body["reference"]) == before


def test_another_spelling_is_the_same_booking(caller: Caller) -> None:
    body = a_body(reference="Trv-48213")
    caller.put(body)
    for spelling in ("TRV48213", "trv.48213"):
        assert caller.put({**body, "reference": spelling}).headers["etag"] == '"1"'
    for spelling in ("TRV48213", "trv%2048213", "  trv.48213"):
        assert caller.get(f"bookings/{spelling}").body["reference"] == "Trv-48213"
    assert len(caller.get("bookings").body["bookings"]) == 1


def test_the_billing_names_every_figure(caller: Caller) -> None:
    body = a_body(non_payable=10000, payments=[a_payment(30000)])
    caller.put(body)
    billing = caller.get(f"bookings/{body['reference']}/billing").body
    rows = billing.pop("transactions")
    assert billing == {
        "reference": body["reference"],
        "version": 1,
        "currency": "GBP",
        "sales_price": 100000,
        "non_payable": 10000,
        "payable": 90000,
        "total_payments": 30000,
        "total_refunds": {"offline": 0, "online": 0},
        "outstanding": 60000,
        "unplanned": 0,
        "status": "partially_paid",
        "refund_due": False,
    }
    assert [(row["amount"], row["status"], row["source"], row["channel"]) for row in rows] == [
        (27000, "closed", "checkout", "checkout"),
        (3000, "closed", "checkout", "checkout"),
        (60000, "open", "plan", "api"),
    ]
    assert rows[0]["external_reference"] == "pi_1"


def test_the_ledger_balances_and_says_what_is_outstanding(caller: Caller) -> None:
    body = a_body(payments=[a_payment(35000), a_payment(1000, reference="till 1", provider="offline")])
    caller.put(body)
    entries = caller.get(f"bookings/{body['reference']}/ledger").body["entries"]
    assert [entry["kind"] for entry in entries] == ["booking_sold", "payment_received", "payment_received"]
    signed = [
        (line["account"], line["amount"] if line["side"] == "debit" else -line["amount"])
        for entry in entries
        for line in entry["lines"]
    ]
    assert sum(amount for _, amount in signed) == 0
    assert sum(amount for account, amount in signed if account == "customer_receivable") == 64000
    assert ("acquirer_clearing", 35000) in signed
    assert ("protected_bank", 1000) in signed


def test_a_comment_is_only_for_staff(caller: Caller) -> None:
    body = a_body(payments=[a_payment(110000)])
    caller.put(body)
    booking = billing_by_reference(caller.operator, reference=body["reference"])
    wanted = WantedRow(
        kind="refund",
        method="bank_transfer",
        type="total",
        due_date=booking.today,
        comment="Rang twice, cross",
    )
    plan_transaction(caller.operator, booking_id=booking.booking.id, wanted=wanted, actor=person("Marta"))
    address = f"bookings/{body['reference']}/billing"
    assert all("comment" not in row for row in caller.get(address).body["transactions"])
    staff = Caller(caller.operator, scopes=("bookings:read", "staff"))
    comments = {row["comment"] for row in staff.get(address).body["transactions"]}
    assert comments == {"", "Rang twice, cross"}
    for part in ("", "/ledger"):
        assert "cross" not in str(caller.get(f"bookings/{body['reference']}{part}").body)


def test_the_list_is_walked_by_its_cursor(caller: Caller) -> None:
    sent = [caller.put(a_body()).body["reference"] for _ in range(5)]
    seen: list[str] = []
    cursor = ""
    while True:
        answer = caller.get(f"bookings?limit=2&cursor={cursor}").body
        seen += [line["reference"] for line in answer["bookings"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert seen == sent[::-1]


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=AAAA", "limit=0", "limit=201", "limit=x", "status=lost"]
)
def test_a_list_that_cannot_be_is_refused(caller: Caller, query: str) -> None:
    answer = caller.get(f"bookings?{query}")
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == f"/{query.partition('=')[0]}"


def test_a_portal_link_is_answered_or_emailed(caller: Caller) -> None:
    body = a_body()
    caller.put(body)
    address = f"bookings/{body['reference']}/portal-links"
    made = caller.send("POST", address, text=b"{}")
    assert made.status == 201
    assert f"/p/{caller.operator.slug}/link/" in made.body["url"]
    sent = caller.send("POST", address, text=b'{"send_email": true}')
    assert (sent.status, sent.body["url"], sent.body["sent_to"]) == (201, None, body["customer"]["email"])
    for _ in range(2):
        caller.send("POST", address, text=b'{"send_email": true}')
    too_many = caller.send("POST", address, text=b'{"send_email": true}')
    assert (too_many.status, too_many.body["code"]) == (429, "too_many_link_emails")
    assert too_many.headers["retry-after"] == "3600"


def test_another_operators_booking_is_not_there(caller: Caller) -> None:
    body = a_body()
    caller.put(body)
    stranger = Caller(new_operator())
    for part in ("", "/billing", "/ledger"):
        answer = stranger.get(f"bookings/{body['reference']}{part}")
        assert (answer.status, answer.body["code"]) == (404, "booking_not_found")
    link = stranger.send("POST", f"bookings/{body['reference']}/portal-links", text=b"{}")
    assert link.status == 404
    assert stranger.get("bookings").body == {"bookings": [], "next_cursor": None}
    assert stranger.put(body).status == 201, "the same reference is free for every operator"
    assert caller.get(f"bookings/{body['reference']}").headers["etag"] == '"1"'


def test_two_copies_at_once_make_one_booking(caller: Caller) -> None:
    body = a_body(payments=[a_payment(35000)])
    start = threading.Barrier(8)
    answers: list[Answer] = []

    def send() -> None:
        start.wait()
        answers.append(caller.put(body))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    billing = billing_by_reference(caller.operator, reference=body["reference"])
    assert len(billing.entries) == 2
    assert billing.figures.paid_minor == 35000


def test_a_version_that_was_not_read_last_changes_nothing(caller: Caller) -> None:
    body = a_body()
    caller.put(body)
    changed = {**body, "package": "Lisbon only"}
    assert caller.put({**changed, "version": 1}).headers["etag"] == '"2"'
    late = caller.put({**body, "package": "Azores only", "version": 1})
    assert (late.status, late.places()) == (409, {("/version", "version_mismatch")})
    assert caller.get(f"bookings/{body['reference']}").body["package"] == "Lisbon only"


def test_the_example_of_the_description_is_accepted(caller: Caller) -> None:
    schema = caller.send("GET", "openapi.json", HTTP_AUTHORIZATION="").body
    example = schema["components"]["schemas"]["BookingBody"]["example"]
    assert caller.put(example).status == 201
    assert caller.get(f"bookings/{example['reference']}/billing").body["total_payments"] == 162900


def test_the_description_needs_no_key_and_names_every_address(caller: Caller) -> None:
    schema = caller.send("GET", "openapi.json", HTTP_AUTHORIZATION="").body
    assert schema["openapi"].startswith("3.1")
    assert set(schema["paths"]) == {
        "/api/v1/bookings",
        "/api/v1/bookings/{reference}",
        "/api/v1/bookings/{reference}/billing",
        "/api/v1/bookings/{reference}/ledger",
        "/api/v1/bookings/{reference}/cancel",
        "/api/v1/bookings/{reference}/reinstate",
        "/api/v1/bookings/{reference}/transactions",
        "/api/v1/bookings/{reference}/transactions/{transaction_id}",
        "/api/v1/bookings/{reference}/transactions/{transaction_id}/commit",
        "/api/v1/bookings/{reference}/transactions/{transaction_id}/reverse",
        "/api/v1/bookings/{reference}/portal-links",
        "/api/v1/imports/bookings",
        "/api/v1/imports/{import_id}",
    }
    responses = schema["paths"]["/api/v1/bookings/{reference}"]["put"]["responses"]
    assert list(responses["422"]["content"]) == ["application/problem+json"]
    page = caller.send("GET", "docs", HTTP_AUTHORIZATION="").body.decode()
    assert "https://" not in page
    assert json.dumps(schema)
