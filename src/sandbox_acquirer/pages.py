"""Render the HTML pages with their security headers. Nothing is loaded from elsewhere, nothing runs without a
nonce.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

ENVIRONMENT = Environment(
    loader=PackageLoader("sandbox_acquirer"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def origin(address: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def page(
    template: str, *, status: int = 200, ancestors: str = "'none'", goes_to: str = "", **context: object
) -> Response:
    """Render a template. `ancestors` may frame it, and its forms may end at the origin `goes_to`."""
    nonce = secrets.token_urlsafe(16)
    html = ENVIRONMENT.get_template(template).render(nonce=nonce, **context)
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"script-src 'nonce-{nonce}'",
            "img-src 'self' data:",
            f"form-action 'self' {goes_to}".rstrip(),
            "base-uri 'none'",
            f"frame-ancestors {ancestors}",
        ]
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # The token of a frame is in its address, which no other origin may learn.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(html, status_code=status, headers=headers, media_type="text/html")


def css(text: str) -> Markup:
    """Mark validated CSS as safe to put into a style element."""
    return Markup(text)  # noqa: S704
