"""An email's HTML as a page for a frame: somebody's words under a policy of its own, without scripts or requests."""

import re
from typing import Final

from django.http import HttpRequest, HttpResponse

_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; form-action 'none'; base-uri 'self'; frame-ancestors 'self'"
)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_AIM: Final = '<base target="_blank">'


def framed(html: str) -> HttpResponse:
    """Answer with an email's HTML; its links open beside the frame."""
    aimed = _HEAD.sub(lambda head: head[0] + _AIM, html, count=1)
    response = HttpResponse(aimed)
    response["Content-Security-Policy"] = _POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def with_frame(response: HttpResponse) -> HttpResponse:
    """Let a page of ours hold such a frame."""
    response._csp_replace = {"frame-src": ["'self'"]}  # type: ignore[attr-defined]  # read by django-csp
    return response


def asked_kind(request: HttpRequest, *, known: tuple[str, ...]) -> str:
    """Return the kind of email the address names, or the first one there is."""
    kind = request.GET.get("kind", "")
    return kind if kind in known else known[0]
