"""The description is sound OpenAPI 3.1 and true: examples fit their schemas, and what is done is declared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from fareledger.domain.access import SCOPES
from fareledger.faces.api.declared import PROBLEMS
from fareledger.persistence.operators import Operator
from tests.support.api import Caller

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


def test_every_operation_refuses_a_parameter_that_it_does_not_declare(
    schema: dict[str, Any], operator: Operator
) -> None:
    caller = Caller(operator, scopes=tuple(SCOPES))
    caller.put({**schema["components"]["schemas"]["BookingBody"]["example"], "payments": []})
    for path, method, operation in operations(schema):
        media_type, text = example_of(operation)
        address = filled(path).removeprefix("/api/v1/")
        answer = caller.send(method.upper(), f"{address}?nonsense=1", text=text, content_type=media_type)
        assert (answer.status, answer.body["code"]) == (422, "invalid_parameter"), (method, path, answer.body)
        assert answer.places() == {("/nonsense", "invalid_parameter")}


def example_of(operation: dict[str, Any]) -> tuple[str, bytes]:
    """Give the media type and the bytes of the first example of a request."""
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in media:
            return media_type, media["example"].encode()
        return media_type, json.dumps(next(iter(media["examples"].values()))["value"]).encode()
    return "application/json", b""


def filled(path: str) -> str:
    """Put a reference and ids into a path."""
    unknown = "019c2f4e-6a3b-7c21-9d50-8f1e2b3c4d5e"
    return path.format(reference="TRV-48213", transaction_id=unknown, import_id=unknown)
