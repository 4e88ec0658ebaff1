"""What one-time addresses open: the button of an emailed link, a new link for an old one, and staff looking on.

Looking at a link spends nothing; only the button does. Making links is a use case, asking for one is `sign_in.py`.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.faces.portal.frame import page
from fareledger.faces.portal.onwards import address_of, door, wanted_page
from fareledger.faces.portal.sign_in import FORM
from fareledger.faces.portal.visits import end_old_visit, let_in, open_page, visit_of
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.open_portal_session import LinkNotUsable, LinkState, look_at_link, spend_link
from fareledger.usecases.send_portal_link import request_link_again
from fareledger.usecases.view_as_customer import hand_over_view

_LINK_STATUS: dict[LinkState, int] = {
    "ready": 200,
    "used": 410,
    "expired": 410,
    "replaced": 410,
    "unknown": 404,
}


@require_http_methods(FORM)
@open_page
def link(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Show the button of a one-time link; on POST, spend the link and let the customer in."""
    wanted = wanted_page(request, operator=operator)
    if request.method != "POST":
        seen = look_at_link(operator, token=token)
        return page(
            request,
            operator=operator,
            template="link.html",
            context={"link": seen, "token": token, "wanted": wanted},
            status=_LINK_STATUS[seen.state],
        )
    here = reverse("portal_link", kwargs={"slug": operator.slug, "token": token})
    onwards = address_of(operator, wanted=wanted)
    try:
        opened = spend_link(operator, token=token)
    except LinkNotUsable as refusal:
        # A double press: the first one has let this browser in already.
        visit = visit_of(request, operator=operator)
        inside = visit is not None and visit.booking_id == refusal.booking_id
        return SeeOther(onwards if inside else here)
    end_old_visit(request, operator=operator)
    return let_in(SeeOther(onwards), operator=operator, opened=opened)


@require_POST
@open_page
def link_again(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Email a new link to the booking an old one belonged to, without anything being typed."""
    request_link_again(operator, token=token, wanted=wanted_page(request, operator=operator))
    return SeeOther(door(operator, name="portal_link_sent"))


@require_safe
@open_page
def view(request: HttpRequest, *, operator: Operator, token: str) -> HttpResponse:
    """Let staff in who come from the back office with an address that works once."""
    home = reverse("portal_home", kwargs={"slug": operator.slug})
    # A prefetching HEAD must not use the address up.
    opened = hand_over_view(operator, token=token) if request.method == "GET" else None
    if opened is None:
        return SeeOther(home)
    end_old_visit(request, operator=operator)
    return let_in(SeeOther(home), operator=operator, opened=opened)
