"""The description is sound OpenAPI 3.1 and true: examples fit their schemas, and what is done is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from fareledger.domain.access import SCOPES
from fareledger.faces.api.declared import PROBLEMS
from fareledger.persistence.operators import Operator
from tests.support.api import Caller, a_body
from tests.support.described import operations as described_operations

METHODS = ("get", "put", "post", "delete")
Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def schema(operator: Operator) -> dict[str, Any]:
    described: dict[str, Any] = Caller(operator).send("GET", "openapi.json", HTTP_AUTHORIZATION="").body
    return described


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield path, method, operation


def test_it_is_openapi_3_1(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(schema).validate()
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids)) >= 14


def test_every_operation_names_its_scope_and_its_problems(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        scopes = {scope for way in operation["security"] for (scope,) in way.values()}
        assert len(scopes) == 1
        assert scopes < set(SCOPES)
        declared = set(operation["responses"])
        wanted = {"401", "403", "422"}
        if "{" in path and method != "put":
            wanted.add("404")
        if "requestBody" in operation:
            wanted |= {"400", "411", "413", "415"}
        if method == "post":
            wanted |= {"400", "409"}
        assert wanted <= declared, (method, path)


def test_every_body_and_every_problem_has_an_example_that_fits(schema: dict[str, Any]) -> None:
    checked = 0
    for path, method, operation in operations(schema):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media_type, media in (
            (name, one) for body in bodies for name, one in body.get("content", {}).items()
        ):
            examples = [example["value"] for example in media.get("examples", {}).values()]
            examples += [media["example"]] if "example" in media else []
            assert examples, (method, path, media_type)
            validator = jsonschema_rs.validator_for(
                {**media["schema"], "components": schema["components"]}, validate_formats=True
            )
            for example in examples:
                checked += 1
                assert [str(error) for error in validator.iter_errors(example)] == [], (method, path)
    assert checked > 100


def test_every_code_of_the_catalogue_is_declared_somewhere(schema: dict[str, Any]) -> None:
    declared = {
        code
        for _, _, operation in operations(schema)
        for answer in operation["responses"].values()
        for media_type, media in answer.get("content", {}).items()
        if media_type == "application/problem+json"
        for code in media["examples"]
    }
    assert declared == set(PROBLEMS)


def test_every_post_takes_an_idempotency_key(schema: dict[str, Any]) -> None:
    for _, method, operation in operations(schema):
        names = {one["name"] for one in operation["parameters"] if one["in"] == "header" and one["required"]}
        assert ("Idempotency-Key" in names) == (method == "post")


def test_every_operation_refuses_a_parameter_that_it_does_not_declare(operator: Operator) -> None:
    caller = Caller(operator, scopes=tuple(SCOPES))
    caller.put(a_body(reference="TRV-48213"))
    for operation in described_operations(caller):
        answer = operation.sent(caller, query="?nonsense=1")
        assert (answer.status, answer.body["code"]) == (422, "invalid_parameter"), operation.name
        assert answer.places() == {("/nonsense", "invalid_parameter")}
