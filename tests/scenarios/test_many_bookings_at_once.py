"""Bookings that come in many at once are in every figure, entry and event what they would be one by one."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from fareledger.domain.access import own_actor
from fareledger.persistence.models import WebhookMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_files import Place, Record
from fareledger.usecases.import_outcome import Taken
from fareledger.usecases.read_booking import details_of, read_body
from fareledger.usecases.show_booking import billing_by_reference
from fareledger.usecases.take_batch import Sender, take_batch
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.api import a_body
from tests.support.operators import new_operator

SENDER = Sender(actor=own_actor("Import"), channel="back_office")


def payment(reference: str, /, **differences: object) -> dict[str, object]:
    paid = {
        "amount": 30_000,
        "method": "credit_card",
        "provider": "sandbox",
        "external_reference": reference,
        "received_at": "2026-11-01T19:47:00Z",
    }
    return {**paid, **differences}


BODIES: tuple[Mapping[str, Any], ...] = (
    a_body(),
    a_body(payments=[payment("pi_1")]),
    a_body(payments=[payment("pi_2"), payment("pi_3", amount=90_000)]),
    a_body(payments=[payment("till 1", provider="offline", method="cash")]),
    a_body(payments=[payment("till 1", provider="offline", method="cash")]),
    a_body(currency="JPY", non_payable=1_000),
    a_body(components=[{"id": "gift", "kind": "activity", "title": "A gift", "price": 0}]),
    a_body(terms={"down_payment_percent": None, "balance_due_days": 0}),
)


def batch(operator: Operator, *bodies: Mapping[str, Any]) -> Taken:
    records = [
        Record(line=number, document=json.loads(json.dumps(body)), place=lambda at, n=number: Place(n, at))  # type: ignore[misc]  # mypy knows no default of a lambda
        for number, body in enumerate(bodies, start=1)
    ]
    return take_batch(operator, records=records, sender=SENDER, note=lambda _: None)


def moved(lines: Iterable[Any], /) -> list[tuple[str, str, int]]:
    return sorted((line.account, line.side, line.amount_minor) for line in lines)


def told(operator: Operator, reference: str, /) -> dict[str, object]:
    shown = billing_by_reference(operator, reference=reference)
    return {
        "figures": shown.figures,
        "rows": [
            (
                row.kind,
                row.status,
                row.type,
                row.amount_minor,
                row.due_date,
                row.method,
                row.external_reference,
            )
            for row in shown.rows
        ],
        "entries": [(one.kind, one.channel, one.provider, moved(one.lines)) for one in shown.entries],
        "timeline": [(one.kind, one.text, one.actor) for one in shown.timeline],
    }


def test_they_are_what_they_would_be_one_by_one(operator: Operator) -> None:
    singly = new_operator()
    for body in BODIES:
        details = details_of(read_body(dict(body)), operator=singly)
        accept_booking(singly, details=details, channel=SENDER.channel, actor=SENDER.actor)
    taken = batch(operator, *BODIES)
    assert (taken.created, taken.refused) == (len(BODIES), 0)
    for body in BODIES:
        assert told(operator, body["reference"]) == told(singly, body["reference"])
    assert [one for one in verify_ledger([operator]) if not one.holds] == []


def test_a_second_copy_changes_nothing(operator: Operator) -> None:
    batch(operator, *BODIES)
    before = [told(operator, body["reference"]) for body in BODIES]
    taken = batch(operator, *BODIES)
    assert (taken.unchanged, taken.created) == (len(BODIES), 0)
    assert [told(operator, body["reference"]) for body in BODIES] == before


@pytest.mark.parametrize("earlier", [True, False], ids=["in the ledger", "in the same batch"])
def test_a_payment_that_belongs_to_another_booking_costs_its_own_only(
    operator: Operator, earlier: bool
) -> None:
    first, second, third = (a_body(payments=[payment("pi_1")]), a_body(payments=[payment("pi_1")]), a_body())
    if earlier:
        batch(operator, first)
    taken = batch(operator, second, third) if earlier else batch(operator, first, second, third)
    assert taken.refused == 1
    (reason,) = taken.reasons
    assert reason.field.startswith("/payments/0")
    assert reason.line == (1 if earlier else 2)
    assert told(operator, third["reference"])
    assert [one for one in verify_ledger([operator]) if not one.holds] == []


def test_one_reference_twice_in_a_batch_is_a_booking_and_its_change(operator: Operator) -> None:
    first = a_body()
    taken = batch(operator, first, {**first, "package": "Azores only"}, a_body())
    assert (taken.created, taken.changed) == (2, 1)
    assert billing_by_reference(operator, reference=first["reference"]).booking.package == "Azores only"


def test_with_nobody_listening_nothing_is_announced(operator: Operator) -> None:
    batch(operator, *BODIES)
    with operator_transaction(operator.id):
        assert not WebhookMessage.objects.filter(operator_id=operator.id).exists()
