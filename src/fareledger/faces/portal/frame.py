"""Draws a page of the portal inside its frame: brand, number formats, foot."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fareledger.faces.portal.brand import stylesheet_address
from fareledger.faces.shared.wording import wording_locale
from fareledger.usecases.find_operator import Operator


def page(
    request: HttpRequest,
    *,
    operator: Operator,
    template: str,
    context: dict[str, object],
    status: int = 200,
) -> HttpResponse:
    """Render a template; `context` may name the customer's `locale` and the `visit` (None: nobody is in)."""
    locale = str(context.get("locale") or operator.locale)
    frame: dict[str, object] = {
        "operator": operator,
        "slug": operator.slug,
        "zone": operator.time_zone,
        "brand_address": stylesheet_address(operator),
        "visit": None,
        "locale": locale,
        "wording": wording_locale(locale),
        "lang": wording_locale(locale),
    }
    return render(request, f"portal/{template}", {**frame, **context}, status=status)
