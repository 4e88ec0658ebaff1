"""API keys in the settings: who may use the Booking API, and for what.

A key is shown in the answer to the POST that made it, because only its hash is kept.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import SCOPES, Permission
from fareledger.domain.errors import FareledgerError, NotFound
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.manage_api_keys import (
    MAX_NAME,
    READ,
    list_api_keys,
    make_api_key,
    revoke_api_key,
    show_api_key,
)

SCOPE_WORDS: Final = {
    "bookings:read": ("Read", "Bookings, their figures, plans and ledger. Every key may do this."),
    "bookings:write": ("Write bookings", "Send, change and cancel bookings, and import them."),
    "transactions:write": (
        "Plan and commit",
        "Plan payments and refunds, delete open rows, say what was received.",
    ),
    "transactions:reverse": ("Reverse", "Take back what was recorded by mistake."),
    "links:write": ("Pay links", "Make pay links and email them to customers."),
    "staff": ("See comments", "See what only your own people may see: the internal comments."),
}
_GET_POST: Final = ["GET", "HEAD", "POST"]


@require_safe
@staff_page
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """List the keys, live ones first."""
    keys = list_api_keys(staff.operator, actor=staff.actor)
    return _page(request, staff=staff, template="office/api_keys.html", context={"keys": keys})


@require_http_methods(_GET_POST)
@staff_page
def make(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Make a key, and show it this once."""
    staff.actor.require(Permission.MANAGE_KEYS)
    name = request.POST.get("name", "").strip()[: MAX_NAME + 1]
    scopes = request.POST.getlist("scopes")
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            text = make_api_key(staff.operator, name=name, scopes=scopes, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [_fault(refusal)]
        else:
            return _made(request, staff=staff, name=name, text=text)
    context: dict[str, object] = {
        "name": name,
        "chosen": {*scopes, READ},
        "always": READ,
        "order": list(SCOPES),
    }
    return _page(request, staff=staff, template="office/api_key_form.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def revoke(request: HttpRequest, *, staff: Staff, key_id: UUID) -> HttpResponse:
    """Ask, then end a key."""
    if request.method == "POST":
        key = revoke_api_key(staff.operator, key_id=key_id, actor=staff.actor)
        leave_notice(request, text=f"The key {key.name} is revoked. Nobody can use it any more.")
        return SeeOther(reverse("office_api_keys"))
    key = show_api_key(staff.operator, key_id=key_id, actor=staff.actor)
    return _page(request, staff=staff, template="office/api_key_revoke.html", context={"key": key})


def _made(request: HttpRequest, *, staff: Staff, name: str, text: str) -> HttpResponse:
    context: dict[str, object] = {
        "title": "API key made",
        "secret": text,
        "what": f"Key “{name}”",
        "back": reverse("office_api_keys"),
        "back_words": "Go to the API keys",
        "parent": reverse("office_api_keys"),
        "parent_words": "API keys",
        "hint": "Send it in the header Authorization, as Bearer and a blank before it. It is shown this once, "
        "because only its hash is kept: copy it now. If it is lost, make another one.",
    }
    return _page(request, staff=staff, template="office/secret.html", context=context)


def _fault(refusal: FareledgerError) -> Fault:
    if isinstance(refusal, NotFound) or refusal.code == "not_permitted":
        raise refusal
    return Fault((refusal.field or "/name").removeprefix("/"), refusal.message)


def _page(
    request: HttpRequest,
    *,
    staff: Staff,
    template: str,
    context: dict[str, object],
    faults: list[Fault] | None = None,
) -> HttpResponse:
    shown = {"section": "settings", "faults": faults or [], "scope_words": SCOPE_WORDS, **context}
    return page(request, staff=staff, template=template, status=422 if faults else 200, context=shown)
