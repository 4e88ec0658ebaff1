"""What every face must know of a request's body before reading it."""

from django.http import HttpRequest


def of_unknown_length(request: HttpRequest) -> bool:
    """Say whether a body comes without its length, which our server would read as no body at all."""
    return "Transfer-Encoding" in request.headers and not request.headers.get("Content-Length")
