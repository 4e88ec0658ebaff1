"""The pages people see when something is wrong: what happened, whether money moved, and where to go from
here.

They use no database and no session, because either may be what is wrong. Programs that call the API or a
webhook get the same facts as an RFC 9457 problem. It decides nothing about validation errors; those belong
to each page.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from fareledger.faces.shared.responses import not_stored

_PORTAL = re.compile(r"^/p/([a-z0-9][a-z0-9-]{1,39})/")
_PROGRAMS = ("/api/", "/webhooks/")
_RETRY_AFTER_S = "10"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What a problem page says. `money` is added for customers, for whom a payment may be under way."""

    status: int
    code: str
    title: str
    sentences: tuple[str, ...]
    money: str = ""


MONEY = (
    "If you were paying: money is only taken once your bank has confirmed it, and we email you a receipt "
    "then. Look at your booking before you pay again."
)
NOT_FOUND = Problem(
    404,
    "not_found",
    "Page not found",
    ("The address may be mistyped, or what it pointed to is no longer there.",),
)
FORBIDDEN = Problem(
    403,
    "forbidden",
    "You cannot open this page",
    ("Your account is not allowed to see it. Ask an administrator of your company if you need it.",),
)
BAD_REQUEST = Problem(
    400,
    "bad_request",
    "We could not read that request",
    ("Nothing was changed. Go back, reload the page and try again.",),
)
STALE_FORM = Problem(
    403,
    "stale_form",
    "This page was open for too long",
    (
        "Nothing was sent. Go back, reload the page and send it again.",
        "Cookies must be allowed for this site.",
    ),
)
TOO_MANY = Problem(
    429,
    "too_many_requests",
    "Too many tries",
    ("Please wait 15 minutes and try again. Nothing was changed.",),
)
SERVER_ERROR = Problem(
    500,
    "server_error",
    "Something went wrong on our side",
    ("We have recorded what happened. Please try again in a minute.",),
    MONEY,
)
UNAVAILABLE = Problem(
    503,
    "unavailable",
    "We are back in a moment",
    (
        "The system cannot be reached right now. If you were changing something, look whether it is done first.",
    ),
    MONEY,
)


Dresser = Callable[[HttpRequest, Problem], HttpResponse | None]
_DRESSERS: list[Dresser] = []


def dress_portal_with(dresser: Dresser) -> None:
    """Let the portal draw its own problem pages; where it answers None, the plain page is shown."""
    _DRESSERS[:] = [dresser]


def problem_page(request: HttpRequest, problem: Problem, /) -> HttpResponse:
    """Answer with the problem, as a page for people and as JSON for programs."""
    if request.path.startswith(_PROGRAMS):
        facts = {
            "type": "about:blank",
            "title": problem.title,
            "status": problem.status,
            "detail": " ".join(problem.sentences),
            "code": problem.code,
            "errors": [],
        }
        return JsonResponse(facts, status=problem.status, content_type="application/problem+json")
    portal = _PORTAL.match(request.path)
    own_host = hasattr(request, "urlconf")  # a portal at the root of a host of its own
    if portal or own_host:
        for dresser in _DRESSERS:
            dressed = dresser(request, problem)
            if dressed is not None:
                return not_stored(dressed)
        links = [{"address": f"/p/{portal[1]}/" if portal else "/", "words": "Go to your booking"}]
    else:
        links = [{"address": "/office/bookings/", "words": "Go to bookings"}]
    context = {
        "status": f"Error {problem.status}",
        "title": problem.title,
        "sentences": [
            *problem.sentences,
            *([problem.money] if (portal or own_host) and problem.money else []),
        ],
        "links": links,
    }
    return not_stored(render(request, "problem.html", context, status=problem.status))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return problem_page(request, NOT_FOUND)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return problem_page(request, FORBIDDEN)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return problem_page(request, BAD_REQUEST)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return problem_page(request, SERVER_ERROR)


def stale_form(request: HttpRequest, *, reason: str = "") -> HttpResponse:
    """Answer 403 to a form whose token does not fit (Django's CSRF protection)."""
    return problem_page(request, STALE_FORM)


def database_away(request: HttpRequest, exception: Exception, /) -> HttpResponse:
    """Answer 503: the database cannot be reached just now."""
    log.error("the database cannot be reached", exc_info=exception)
    response = problem_page(request, UNAVAILABLE)
    response["Retry-After"] = _RETRY_AFTER_S
    return response


class DatabaseAway:
    """Middleware: a database that cannot be reached is a 503 that may be tried again, not a fault of this
    page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception, /) -> HttpResponse | None:
        """Answer 503 when the database is away; leave every other exception alone."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        return database_away(request, exception)
