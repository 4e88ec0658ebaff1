"""The addresses of the Booking API, and its own description at /api/v1/docs and /api/v1/openapi.json.

Whatever is wrong is answered as an RFC 9457 problem, also where django-ninja would answer in its own
way: a method that an address does not have, or an address that is not there.
"""

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja.openapi.docs import Swagger

from fareledger.faces.api import bookings, figures, imports, links, listing, problems, transactions
from fareledger.faces.api.bodies import StrictParser
from fareledger.faces.api.description import SUMMARY, DescribedApi
from fareledger.faces.api.methods import as_http_means


@csrf_exempt
def _no_such_address(_request: HttpRequest, **_parts: str) -> HttpResponse:
    problem = problems.Problem(status=404, code="not_found", detail="There is no such address.")
    return problems.answer(problem)


def _patterns() -> list[URLPattern | URLResolver]:
    api = DescribedApi(
        title="Booking API",
        version="1",
        description=SUMMARY,
        urls_namespace="api",
        parser=StrictParser(),
        docs=Swagger(settings={"persistAuthorization": False}),
        # The documentation's own scripts set styles on elements.
        docs_decorator=csp_update({"style-src": ["'unsafe-inline'"]}),
    )
    for part in (listing, bookings, figures, transactions, links, imports):
        api.add_router("", part.router)
    problems.register(api)
    methods: dict[str, set[str]] = {}
    for part in (listing, bookings, figures, transactions, links, imports):
        for path, view in part.router.path_operations.items():
            known = methods.setdefault(path.strip("/").replace("{", "<").replace("}", ">"), set())
            known.update(method for operation in view.operations for method in operation.methods)
    patterns = list(api.urls[0])
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            known = methods.get(str(pattern.pattern), {"GET"})
            pattern.callback = as_http_means(pattern.callback, methods=frozenset(known))
    return patterns


app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [*_patterns(), re_path(r"^.*$", _no_such_address)]
