"""The API as OpenAPI 3.1 describes it: what django-ninja knows of the endpoints, and what they declare beyond that.

Added are scopes, idempotency keys, conditional requests, headers of answers, and an example of every body and every
problem. It describes only; that the API does so is what the tests compare it with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from ninja import NinjaAPI

from fareledger.domain.access import SCOPES
from fareledger.domain.booking_rules import FieldError
from fareledger.faces.api import once, problems
from fareledger.faces.api.declared import PROBLEMS, problem_example
from fareledger.faces.api.imports import FORMATS

Part = dict[str, Any]

SUMMARY: Final = """Bookings in, figures out, with every movement of money between them.

* **Amounts** are whole minor units of the booking's currency (JPY has no decimals, KWD three). Refunds are
  positive magnitudes; their `kind` says the sign.
* **Keys** are sent as `Authorization: Bearer fl_…` or `X-API-Key: fl_…`. Each endpoint names the scope it needs.
  `comment` and `reason` of a transaction are shown to keys with the scope `staff` only.
* **Every POST** carries an `Idempotency-Key`, a new one for each request. A copy within 24 hours gets the first answer
  again, with `Idempotent-Replayed: true`; refusals are not kept. A PUT needs none: a second copy changes nothing.
* **Problems** are RFC 9457: `code` is stable, `errors` point into the body (or name the parameter). Nothing is stored
  by a request that is answered with 4xx.
* **Lists** are read with `limit` and the `next_cursor` of the answer before.
"""

_HEADERS: Final[dict[str, Part]] = {
    "ETag": {"description": "The version that was answered.", "schema": {"type": "string"}},
    "Location": {"description": "Where to read it.", "schema": {"type": "string"}},
    "Idempotent-Replayed": {
        "description": "`true` when this is the kept answer to an earlier copy of the request.",
        "schema": {"const": "true", "type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
}
_IDEMPOTENCY_KEY: Final[Part] = {
    "in": "header",
    "name": once.HEADER,
    "required": True,
    "description": "Any text that no other request of yours has, such as a UUID.",
    "schema": {"type": "string", "minLength": 1, "maxLength": once.MAX_LENGTH, "pattern": once.PATTERN},
    "example": "5f2c1c1e-5f0a-4a5e-9d0b-2b8f6a3c7d11",
}
_IF_NONE_MATCH: Final[Part] = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "ETags that are known already.",
    "schema": {"type": "string"},
    "example": '"3"',
}
_IF_MATCH: Final[Part] = {
    **_IF_NONE_MATCH,
    "name": "If-Match",
    "description": "The ETag the booking must still have.",
}
# Answers that say which version they are, by operationId, and the other headers of a success.
_TAGGED: Final = (
    "get_booking",
    "get_billing",
    "get_ledger",
    "put_booking",
    "cancel_booking",
    "reinstate_booking",
)
_CONDITIONAL: Final = ("get_booking", "get_billing", "get_ledger")
_LOCATED: Final = (("put_booking", "201"), ("post_import", "202"))


class DescribedApi(NinjaAPI):
    """The API, which describes itself completely."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Describe the API as OpenAPI 3.1."""
        schema: Any = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _describe(operation, method=method)
        for name, scheme in schema["components"]["securitySchemes"].items():
            scheme["description"] = f"{name}: the scopes are {', '.join(SCOPES)}."
        _drop_unused(schema)
        return schema


def _drop_unused(schema: Part) -> None:
    """Drop what django-ninja describes although nothing refers to it: parameters that it took apart."""
    text = json.dumps(schema)
    shapes = schema["components"]["schemas"]
    for name in [name for name in shapes if f'"#/components/schemas/{name}"' not in text]:
        del shapes[name]


def _describe(operation: Part, *, method: str) -> None:
    scope, codes = operation.pop("x-scope"), operation.pop("x-problems")
    examples: Part = operation.pop("x-examples")
    operation["security"] = [{name: [scope]} for one in operation["security"] for name in one]
    operation["description"] = f"{operation['description']}\n\nNeeds the scope `{scope}`."
    operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    for parameter in operation["parameters"]:
        # django-ninja copies the list of a JSON schema to where OpenAPI has an object.
        if "examples" in parameter:
            parameter["example"] = parameter.pop("examples")[0]
    operation["parameters"] += _parameters(operation["operationId"], method=method)
    if operation["operationId"] == "post_import":
        operation["requestBody"] = _file_body()
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if "request" in examples:
            media["examples"] = _examples(examples["request"])
    for status, answer in operation["responses"].items():
        _describe_answer(answer, status=status, operation=operation, examples=examples)
    for status, of_status in _by_status(codes):
        operation["responses"][status] = _problem_answer(operation["responses"][status], codes=of_status)
    if operation["operationId"] in _CONDITIONAL:
        operation["responses"]["304"] = {
            "description": "It is as you know it.",
            "headers": {"ETag": _HEADERS["ETag"]},
        }


