"""Pictures that somebody handed in, served so that they can be looked at and nothing else."""

from typing import Final

from django.http import HttpResponse

from fareledger.usecases.brand_versions import Logo

# An SVG that is opened by itself is a document: one without scripts, requests, forms or an origin.
_POLICY: Final = "default-src 'none'; style-src 'none'; sandbox; frame-ancestors 'none'"


def picture_answer(picture: Logo) -> HttpResponse:
    """Answer with a picture under a policy of its own."""
    response = HttpResponse(picture.content, content_type=picture.media_type)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
