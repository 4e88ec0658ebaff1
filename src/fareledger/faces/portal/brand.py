"""The operator's colours as a stylesheet of its own and as the provider's frame takes them, and its logo.

Their addresses name their content, so browsers may keep them for a year; an old address of the colours answers with
those of today and may not be kept, one of a logo with nothing.
"""

import hashlib
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from fareledger.domain.errors import NotFound
from fareledger.faces.shared.brand_css import declarations
from fareledger.faces.shared.pictures import picture_answer
from fareledger.usecases.brand_versions import published_logo
from fareledger.usecases.find_operator import Operator, operator_by_slug

_FRAME: Final = {
    "surface": "light-dark(#ffffff, #14171c)",
    "ink": "light-dark(#14171c, #f2f4f7)",
    "muted": "light-dark(#565e69, #a9b1bc)",
    "border": "light-dark(#858d98, #6f7883)",
    "radius": "4px",
    "color_scheme": "light dark",
}


def stylesheet(request: HttpRequest, *, slug: str, mark: str) -> HttpResponse:
    """Answer with the brand's custom properties."""
    try:
        operator = operator_by_slug(slug)
    except NotFound as missing:
        raise Http404 from missing
    content = _css(operator)
    response = HttpResponse(content, content_type="text/css; charset=utf-8")
    current = mark == _mark(content)
    response["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-store"
    return response


def logo(request: HttpRequest, *, slug: str, mark: str) -> HttpResponse:
    """Answer with a logo that is published now."""
    try:
        found = published_logo(operator_by_slug(slug), mark=mark)
    except NotFound as missing:
        raise Http404 from missing
    response = picture_answer(found)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def stylesheet_address(operator: Operator) -> str:
    """Return the address of the stylesheet as it is today."""
    return reverse("portal_brand", kwargs={"slug": operator.slug, "mark": _mark(_css(operator))})


def frame_style(operator: Operator) -> dict[str, str]:
    """Return the brand as a provider's frame takes it, light and dark."""
    brand, on = operator.brand.get("--brand", ""), operator.brand.get("--brand-on", "")
    own = {"brand": brand, "brand_on": on} if brand and on else {}
    return {**_FRAME, **own}


def _css(operator: Operator) -> str:
    lines = [f"    {line}" for line in declarations(operator.brand)]
    return "\n".join(("@layer brand {", "  :root {", *lines, "  }", "}", ""))


def _mark(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]
