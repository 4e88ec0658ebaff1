"""Every operation of the description: for the key that has its scope, and for nobody of another operator.

The operations are read from the description, so a new one is covered by itself.
"""

from __future__ import annotations

import pytest

from fareledger.domain.access import SCOPES
from fareledger.persistence.operators import Operator
from tests.support.api import Caller, a_body
from tests.support.database import TestDatabase
from tests.support.described import Described, operations
from tests.support.operators import new_operator

TABLES = (
    "booking", "component", "transaction", "ledger_entry", "ledger_line", "timeline_event", "email_message",
    "portal_link", "import_run", "idempotent_request", "webhook_message", "invoice",
)  # fmt: skip


class House:
    """An operator with a booking, its rows, one of them closed, and an import."""

    def __init__(self, operator: Operator) -> None:
        self.caller = Caller(operator, scopes=tuple(SCOPES))
        self.caller.put(a_body(reference="TRV-48213"))
        rows = self.caller.get("bookings/TRV-48213/billing").body["transactions"]
        self.closed, self.open = rows[0]["id"], rows[1]["id"]
        self.caller.post(
            f"bookings/TRV-48213/transactions/{self.closed}/commit", {"send_confirmation": False}
        )
        handed_in = self.caller.send("POST", "imports/bookings", text=b"{}", content_type="application/jsonl")
        self.import_id = handed_in.body["id"]

    def state(self, database: TestDatabase) -> list[tuple[object, ...]]:
        """Count every table and take the head of the booking's chains."""
        operator_id = self.caller.operator.id
        counts = ", ".join(f"(SELECT count(*) FROM {table} WHERE operator_id = %s)" for table in TABLES)
        heads = (
            "SELECT entry_hash, event_hash, entry_seq, event_seq FROM booking_chain WHERE operator_id = %s"
        )
        return [
            *database.as_owner(f"SELECT {counts}", arguments=(operator_id,) * len(TABLES)),
            *database.as_owner(heads, arguments=(operator_id,)),
        ]


@pytest.fixture
def house(operator: Operator) -> House:
    return House(operator)


def sent(operation: Described, *, caller: Caller, house: House) -> tuple[int, str]:
    """Send an operation about what is really there; give status and code."""
    row = house.closed if operation.path.endswith("/reverse") else house.open
    answer = operation.sent(caller, transaction_id=row, import_id=house.import_id)
    return answer.status, answer.body["code"] if answer.status >= 400 else ""


def test_nothing_of_another_operator_is_there(house: House, database: TestDatabase) -> None:
    stranger = Caller(new_operator(), scopes=tuple(SCOPES))
    before = house.state(database)
    tried = 0
    for operation in operations(house.caller):
        if "{" not in operation.path or operation.method == "PUT":
            continue
        tried += 1
        status, code = sent(operation, caller=stranger, house=house)
        assert (status, code.endswith("_not_found")) == (404, True), operation.name
    assert tried >= 11
    assert house.state(database) == before


def test_rows_of_another_booking_are_not_there(house: House, database: TestDatabase) -> None:
    house.caller.put(a_body(reference="TRV-2"))
    before = house.state(database)
    for operation in operations(house.caller):
        if "{transaction_id}" not in operation.path:
            continue
        for row in (house.open, house.closed):
            answer = operation.sent(house.caller, reference="TRV-2", transaction_id=row)
            assert (answer.status, answer.body["code"]) == (404, "transaction_not_found"), operation.name
    assert house.state(database) == before


def test_a_put_of_another_operator_is_another_booking(house: House, database: TestDatabase) -> None:
    stranger = Caller(new_operator())
    before = house.state(database)
    assert stranger.put(a_body(reference="TRV-48213", package="Mine")).status == 201
    assert house.state(database) == before
    assert house.caller.get("bookings/TRV-48213").body["package"] != "Mine"


def test_every_operation_needs_its_scope_and_no_other(house: House, database: TestDatabase) -> None:
    before = house.state(database)
    for operation in operations(house.caller):
        others = tuple(scope for scope in SCOPES if scope != operation.scope)
        answer = operation.sent(Caller(house.caller.operator, scopes=others), transaction_id=house.open)
        assert (answer.status, answer.body["code"]) == (403, "insufficient_scope"), operation.name
        assert f"`{operation.scope}`" in answer.body["detail"]
        assert f'scope="{operation.scope}"' in answer.headers["www-authenticate"]
    assert house.state(database) == before
    for operation in operations(house.caller):
        allowed = Caller(house.caller.operator, scopes=(operation.scope,))
        status, code = sent(operation, caller=allowed, house=house)
        assert status not in (401, 403), (operation.name, code)


def test_every_operation_needs_a_live_key(house: House, database: TestDatabase) -> None:
    before = house.state(database)
    nobody = Caller(house.caller.operator, scopes=tuple(SCOPES))
    nobody.key = "fl_acme_" + "x" * 43
    for operation in operations(house.caller):
        assert sent(operation, caller=nobody, house=house) == (401, "unauthenticated"), operation.name
    assert house.state(database) == before


def test_both_ways_to_send_a_key_are_the_same(house: House) -> None:
    answer = house.caller.send("GET", "bookings", HTTP_AUTHORIZATION="", HTTP_X_API_KEY=house.caller.key)
    assert answer.status == 200


def test_what_is_refused_stores_nothing(house: House, database: TestDatabase) -> None:
    before = house.state(database)
    refused = 0
    for operation in operations(house.caller):
        if operation.method not in ("POST", "PUT"):
            continue
        at = operation.path.format(reference="TRV-48213", transaction_id=house.open)
        for text, headers in (
            (operation.text, {"content_type": "image/png"}),
            (b'{"half": ', {}),
            (b'{"unheard_of": 1}', {}),
            (b"[1]", {}),
            (operation.text, {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}),
            (b" " * 22_000_000, {}),
            (operation.text, {"HTTP_IDEMPOTENCY_KEY": "two words"}),
        ):
            if operation.method == "PUT" and "HTTP_IDEMPOTENCY_KEY" in headers:
                continue
            if not operation.text and headers.get("content_type") == "image/png":
                continue
            answer = house.caller.send(operation.method, at, text=text, **headers)
            assert 400 <= answer.status < 500, (operation.name, text[:20], headers, answer.body)
            refused += 1
    assert refused > 40
    assert house.state(database) == before
