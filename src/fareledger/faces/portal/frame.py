"""Draws a page of the portal inside its frame: brand, language, number formats, foot."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fareledger.faces.portal.brand import stylesheet_address
from fareledger.faces.shared.translation import SOURCE, direction, speaking, spoken_locale
from fareledger.faces.shared.wording import wording_locale
from fareledger.usecases.find_operator import Operator

# The pages of which every sentence is in the catalogues; the others are in English, whatever the reader's language.
_SPOKEN: Final = frozenset(
    {"sign_in.html", "link.html", "link_sent.html", "prove.html", "code.html", "problem.html"}
)

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
    """Render a template; `context` may name the customer's `locale` and the `visit` (None: nobody is in)."""
    locale = str(context.get("locale") or operator.locale)
    _SEEN[operator.slug] = operator
    spoken = spoken_locale(locale, fallback=operator.locale) if template in _SPOKEN else SOURCE
    lang = spoken if template in _SPOKEN else wording_locale(locale)
    frame: dict[str, object] = {
        "operator": operator,
        "slug": operator.slug,
        "zone": operator.time_zone,
        "brand_address": stylesheet_address(operator),
        "visit": None,
        "locale": locale,
        "wording": wording_locale(locale),
        "lang": lang,
        "dir": direction(lang),
    }
    with speaking(spoken):
        return render(request, f"portal/{template}", {**frame, **context}, status=status)
