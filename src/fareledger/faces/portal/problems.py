"""Problem pages of the portal in the operator's brand and the customer's language.

They ask the database for the operator only when the database is not what is wrong; then an operator that was seen
before is remembered. Without an operator there is nothing to dress in, and the plain page is shown.
"""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse

from fareledger.domain.errors import NotFound
from fareledger.faces.portal.frame import page, seen_before
from fareledger.faces.portal.own_host import slug_of_host
from fareledger.faces.portal.standing import standing_of
from fareledger.faces.portal.visits import visit_of
from fareledger.faces.shared.problems import Problem
from fareledger.usecases.find_operator import Operator, operator_by_slug
from fareledger.usecases.show_booking import billing_by_id

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
        context={"problem": problem, **_known(request, operator=operator, problem=problem)},
        status=problem.status,
    )


def _operator_of(request: HttpRequest, *, asks: bool) -> Operator | None:
    named = _PORTAL.match(request.path)
    # On a host of its own there is no other operator, whatever the path says.
    slug = slug_of_host(request) or (named[1] if named else "")
    if not slug or not asks:
        return seen_before(slug) if slug else None
    try:
        return operator_by_slug(slug)
    except NotFound:
        return None


def _known(request: HttpRequest, *, operator: Operator, problem: Problem) -> dict[str, object]:
    """Return what is known of the booking somebody is in: its language, its reference, and a payment on its way.

    A fault of ours may be the database's, so then nothing is asked; neither is the provider, who may be what failed.
    """
    visit = visit_of(request, operator=operator) if problem.status < 500 else None
    if visit is None:
        return {"locale": "", "reference": "", "confirming": None}
    billing = billing_by_id(operator, booking_id=visit.booking_id)
    return {
        "locale": billing.booking.customer_locale,
        "reference": billing.booking.reference,
        "confirming": standing_of(billing).confirming,
    }
