"""Where somebody wanted to go before they were stopped at a door, and leading them there afterwards.

Only the portal's own pages count, written as what stands below its home ("approve/?all=1"): nothing in an address can
lead to another site or another operator, or press a button of ours.
"""

import re
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from fareledger.usecases.find_operator import Operator

_BELOW: Final = re.compile(
    r"(?:[a-z0-9][a-z0-9-]*/)+(?:\?[A-Za-z0-9=&_.-]{1,200})?|\?[A-Za-z0-9=&_.-]{1,200}"
)
# Doors and buttons: after passing one, nobody wants to stand in front of it again.
_NOT_A_PLACE: Final = frozenset(
    {
        "portal_sign_in",
        "portal_send_link",
        "portal_link_sent",
        "portal_sign_out",
        "portal_link_again",
        "portal_prove",
        "portal_prove_link",
        "portal_prove_send",
        "portal_prove_code",
        "portal_nowhere",
    }
)


def wanted_page(request: HttpRequest, *, operator: Operator) -> str:
    """Return the page a form or an address wants to lead on to, or "" for the home."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    return asked if _is_own(asked, operator=operator) else ""


def this_page(request: HttpRequest, *, operator: Operator) -> str:
    """Return the page of this request in the same form, or "" when it is no place to come back to."""
    home = reverse("portal_home", kwargs={"slug": operator.slug})
    query = request.GET.copy()
    for spent in ("booking", "next", "ended", "out", "lang"):
        query.pop(spent, None)
    below = request.path.removeprefix(home) + (f"?{query.urlencode()}" if query else "")
    return below if _is_own(below, operator=operator) else ""


def address_of(operator: Operator, *, wanted: str) -> str:
    """Return the address of a page that `wanted_page` gave."""
    return reverse("portal_home", kwargs={"slug": operator.slug}) + wanted


def door(operator: Operator, *, name: str, **said: str) -> str:
    """Return the address of a door, with what it is told; what is empty is left out."""
    address = reverse(name, kwargs={"slug": operator.slug})
    told = {key: value for key, value in said.items() if value}
    return f"{address}?{urlencode(told)}" if told else address


def _is_own(below: str, *, operator: Operator) -> bool:
    if not _BELOW.fullmatch(below):
        return False
    try:
        found = resolve(address_of(operator, wanted=below.partition("?")[0]))
    except Resolver404:
        return False
    return found.url_name not in _NOT_A_PLACE
