"""What a passkey is bound to, the address people see, and reading what a browser made of it."""

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from fareledger.usecases.passkeys import Site

MAX_ANSWER = 20_000


def site_of(request: HttpRequest) -> Site:
    """Return the site as the browser sees it; which hosts there are, the settings say."""
    host = request.get_host()
    scheme = (
        "https" if settings.ENVIRONMENT.secure else request.scheme
    )  # a proxy may have taken the encryption off
    return Site(host=host.partition(":")[0], origin=f"{scheme}://{host}")


def json_answer(request: HttpRequest) -> dict[str, Any]:
    """Return what the page's script put into the field `answer`; an empty object for anything else."""
    text = request.POST.get("answer", "")
    try:
        answer = json.loads(text) if len(text) <= MAX_ANSWER else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
