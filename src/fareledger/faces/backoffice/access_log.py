"""The access log as a page: filters stand in the address, pages follow each other by the oldest line shown."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.usecases.access_log import AccessFilter, show_access_log

KIND_WORDS: Final[Mapping[str, str]] = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "sign_in_failed": "Sign-in failed",
    "locked_out": "Locked out",
    "invited": "Invited",
    "invitation_withdrawn": "Invitation withdrawn",
    "invitation_accepted": "Invitation accepted",
    "role_changed": "Role changed",
    "deactivated": "Access taken away",
    "reactivated": "Access given back",
    "password_changed": "Password changed",
    "password_reset_asked": "Password link asked for",
    "mfa_added": "Second step added",
    "mfa_removed": "Second step removed",
    "mfa_reset": "Second step reset",
    "recovery_codes_made": "Recovery codes made",
    "recovery_code_used": "Recovery code used",
    "settings_changed": "Settings changed",
    "key_made": "API key made",
    "key_revoked": "API key revoked",
    "webhook_changed": "Webhook changed",
    "exported": "Exported",
    "viewed_as_customer": "Viewed as customer",
}


@require_safe
@staff_page
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show one page of the log."""
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("kind", "about", "first", "last")}
    faults: list[Fault] = []
    first, last = (_day(asked[name], field=name, faults=faults) for name in ("first", "last"))
    wanted = AccessFilter(
        kind=asked["kind"] if asked["kind"] in KIND_WORDS else "",
        about=asked["about"],
        first=first,
        last=last,
    )
    shown = show_access_log(
        staff.operator, wanted=wanted, actor=staff.actor, before=_id(request.GET.get("before", ""))
    )
    kept = urlencode({name: value for name, value in asked.items() if value})
    context: dict[str, object] = {
        "section": "settings",
        "shown": shown,
        "asked": asked,
        "faults": faults,
        "kinds": KIND_WORDS,
        "kept": kept,
        "first_page": "before" not in request.GET,
    }
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/access_log.html", status=status, context=context)


def _day(text: str, *, field: str, faults: list[Fault]) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        faults.append(Fault(field, "Enter a date, such as 2027-03-14"))
        return None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
