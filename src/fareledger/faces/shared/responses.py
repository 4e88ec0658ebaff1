"""Answers that both page faces give in the same way; it renders nothing."""

from django.http import HttpResponse, HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """303: the POST was done, look at the result with a GET, so that a reload does not send it again."""

    status_code = 303


def not_stored(response: HttpResponse) -> HttpResponse:
    """Keep a page with personal data out of every cache, the browser's own included."""
    response["Cache-Control"] = "no-store"
    return response
