"""Problem pages of the portal in the operator's brand and the customer's language.

They ask the database for the operator only when the database is not what is wrong; then an operator that was seen
before is remembered. Without an operator there is nothing to dress in, and the plain page is shown.
"""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse

from fareledger.domain.errors import NotFound
from fareledger.faces.portal.frame import page, seen_before
from fareledger.faces.shared.problems import Problem
from fareledger.usecases.find_operator import Operator, operator_by_host, operator_by_slug

_PORTAL: Final = re.compile(r"/p/([a-z0-9][a-z0-9-]{1,39})/")


def dressed(request: HttpRequest, problem: Problem, /) -> HttpResponse | None:
    """Draw a problem as a page of the portal; None when it is nobody's."""
    operator = _operator_of(request, asks=problem.status < 500)
    if operator is None:
        return None
    return page(
        request,
        operator=operator,
        template="problem.html",
        context={"problem": problem},
        status=problem.status,
    )


def _operator_of(request: HttpRequest, *, asks: bool) -> Operator | None:
    named = _PORTAL.match(request.path)
    if not asks:
        return seen_before(named[1]) if named else None
    try:
        return operator_by_slug(named[1]) if named else operator_by_host(request.get_host().partition(":")[0])
    except NotFound:
        return None
