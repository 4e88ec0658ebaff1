"""A worker is killed after each batch of an import: the next one goes on, and every booking comes in once."""

import json

import pytest

from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.hand_in_import import ImportFile, hand_in_import
from fareledger.usecases.run_import import run_imports
from fareledger.usecases.show_import import show_import
from fareledger.usecases.take_batch import BATCH
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.api import a_body
from tests.support.database import TestDatabase
from tests.support.people import MARTA
from tests.support.processes import KILLED, dying_at

pytestmark = pytest.mark.slow


def test_no_booking_is_lost_done_twice_or_counted_twice(operator: Operator, database: TestDatabase) -> None:
    bodies: list[object] = [a_body() for _ in range(2 * BATCH + 50)]
    bodies.insert(BATCH + 7, {"reference": "broken"})
    content = "".join(json.dumps(body) + "\n" for body in bodies).encode()
    file = ImportFile(name="bookings.jsonl", content=content)
    import_id = hand_in_import(operator, file=file, actor=MARTA, channel="back_office")
    with dying_at("after_import_batch", database=database) as doomed:
        for batches in (1, 2):
            assert doomed.imports(operator.id) == KILLED
            shown = show_import(operator, import_id=import_id)
            assert (shown.status, shown.bookings) == ("running", batches * BATCH)
            assert 0 < shown.percent < 100
    assert run_imports(operator) == 1
    shown = show_import(operator, import_id=import_id)
    assert (shown.status, shown.created, shown.refused) == ("done", 2 * BATCH + 50, 1)
    assert (shown.changed, shown.unchanged) == (0, 0)
    assert {reason.line for reason in shown.reasons} == {BATCH + 8}
    with operator_transaction(operator.id):
        assert Booking.objects.filter(operator_id=operator.id).count() == 2 * BATCH + 50
        assert set(Booking.objects.filter(operator_id=operator.id).values_list("version", flat=True)) == {1}
    assert [one for one in verify_ledger([operator]) if not one.holds] == []
