"""Thousands of approved payments that are due on one day: none twice, none missed, in batches and several at once.

The slow case has 2,000 rows, twenty batches of the greatest size, so that all tests stay within their time.
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from fareledger.persistence.models import Attempt, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import SavedCardRequest
from fareledger.usecases.collect_due import collect_due
from tests.support.approved import collections_of
from tests.support.due import many_due
from tests.support.scripted_provider import scripted


@pytest.mark.parametrize(
    "count", [pytest.param(300, id="some"), pytest.param(2_000, id="many", marks=pytest.mark.slow)]
)
def test_none_twice_none_missed(operator: Operator, count: int) -> None:
    gateway = scripted(operator)
    sent: Counter[str] = Counter()

    def note(request: SavedCardRequest) -> None:
        sent[request.payment_method] += 1

    gateway.on_charge = note
    row_ids = many_due(operator, count=count, provider=f"scripted-{operator.slug}")
    began = time.monotonic()
    assert collect_due(operator) == count
    took_s = time.monotonic() - began
    print(f"{count} rows in {took_s:.1f} s: {count / took_s:.0f} a second")
    assert (len(sent), set(sent.values())) == (count, {1})
    assert Counter(one.state for one in collections_of(operator)) == {"ended": count}
    with operator_transaction(operator.id):
        charged = Attempt.objects.filter(operator_id=operator.id, off_session=True)
        assert charged.filter(state="succeeded").count() == charged.count() == count
        closed = Transaction.objects.filter(operator_id=operator.id, id__in=row_ids, status="closed")
        assert closed.count() == count
    assert collect_due(operator) == 0
