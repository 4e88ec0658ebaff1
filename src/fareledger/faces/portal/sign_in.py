"""The doors of the portal: asking for a link, the page a link opens, staff looking on, and the way out.

No page here says whether a booking exists. Looking at a link spends nothing; only the button does.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.domain.wording import MAX_REFERENCE, is_email, reference_key
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.visits import cookie_name, let_in, open_page, visit_of
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.open_portal_session import (
    LinkNotUsable,
    LinkState,
    end_session,
    look_at_link,
    spend_link,
)
from fareledger.usecases.send_portal_link import request_link_again, request_portal_link
from fareledger.usecases.view_as_customer import hand_over_view

_SENT_SALT = "fareledger.portal.sent"
_SENT_FOR_S = 3600
_FORM = ["GET", "HEAD", "POST"]
_LINK_STATUS: dict[LinkState, int] = {
    "ready": 200,
    "used": 410,
    "expired": 410,
    "replaced": 410,
    "unknown": 404,
}


@require_http_methods(_FORM)
@open_page
def sign_in(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """Ask for reference and email; on POST, email a link if they fit and say nothing either way."""
    if request.method != "POST":
        values = {"reference": request.GET.get("booking", "")[:40], "email": ""}
        return _form(request, operator=operator, values=values, faults={})
    values = {
        "reference": request.POST.get("reference", "").strip(),
        "email": request.POST.get("email", "").strip(),
    }
    faults = _faults(values)
    if faults:
        return _form(request, operator=operator, values=values, faults=faults)
    request_portal_link(operator, reference=values["reference"], email=values["email"])
    to = signing.dumps(masked_email(values["email"]), salt=_SENT_SALT)
    return SeeOther(f"{reverse('portal_link_sent', kwargs={'slug': operator.slug})}?to={to}")


@require_safe
@open_page
def link_sent(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """Say where a link went, if the booking is there; the address itself is never shown."""
    try:
        to = signing.loads(request.GET.get("to", ""), salt=_SENT_SALT, max_age=_SENT_FOR_S)
    except signing.BadSignature:
        to = ""
    return page(request, operator=operator, template="link_sent.html", context={"to": to})


@require_http_methods(_FORM)
@open_page
def link(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Show the button of a one-time link; on POST, spend the link and let the customer in."""
    if request.method != "POST":
        seen = look_at_link(operator, token=token)
        return page(
            request,
            operator=operator,
            template="link.html",
            context={"link": seen, "token": token},
            status=_LINK_STATUS[seen.state],
        )
    here = reverse("portal_link", kwargs={"slug": operator.slug, "token": token})
    home = reverse("portal_home", kwargs={"slug": operator.slug})
    try:
        opened = spend_link(operator, token=token)
    except LinkNotUsable as refusal:
        # A double press: the first one has let this browser in already.
        visit = visit_of(request, operator=operator)
        inside = visit is not None and visit.booking_id == refusal.booking_id
        return SeeOther(home if inside else here)
    _end_old_visit(request, operator=operator)
    return let_in(SeeOther(home), operator=operator, opened=opened)


@require_POST
@open_page
def link_again(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Email a new link to the booking an old one belonged to, without anything being typed."""
    request_link_again(operator, token=token)
    return SeeOther(reverse("portal_link_sent", kwargs={"slug": operator.slug}))


@require_safe
@open_page
def view(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Let staff in who come from the back office with an address that works once."""
    home = reverse("portal_home", kwargs={"slug": operator.slug})
    # A prefetching HEAD must not use the address up.
    opened = hand_over_view(operator, token=token) if request.method == "GET" else None
    if opened is None:
        return SeeOther(home)
    _end_old_visit(request, operator=operator)
    return let_in(SeeOther(home), operator=operator, opened=opened)


@require_POST
@open_page
def sign_out(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """End the visit here and on the server."""
    _end_old_visit(request, operator=operator)
    response = SeeOther(f"{reverse('portal_sign_in', kwargs={'slug': operator.slug})}?out=1")
    response.delete_cookie(cookie_name(operator), path="/", samesite="Lax")
    return response


def _form(
    request: HttpRequest, *, operator: Operator, values: dict[str, str], faults: dict[str, str]
) -> HttpResponse:
    context: dict[str, object] = {
        "values": values,
        "faults": faults,
        "signed_out": "out" in request.GET,
        "ended": "ended" in request.GET,
    }
    return page(
        request, operator=operator, template="sign_in.html", context=context, status=422 if faults else 200
    )


def _faults(values: dict[str, str]) -> dict[str, str]:
    """Name the fields that cannot be right, by their shape alone; the words are in the template."""
    faults = {}
    # Spaces and small letters are people's own; what counts are the letters and digits.
    if not reference_key(values["reference"]) or len(values["reference"]) > MAX_REFERENCE:
        faults["reference"] = "missing" if not values["reference"] else "shape"
    if not is_email(values["email"]):
        faults["email"] = "missing" if not values["email"] else "shape"
    return faults


def _end_old_visit(request: HttpRequest, *, operator: Operator) -> None:
    old = request.COOKIES.get(cookie_name(operator), "")
    if old:
        end_session(operator, token=old)
