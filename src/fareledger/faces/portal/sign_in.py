"""The front door of the portal: reference and email, or a link by email; and the way out.

No page here says whether a booking exists. What a link opens is `links.py`; proving who one is, `prove.py`.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.domain.wording import MAX_REFERENCE, is_email, reference_key
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.onwards import address_of, door, wanted_page
from fareledger.faces.portal.visits import cookie_name, end_old_visit, let_in, open_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.visitors import network_of
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.send_portal_link import request_portal_link
from fareledger.usecases.sign_in_by_reference import DetailsNotKnown, sign_in_by_reference

_SENT_SALT = "fareledger.portal.sent"
_SENT_FOR_S = 3600
FORM = ["GET", "HEAD", "POST"]


@sensitive_post_parameters("email")
@require_http_methods(FORM)
@open_page
def sign_in(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """Ask for reference and email; on POST, let in whoever knows both and refuse everybody else alike."""
    if request.method != "POST":
        values = {"reference": request.GET.get("booking", "")[:MAX_REFERENCE], "email": ""}
        return _form(request, operator=operator, values=values, faults={})
    values = _typed(request)
    faults = _faults(values)
    if faults:
        return _form(request, operator=operator, values=values, faults=faults)
    try:
        opened = sign_in_by_reference(
            operator, reference=values["reference"], email=values["email"], ip=network_of(request)
        )
    except DetailsNotKnown:
        return _form(request, operator=operator, values=values, faults={"details": "unknown"})
    end_old_visit(request, operator=operator)
    wanted = wanted_page(request, operator=operator)
    return let_in(SeeOther(address_of(operator, wanted=wanted)), operator=operator, opened=opened)


@sensitive_post_parameters("email")
@require_http_methods(FORM)
@open_page
def send_link(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """Email a link if reference and email fit, and say nothing either way."""
    if request.method != "POST":
        return SeeOther(door(operator, name="portal_sign_in"))
    values = _typed(request)
    faults = _faults(values)
    if faults:
        return _form(request, operator=operator, values=values, faults=faults)
    request_portal_link(
        operator,
        reference=values["reference"],
        email=values["email"],
        wanted=wanted_page(request, operator=operator),
    )
    return SeeOther(sent_address(operator, email=values["email"]))


@require_safe
@open_page
def link_sent(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """Say where a link went, if the booking is there; the address itself is never shown."""
    try:
        to = signing.loads(request.GET.get("to", ""), salt=_SENT_SALT, max_age=_SENT_FOR_S)
    except signing.BadSignature:
        to = ""
    return page(request, operator=operator, template="link_sent.html", context={"to": to})


@require_POST
@open_page
def sign_out(request: HttpRequest, *, operator: Operator) -> HttpResponse:
    """End the visit here and on the server."""
    end_old_visit(request, operator=operator)
    response = SeeOther(door(operator, name="portal_sign_in", out="1"))
    response.delete_cookie(cookie_name(operator), path="/", samesite="Lax")
    return response


def sent_address(operator: Operator, *, email: str) -> str:
    """Return the address of the page that says where a link went; only its mask is in it."""
    return door(operator, name="portal_link_sent", to=signing.dumps(masked_email(email), salt=_SENT_SALT))


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "").strip() for name in ("reference", "email")}


def _form(
    request: HttpRequest, *, operator: Operator, values: dict[str, str], faults: dict[str, str]
) -> HttpResponse:
    context: dict[str, object] = {
        "values": values,
        "faults": faults,
        "signed_out": "out" in request.GET,
        "ended": "ended" in request.GET,
        "wanted": wanted_page(request, operator=operator),
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
