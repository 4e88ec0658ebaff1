"""Where providers deliver webhooks: stored and answered at once, understood later.

Everything that is not a genuine webhook gets a plain 4xx without a reason, since whoever forged it would read
it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from fareledger.domain.errors import NotFound, Refused
from fareledger.faces.shared.bodies import of_unknown_length
from fareledger.usecases.find_operator import operator_by_slug
from fareledger.usecases.receive_mail_event import receive_mail_event
from fareledger.usecases.receive_webhook import MAX_WEBHOOK_BYTES, WebhookTooLarge, receive_webhook


@csrf_exempt
@require_POST
def sandbox_inbox(request: HttpRequest, *, slug: str) -> HttpResponse:
    """Take in one webhook of the sandbox acquirer for the operator with this slug."""
    return _take(
        request,
        receive=lambda operator, **sent: receive_webhook(operator, provider="sandbox", **sent),
        slug=slug,
    )


@csrf_exempt
@require_POST
def mail_inbox(request: HttpRequest, *, slug: str) -> HttpResponse:
    """Take in what the mail service tells of an email of the operator with this slug."""
    return _take(request, receive=receive_mail_event, slug=slug)


def _take(request: HttpRequest, *, receive: Callable[..., object], slug: str) -> HttpResponse:
    if of_unknown_length(request):
        # The signature of a body that is read as empty would seem forged.
        return HttpResponse(status=411)
    # One byte more than allowed is enough to know, however much is sent.
    body = request.read(MAX_WEBHOOK_BYTES + 1)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive(operator_by_slug(slug), body=body, headers=headers)
    except WebhookTooLarge:
        return HttpResponse(status=413)
    except NotFound:
        return HttpResponse(status=404)
    except Refused:
        return HttpResponse(status=400)
    return HttpResponse(status=204)
