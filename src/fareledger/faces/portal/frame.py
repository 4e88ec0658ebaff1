"""Draws a page of the portal inside its frame: brand, language, number formats, foot."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fareledger.faces.portal.brand import stylesheet_address
from fareledger.faces.portal.languages import languages, reading_locale, remember_choice
from fareledger.faces.shared.translation import direction, speaking
from fareledger.usecases.find_operator import Operator

_SEEN: Final[dict[str, Operator]] = {}


def seen_before(slug: str) -> Operator | None:
    """Return an operator as it was when this process last drew a page of it, without asking the database."""
    return _SEEN.get(slug)


def page(
    request: HttpRequest,
    *,
    operator: Operator,
    template: str,
    context: dict[str, object],
    status: int = 200,
) -> HttpResponse:
    """Render a template; `context` may name the customer's `locale` and the `visit` (None: nobody is in).

    The page is in one language throughout: sentences, amounts and dates are those of its reader.
    """
    _SEEN[operator.slug] = operator
    spoken = reading_locale(request, operator=operator, customer=str(context.get("locale") or ""))
    frame: dict[str, object] = {
        "operator": operator,
        "slug": operator.slug,
        "zone": operator.time_zone,
        "brand_address": stylesheet_address(operator),
        "visit": None,
        **context,
        "locale": spoken,
        "wording": spoken,
        "lang": spoken,
        "dir": direction(spoken),
        "languages": languages(request, operator=operator, current=spoken),
    }
    with speaking(spoken):
        response = render(request, f"portal/{template}", frame, status=status)
    remember_choice(request, response)
    return response
