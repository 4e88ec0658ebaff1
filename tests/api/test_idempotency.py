"""Every POST is done once, however often it is sent: one copy after another, many at once, and a day later."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from fareledger.persistence.models import ApiKey, IdempotentRequest
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.idempotency import forget_old_answers
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Answer, Caller, a_body
from tests.support.operators import new_operator
from tests.support.racing import race

REFERENCE = "TRV-1"
ROUNDS = 8
ROW = {"kind": "payment", "method": "credit_card", "type": "partial", "amount": 100, "due_date": "2027-05-01"}


@pytest.fixture
def caller(operator: Operator) -> Caller:
    """Somebody with a booking of which nothing is planned."""
    caller = Caller(operator)
    caller.put(a_body(reference=REFERENCE))
    for row in rows(caller):
        caller.send("DELETE", f"bookings/{REFERENCE}/transactions/{row['id']}")
    return caller


def rows(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.get(f"bookings/{REFERENCE}/billing").body["transactions"]
    return found


def plan(caller: Caller, *, key: str, **differences: object) -> Answer:
    return caller.post(f"bookings/{REFERENCE}/transactions", {**ROW, **differences}, key=key)


def test_a_copy_gets_the_first_answer_again(caller: Caller) -> None:
    first = plan(caller, key="k-1")
    again = plan(caller, key="k-1")
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(rows(caller)) == 1
    assert plan(caller, key="k-2").body["transaction"]["id"] != first.body["transaction"]["id"]
    assert len(rows(caller)) == 2


def test_every_kind_of_post_is_done_once(caller: Caller) -> None:
    row = plan(caller, key="plan").body["transaction"]["id"]
    at = f"bookings/{REFERENCE}"
    posts: list[tuple[str, object, str]] = [
        (f"{at}/transactions/{row}/commit", {"amount": 40, "send_confirmation": True}, "commit"),
        (f"{at}/transactions/{row}/reverse", {"reason": "Wrong customer"}, "reverse"),
        (f"{at}/portal-links", {"send_email": False}, "link"),
        (f"{at}/cancel", None, "cancel"),
        (f"{at}/reinstate", None, "reinstate"),
    ]
    for address, body, key in posts:
        first = caller.post(address, body, key=key)
        before = billing_by_reference(caller.operator, reference=REFERENCE)
        again = caller.post(address, body, key=key)
        assert first.status in (200, 201), first.body
        assert (again.status, again.body) == (first.status, first.body), address
        assert again.headers.get("etag") == first.headers.get("etag")
        assert billing_by_reference(caller.operator, reference=REFERENCE) == before, address
    # The tag of the answer to "cancel" is still the one of then.
    assert caller.post(f"{at}/cancel", None, key="cancel").headers["etag"] == '"2"'


def test_one_key_is_for_one_request(caller: Caller) -> None:
    plan(caller, key="k-1")
    for other in (
        plan(caller, key="k-1", amount=101),
        caller.post(f"bookings/{REFERENCE}/cancel", None, key="k-1"),
        caller.post(f"bookings/{REFERENCE}/cancel?notify=false", None, key="k-1"),
    ):
        assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    assert len(rows(caller)) == 1


@pytest.mark.parametrize("key", [None, "", "x" * 201, "two words", "schlüssel"])
def test_a_post_without_a_usable_key_does_nothing(caller: Caller, key: str | None) -> None:
    headers = {"HTTP_IDEMPOTENCY_KEY": key or ""}
    text = json.dumps(ROW).encode()
    answer = caller.send("POST", f"bookings/{REFERENCE}/transactions", text=text, **headers)
    assert (answer.status, answer.body["code"]) == (400, "idempotency_key_missing")
    assert rows(caller) == []


def test_two_keys_of_an_operator_and_two_operators_do_not_meet(caller: Caller) -> None:
    first = plan(caller, key="k-1").body["transaction"]["id"]
    colleague = Caller(caller.operator)
    assert plan(colleague, key="k-1").body["transaction"]["id"] != first
    stranger = Caller(new_operator())
    stranger.put(a_body(reference=REFERENCE))
    for row in rows(stranger):
        stranger.send("DELETE", f"bookings/{REFERENCE}/transactions/{row['id']}")
    assert plan(stranger, key="k-1").status == 201


def test_a_refusal_leaves_its_key_free(caller: Caller) -> None:
    refused = plan(caller, key="k-1", amount=100_001)
    assert (refused.status, refused.body["code"]) == (422, "more_than_unplanned")
    assert kept(caller) == 0
    assert plan(caller, key="k-1", amount=100_000).status == 201


def test_fifty_copies_at_once_have_one_result(caller: Caller) -> None:
    finish = race([lambda: plan(caller, key="k-1")] * 50)
    assert finish.errors == []
    statuses = Counter(answer.status for answer in finish.results)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert {answer.body["code"] for answer in finish.results if answer.status == 409} <= {
        "idempotency_key_in_use"
    }
    assert all(answer.headers["retry-after"] == "1" for answer in finish.results if answer.status == 409)
    ids = {answer.body["transaction"]["id"] for answer in finish.results if answer.status == 201}
    assert ids == {row["id"] for row in rows(caller)}
    assert plan(caller, key="k-1").body["transaction"]["id"] in ids


@pytest.mark.slow
def test_fifty_copies_of_a_commit_have_one_result_every_time(caller: Caller) -> None:
    body = {"amount": 1, "send_confirmation": True}
    for number in range(ROUNDS):
        row = plan(caller, key=f"plan-{number}").body["transaction"]["id"]
        address = f"bookings/{REFERENCE}/transactions/{row}/commit"
        finish = race([lambda: caller.post(address, body, key=f"commit-{number}")] * 50)  # noqa: B023  # raced at once
        assert finish.errors == []
        assert {answer.status for answer in finish.results} <= {200, 409}
        rests = {answer.body["rest"]["id"] for answer in finish.results if answer.status == 200}
        assert len(rests) == 1
    after = billing_by_reference(caller.operator, reference=REFERENCE)
    assert after.figures.paid_minor == ROUNDS
    assert (len(after.entries), len(after.emails)) == (ROUNDS + 1, ROUNDS)


def test_without_the_lock_the_database_has_to_refuse_copies(caller: Caller) -> None:
    """The negative control: without the lock every copy does it all, and only the unique key undoes all but one."""

    def act() -> Answer:
        with connection.execute_wrapper(without_the_lock):
            return plan(caller, key="k-1")

    finish = race([act] * 50)
    assert Counter(answer.status for answer in finish.results)[500] >= 1
    assert len(rows(caller)) == 1


def without_the_lock(
    execute: Callable[..., Any], sql: str, params: object, many: bool, context: object, /
) -> Any:
    lock = "pg_try_advisory_xact_lock(hashtextextended(%s, 2))"
    return execute(sql.replace(lock, "%s::text IS NOT NULL"), params, many, context)


def test_an_answer_is_kept_for_a_day(caller: Caller) -> None:
    first = plan(caller, key="k-1")
    with time_machine.travel(now() + timedelta(hours=23, minutes=59)):
        forget_old_answers()
        assert plan(caller, key="k-1").body == first.body
    with time_machine.travel(now() + timedelta(hours=24, minutes=1)):
        assert plan(caller, key="k-1").body["transaction"]["id"] != first.body["transaction"]["id"]
        assert kept(caller) == 1
    with time_machine.travel(now() + timedelta(hours=48, minutes=2)):
        forget_old_answers()
        assert kept(caller) == 0


def test_what_is_kept_means_nothing_to_who_reads_the_database(caller: Caller) -> None:
    made = caller.post(f"bookings/{REFERENCE}/portal-links", {"send_email": False}, key="k-1").body
    token = made["url"].rpartition("/")[2]
    with operator_transaction(caller.operator.id), connection.cursor() as cursor:
        cursor.execute("SELECT body, headers::text FROM idempotent_request")
        ((body, headers),) = cursor.fetchall()
    assert token not in bytes(body).decode() + headers
    assert b"url" not in bytes(body)
    assert caller.post(f"bookings/{REFERENCE}/portal-links", {"send_email": False}, key="k-1").body == made


def test_a_key_that_goes_takes_its_answers_along(caller: Caller) -> None:
    plan(caller, key="k-1")
    with operator_transaction(caller.operator.id):
        ApiKey.objects.filter(operator_id=caller.operator.id).delete()
    assert kept(caller) == 0


def kept(caller: Caller) -> int:
    with operator_transaction(caller.operator.id):
        return IdempotentRequest.objects.filter(operator_id=caller.operator.id).count()
