"""How the API says that something is wrong: RFC 9457, with a stable code and the place of every mistake.

The three categories of `fareledger.domain.errors` become statuses here and nowhere else. An answer
never repeats what was sent, and never says whether something exists that the caller may not see.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import ninja.errors
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI

from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import Conflict, FareledgerError, NotFound, Refused
from fareledger.usecases.read_booking import field_errors

log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
_TYPES: Final = "https://fareledger.example/problems/"
_CATEGORIES: Final = ((NotFound, 404), (Conflict, 409), (Refused, 422))
# A refusal that is about how it was asked, not about what.
_STATUS_BY_CODE: Final = {
    "bad_request": 400,
    "idempotency_key_missing": 400,
    "not_permitted": 403,
    "insufficient_scope": 403,
    "precondition_failed": 412,
    "import_too_large": 413,
    "not_json": 400,
    "unsupported_media_type": 415,
    "body_too_large": 413,
    "too_many_link_emails": 429,
}
# Whoever asks again sooner is answered the same.
_WAIT_S: Final = {"too_many_link_emails": 3600, "idempotency_key_in_use": 1}
_CODE_BY_STATUS: Final = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem as it is answered; `errors` names the fields at fault."""

    status: int
    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    current_version: int | None = None


def answer(problem: Problem) -> HttpResponse:
    """Write a problem as application/problem+json."""
    response = HttpResponse(
        json.dumps(body(problem)),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(problem.headers),
    )
    response["Cache-Control"] = "no-store"
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="fareledger"'
    return response


def body(problem: Problem) -> dict[str, object]:
    """Give the members of a problem."""
    members: dict[str, object] = {
        "type": _TYPES + problem.code.replace("_", "-"),
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": error.message}
            for error in problem.errors
        ],
    }
    if problem.current_version is not None:
        members["current_version"] = problem.current_version
    return members


def problem_of(error: FareledgerError) -> Problem:
    """Say what a broken rule is in HTTP."""
    by_category = next(status for category, status in _CATEGORIES if isinstance(error, category))
    errors = getattr(error, "errors", ())
    if not errors and error.field is not None:
        errors = (FieldError(error.field, error.code, error.message),)
    return Problem(
        status=_STATUS_BY_CODE.get(error.code, by_category),
        code=error.code,
        detail=error.message,
        errors=errors,
        headers=_headers(error),
        current_version=getattr(error, "current", None),
    )


def _headers(error: FareledgerError) -> dict[str, str]:
    scope = getattr(error, "scope", None)
    if isinstance(scope, str):
        return {"WWW-Authenticate": f'Bearer realm="fareledger", error="insufficient_scope", scope="{scope}"'}
    wait_s = _WAIT_S.get(error.code)
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def register(api: NinjaAPI) -> None:
    """Let every error of the API be answered as a problem."""
    api.add_exception_handler(FareledgerError, _broken_rule)
    api.add_exception_handler(ninja.errors.ValidationError, _invalid_input)
    api.add_exception_handler(ninja.errors.HttpError, _http_error)
    api.add_exception_handler(RequestDataTooBig, _too_large)
    api.add_exception_handler(UnreadablePostError, _broken_off)
    api.add_exception_handler(OperationalError, _database_away)
    api.add_exception_handler(InterfaceError, _database_away)
    api.add_exception_handler(Exception, _broken_invariant)


def _broken_rule(_request: HttpRequest, error: FareledgerError | type[FareledgerError], /) -> HttpResponse:
    if isinstance(error, type):
        raise TypeError("an instance is expected")
    return answer(problem_of(error))


def _invalid_input(
    _request: HttpRequest, error: ninja.errors.ValidationError | type[ninja.errors.ValidationError], /
) -> HttpResponse:
    # The first step says body, path or query; in a body the second is the name of the parameter.
    errors: list[FieldError] = []
    for mistake in getattr(error, "errors", []):
        errors += field_errors([mistake], skip=2 if mistake["loc"][0] == "body" else 1)
    detail = errors[0].message if errors else "The request is not understood."
    return answer(Problem(status=422, code="invalid_body", detail=detail, errors=errors))


def _http_error(
    _request: HttpRequest, error: ninja.errors.HttpError | type[ninja.errors.HttpError], /
) -> HttpResponse:
    # django-ninja hides what our reader of bodies raised behind an error of its own.
    cause = getattr(error, "__cause__", None)
    if isinstance(cause, FareledgerError):
        return answer(problem_of(cause))
    status = getattr(error, "status_code", 400)
    if status == HTTPStatus.UNAUTHORIZED:
        detail = "Send a live API key as `Authorization: Bearer fl_…`."
    else:
        detail = str(error)
    return answer(Problem(status=status, code=_CODE_BY_STATUS.get(status, "bad_request"), detail=detail))


def _too_large(_request: HttpRequest, _error: RequestDataTooBig | type[RequestDataTooBig], /) -> HttpResponse:
    return answer(Problem(status=413, code="body_too_large", detail="A body has at most 1 MiB."))


def _broken_off(
    _request: HttpRequest, _error: UnreadablePostError | type[UnreadablePostError], /
) -> HttpResponse:
    return answer(Problem(status=400, code="bad_request", detail="The body ended early."))


def _database_away(request: HttpRequest, error: Exception | type[Exception], /) -> HttpResponse:
    log.error("%s %s: the database cannot be reached", request.method, request.resolver_match, exc_info=error)  # type: ignore[arg-type]  # an instance
    detail = "We are back in a moment. Sending the same again is safe."
    return answer(Problem(status=503, code="unavailable", detail=detail, headers={"Retry-After": "10"}))


def _broken_invariant(request: HttpRequest, error: Exception | type[Exception], /) -> HttpResponse:
    log.error("%s %s failed", request.method, request.resolver_match, exc_info=error)  # type: ignore[arg-type]  # an instance
    detail = "Something went wrong on our side. Sending the same again is safe."
    return answer(Problem(status=500, code="server_error", detail=detail))
