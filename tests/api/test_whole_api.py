"""The whole API against its own description, by schemathesis: no server error, and no answer that is not declared.

Every operation is tried by its examples, by values at every edge of what the description allows, by random ones, right
and wrong, and in sequences; all of them over HTTP, on the real application and database, with a key of every scope.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from fareledger.domain.access import SCOPES
from fareledger.persistence.operators import Operator
from tests.support.api import Caller, a_body
from tests.support.served import served

SETTINGS: Final[dict[str, Any]] = {
    "seed": 20270109,
    "generation": {"max-examples": 6, "no-shrink": True, "database": "none"},
    "phases": {"stateful": {"max-steps": 4}},
    "checks": {
        # A sound body may break a rule that no schema can say, such as a trip that ends before it starts.
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {
            "expected-statuses": [400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 422]
        },
    },
}

schemathesis.serializer.alias(["application/jsonl", "application/x-ndjson"], "text/plain")


@dataclass
class Outcome:
    """How a run ended: the statuses of every operation, and what was found wrong."""

    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    answers: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, recorder: ScenarioRecorder) -> None:
        """Take in one scenario."""
        for case_id, exchange in recorder.interactions.items():
            if exchange.response is not None:
                self.answers += 1
                self.statuses[recorder.cases[case_id].value.operation.label].add(
                    exchange.response.status_code
                )
        for check in (check for checks in recorder.checks.values() for check in checks):
            if check.failure_info is not None:
                failure = check.failure_info.failure
                told = f"{failure.message}\n{check.failure_info.code_sample}"
                self.failures[f"{failure.operation}: {failure.title}"] = told


def booked(operator: Operator, *, reference: str) -> Caller:
    """Somebody who may do everything, with a booking for which nothing is planned yet."""
    caller = Caller(operator, scopes=tuple(SCOPES))
    caller.put(a_body(reference=reference))
    for row in caller.get(f"bookings/{reference}/billing").body["transactions"]:
        caller.send("DELETE", f"bookings/{reference}/transactions/{row['id']}")
    return caller


def tried(caller: Caller, *, only: str = "", given: dict[str, str] | None = None) -> Outcome:
    """Try all operations, or those whose path has something in it, with parameters that are given or made up."""
    outcome = Outcome()
    headers = {"Authorization": f"Bearer {caller.key}"}
    config = SchemathesisConfig.from_dict({**SETTINGS, "headers": headers, "parameters": given or {}})
    with served() as address:
        description = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config)
        wanted = description.include(path_regex=only) if only else description
        for event in from_schema(wanted).execute():
            assert not isinstance(event, events.FatalError), event.exception
            if isinstance(event, events.NonFatalError):
                outcome.failures[event.label] = str(event.value)
            if isinstance(event, events.ScenarioFinished):
                outcome.add(event.recorder)
    return outcome


@pytest.mark.slow
def test_every_answer_is_declared(operator: Operator) -> None:
    caller = booked(operator, reference="TRV-48213")
    outcome = tried(caller)
    assert outcome.failures == {}
    assert outcome.answers > 1000
    paths = caller.send("GET", "openapi.json").body["paths"]
    every = {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
    assert set(outcome.statuses) == every
    assert not any(status >= 500 for statuses in outcome.statuses.values() for status in statuses)


@pytest.mark.slow
def test_every_answer_about_rows_that_are_there_is_declared(operator: Operator) -> None:
    caller = booked(operator, reference="ROWS-1")
    wanted = {
        "kind": "payment",
        "method": "credit_card",
        "type": "partial",
        "amount": 100,
        "due_date": "2199-01-01",
    }
    planned = caller.post("bookings/ROWS-1/transactions", wanted).body["transaction"]
    given = {"path.reference": "ROWS-1", "path.transaction_id": planned["id"]}
    outcome = tried(caller, only="/(transactions|commit|reverse)$", given=given)
    assert outcome.failures == {}
    seen = {label.rpartition("/")[2]: statuses for label, statuses in outcome.statuses.items()}
    assert 201 in seen["transactions"]
    assert 200 in seen["commit"]
    assert 201 in seen["reverse"]