def _parameters(name: str, *, method: str) -> list[Part]:
    found = [_IDEMPOTENCY_KEY] if method == "post" else []
    if name in _CONDITIONAL:
        found.append(_IF_NONE_MATCH)
    if name in ("put_booking", "cancel_booking", "reinstate_booking"):
        found.append(_IF_MATCH)
    if name == "put_booking":
        found.append({**_IF_NONE_MATCH, "description": "`*` creates only.", "example": "*"})
    return found


def _describe_answer(answer: Part, *, status: str, operation: Part, examples: Part) -> None:
    name = operation["operationId"]
    if int(status) >= 400:
        return
    headers = {}
    if name in _TAGGED:
        headers["ETag"] = (
            {**_HEADERS["ETag"], "required": True} if name != "put_booking" else _HEADERS["ETag"]
        )
    if (name, status) in _LOCATED:
        headers["Location"] = {**_HEADERS["Location"], "required": True}
    if any(parameter["name"] == once.HEADER for parameter in operation["parameters"]):
        headers["Idempotent-Replayed"] = _HEADERS["Idempotent-Replayed"]
    if headers:
        answer["headers"] = headers
    for media in answer.get("content", {}).values():
        if status in examples:
            media["examples"] = _examples(examples[status])


def _problem_answer(answer: Part, *, codes: list[str]) -> Part:
    schema = next(iter(answer["content"].values()))["schema"]
    status = PROBLEMS[codes[0]].status
    written = {code: {"summary": code, "value": _problem(code)} for code in codes}
    described: Part = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        "content": {problems.CONTENT_TYPE: {"schema": schema, "examples": written}},
    }
    if status in (401, 403):
        described["headers"] = {"WWW-Authenticate": {**_HEADERS["WWW-Authenticate"], "required": True}}
    if status in (429, 503):
        described["headers"] = {"Retry-After": {**_HEADERS["Retry-After"], "required": True}}
    return described


def _problem(code: str) -> Part:
    example = problem_example(code)
    found: Part = problems.body(
        problems.Problem(
            status=example["status"],
            code=code,
            detail=example["detail"],
            errors=[FieldError(*place) for place in example["places"]],
            current_version=3 if code in ("version_mismatch", "precondition_failed") else None,
        )
    )
    return found


def _by_status(codes: list[str]) -> Iterator[tuple[str, list[str]]]:
    for status in sorted({PROBLEMS[code].status for code in codes}):
        yield str(status), [code for code in codes if PROBLEMS[code].status == status]


def _examples(named: Part) -> Part:
    return {name: {"value": value} for name, value in named.items()}


def _file_body() -> Part:
    # No schema: a file may be anything, and what is wrong in it is told by the import's report.
    return {
        "required": True,
        "description": "The file itself; its layouts are in docs/import.md.",
        "content": {media: {"schema": {}, "example": _FILES[kind]} for media, kind in FORMATS.items()},
    }


_FILES: Final[dict[str, str]] = {
    "csv": (
        "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,component_id,component_kind,"
        "component_title,component_price\n"
        "TRV-48213,GBP,2027-01-09,2027-06-12,2027-06-22,Eleanor Hartley,eleanor@example.com,flights,flight,"
        "Flights from London,268000\n"
    ),
    "jsonl": (
        '{"reference": "TRV-48213", "currency": "GBP", "booked_on": "2027-01-09", "start_date": "2027-06-12", '
        '"end_date": "2027-06-22", "customer": {"name": "Eleanor Hartley", "email": "eleanor@example.com"}, '
        '"travellers": [{"name": "Eleanor Hartley", "lead": true}], "package": "Lisbon", "components": '
        '[{"id": "flights", "kind": "flight", "title": "Flights from London", "price": 268000}]}\n'
    ),
}
