"""What the pages of the portal share: whose it is, which booking may be seen, and that no cache keeps it.

A visit is a cookie of one operator; its token is looked up among that operator's visits only, so a cookie of
one operator opens nothing at another.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.views.decorators.csrf import csrf_exempt

from fareledger.domain.errors import NotFound
from fareledger.faces.portal.onwards import door, this_page
from fareledger.faces.shared.problems import Problem, problem_page
from fareledger.faces.shared.responses import SeeOther, not_stored
from fareledger.usecases.find_operator import Operator, operator_by_slug
from fareledger.usecases.open_portal_session import OpenedSession, Visit, end_session, session_of
from fareledger.usecases.visit_rights import NotProven, OnlyLooking

LOOK_ONLY = Problem(
    403,
    "look_only",
    "You are only looking",
    (
        "These are the customer's pages as staff see them.",
        "Only the customer can pay here. Nothing was changed.",
    ),
)
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Guest:
    """Somebody inside: the operator's portal they are in, and the booking their visit sees."""

    operator: Operator
    visit: Visit


class TokenDecides(CsrfViewMiddleware):
    """Django's protection against forged forms, for pages that send no referrer.

    A browser that may not send a referrer names the origin of its forms "null"; then the token alone decides,
    which a foreign page cannot know. Any other foreign origin is refused as ever.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        return request.META.get("HTTP_ORIGIN") in ("null", public_origin(request)) or bool(
            super()._origin_verified(request)  # type: ignore[misc]  # the stubs leave it out
        )


_guard_forms = decorator_from_middleware(TokenDecides)


def open_page(view: Callable[..., HttpResponse]) -> View:
    """Give a page that needs no visit its operator; 404 for an operator that is not there."""

    def with_operator(request: HttpRequest, *, slug: str, **kwargs: object) -> HttpResponse:
        return view(request, operator=_operator(slug), **kwargs)

    return _private(with_operator, view=view)


def guest_page(view: Callable[..., HttpResponse]) -> View:
    """Let only visitors with a running visit reach the view; others are led to the sign-in page.

    What the view does not find, or finds in another booking, is a page that does not exist. What needs a proven visit
    leads to where one is proven, and back.
    """

    def with_guest(request: HttpRequest, *, slug: str, **kwargs: object) -> HttpResponse:
        operator = _operator(slug)
        visit = visit_of(request, operator=operator)
        if visit is None:
            return SeeOther(_sign_in_address(request, operator=operator))
        if request.method == "POST" and not visit.may_pay:
            return problem_page(request, LOOK_ONLY)
        try:
            return view(request, guest=Guest(operator, visit), **kwargs)
        except OnlyLooking:
            return problem_page(request, LOOK_ONLY)
        except NotProven:
            wanted = this_page(request, operator=operator)
            return SeeOther(door(operator, name="portal_prove", next=wanted))
        except NotFound as missing:
            raise Http404 from missing

    return _private(with_guest, view=view)


def visit_of(request: HttpRequest, *, operator: Operator) -> Visit | None:
    """Return the visit of the request's cookie, if it is still running."""
    return session_of(operator, token=request.COOKIES.get(cookie_name(operator), ""))


def cookie_name(operator: Operator) -> str:
    """Return the name of an operator's cookie, so that two operators on one host do not meet."""
    prefix = "__Host-" if settings.ENVIRONMENT.secure else ""
    return f"{prefix}fl_portal_{operator.slug}"


def let_in(response: HttpResponse, *, operator: Operator, opened: OpenedSession) -> HttpResponse:
    """Put the new visit's token into the cookie; it ends with the browser, and earlier on the server."""
    response.set_cookie(
        cookie_name(operator),
        opened.token,
        path="/",
        secure=settings.ENVIRONMENT.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def end_old_visit(request: HttpRequest, *, operator: Operator) -> None:
    """End the visit this browser was in, on the server; before another begins, or for good."""
    old = request.COOKIES.get(cookie_name(operator), "")
    if old:
        end_session(operator, token=old)


def public_origin(request: HttpRequest) -> str:
    """Return scheme and host by which this visitor reaches us; TLS may end in front of us."""
    return f"{urlsplit(settings.ENVIRONMENT.base_url).scheme}://{request.get_host()}"


def _private(inner: View, *, view: Callable[..., object]) -> View:
    guarded = _guard_forms(inner)

    @csrf_exempt
    @functools.wraps(view)
    def outer(request: HttpRequest, *, slug: str, **kwargs: object) -> HttpResponseBase:
        response = cast("HttpResponse", guarded(request, slug=slug, **kwargs))
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return not_stored(response)

    return outer


def _operator(slug: str) -> Operator:
    try:
        return operator_by_slug(slug)
    except NotFound as missing:
        raise Http404 from missing


def _sign_in_address(request: HttpRequest, *, operator: Operator) -> str:
    """Lead to the sign-in page and afterwards back, with the reference an email's address carries, so that it need
    not be typed.

    Whoever has a cookie was in before: the page then says that the visit has ended.
    """
    return door(
        operator,
        name="portal_sign_in",
        booking=request.GET.get("booking", ""),
        ended="1" if cookie_name(operator) in request.COOKIES else "",
        next=this_page(request, operator=operator),
    )
