"""Methods as HTTP means them: HEAD wherever there is GET, OPTIONS everywhere, 405 with Allow, and bodies with a length.

django-ninja knows none of this; its views are wrapped once, when the addresses are made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from fareledger.faces.api.problems import Problem, answer
from fareledger.faces.shared.bodies import of_unknown_length

View = Callable[..., HttpResponseBase]
_WITH_BODY: Final = ("POST", "PUT")


def as_http_means(view: View, *, methods: frozenset[str]) -> View:
    """Wrap a view that has these methods."""
    allowed = ", ".join(sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())}))

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": allowed})
        wanted = "GET" if request.method == "HEAD" else request.method
        if wanted not in methods:
            detail = f"This address has the methods {allowed}."
            headers = {"Allow": allowed}
            return answer(Problem(status=405, code="method_not_allowed", detail=detail, headers=headers))
        if request.method in _WITH_BODY and of_unknown_length(request):
            detail = "Send the body with its Content-Length, not in chunks."
            return answer(Problem(status=411, code="length_required", detail=detail))
        return (
            _head(view, request, *args, **kwargs)
            if request.method == "HEAD"
            else _private(view(request, *args, **kwargs))
        )

    return answered


def _head(view: View, request: HttpRequest, /, *args: object, **kwargs: object) -> HttpResponseBase:
    """Answer what GET would, without its body but with its length."""
    request.method = "GET"
    try:
        response = _private(view(request, *args, **kwargs))
    finally:
        request.method = "HEAD"
    if isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "no-store")
    return response
