"""The addresses of the Booking API, and its own description at /api/v1/docs and /api/v1/openapi.json.

Whatever is wrong is answered as an RFC 9457 problem, also where django-ninja would answer in its own
way: a method that an address does not have, or an address that is not there.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.docs import Swagger

from fareledger.faces.api import bookings, problems
from fareledger.faces.api.bodies import StrictParser
from fareledger.faces.api.keys import BearerKey, HeaderKey
from fareledger.faces.shared.bodies import of_unknown_length

View = Callable[..., HttpResponseBase]


class BookingApi(NinjaAPI):
    """The API, which says in its description how problems are answered."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """Describe the API as OpenAPI 3.1, problems with their own media type."""
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        content = answer["content"].pop("application/json")
                        answer["content"] = {problems.CONTENT_TYPE: content}
        return schema


def _in_problems(view: View) -> View:
    """Answer 405 as a problem, and 411 before a body is read."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if of_unknown_length(request):
            detail = "Send the body with its Content-Length, not in chunks."
            return problems.answer(problems.Problem(status=411, code="length_required", detail=detail))
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            problem = problems.Problem(
                status=405, code="method_not_allowed", detail="This address does not have this method."
            )
            answer = problems.answer(problem)
            answer["Allow"] = response.headers.get("Allow", "")
            return answer
        return response

    return answered


@csrf_exempt
def _no_such_address(_request: HttpRequest, **_parts: str) -> HttpResponse:
    problem = problems.Problem(status=404, code="not_found", detail="There is no such address.")
    return problems.answer(problem)


def _patterns() -> list[URLPattern | URLResolver]:
    api = BookingApi(
        title="Booking API",
        version="1",
        description="Bookings in, figures out. Amounts are whole minor units of the booking's currency.",
        urls_namespace="api",
        auth=[BearerKey(), HeaderKey()],
        parser=StrictParser(),
        docs=Swagger(settings={"persistAuthorization": False}),
        # The documentation's own scripts set styles on elements.
        docs_decorator=csp_update({"style-src": ["'unsafe-inline'"]}),
    )
    api.add_router("", bookings.router)
    problems.register(api)
    patterns = list(api.urls[0])
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _in_problems(pattern.callback)
    return patterns


app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [*_patterns(), re_path(r"^.*$", _no_such_address)]
