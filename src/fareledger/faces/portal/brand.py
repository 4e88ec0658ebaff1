"""The operator's colours as a stylesheet of its own, and as the provider's frame takes them.

Its address names its content, so browsers may keep it for a year; an old address answers with the colours of
today and may not be kept.
"""

import hashlib
import re
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from fareledger.domain.errors import NotFound
from fareledger.usecases.find_operator import Operator, operator_by_slug

# What a token may hold; anything else could end the rule it stands in.
_TOKEN: Final = re.compile(r"--[a-z0-9-]+")
_VALUE: Final = re.compile(r"[#a-zA-Z0-9(),. %-]+")
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


def stylesheet_address(operator: Operator) -> str:
    """Return the address of the stylesheet as it is today."""
    return reverse("portal_brand", kwargs={"slug": operator.slug, "mark": _mark(_css(operator))})


def frame_style(operator: Operator) -> dict[str, str]:
    """Return the brand as a provider's frame takes it, light and dark."""
    brand, on = operator.brand.get("--brand", ""), operator.brand.get("--brand-on", "")
    own = {"brand": brand, "brand_on": on} if brand and on else {}
    return {**_FRAME, **own}


def _css(operator: Operator) -> str:
    lines = [
        f"    {token}: {value};"
        for token, value in operator.brand.items()
        if _TOKEN.fullmatch(token) and _VALUE.fullmatch(value)
    ]
    return "\n".join(("@layer brand {", "  :root {", *lines, "  }", "}", ""))


def _mark(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:12]
