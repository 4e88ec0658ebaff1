"""Pages, stylesheets and scripts leave compressed, so that they are light on a phone.

Not what another site made the browser ask for: who can make a browser ask, and read how long the answers are, could
guess what stands in a page letter by letter (BREACH). Not files that are compressed already, nor parts of a file.
docs/decisions/0020-what-leaves-compressed.md.
"""

from typing import Final

from django.http.request import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

_SHRINKS: Final = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")


class Compression(GZipMiddleware):
    """Compress an answer where it helps and tells nobody anything; the length gets a random part besides."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase, /) -> HttpResponseBase:
        """Return the answer, compressed or as it is."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if kind not in _SHRINKS or response.status_code == 206:
            return response
        if request.headers.get("Sec-Fetch-Site", "") in ("cross-site", "same-site"):
            patch_vary_headers(response, ("Accept-Encoding", "Sec-Fetch-Site"))
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer
