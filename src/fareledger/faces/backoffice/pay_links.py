"""Emailing pay links to many customers: who gets one and who not is shown first, then sent, then followed.

Looking at the review sends nothing. What is sent goes to exactly the bookings that the review named.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.errors import Refused
from fareledger.faces.backoffice import bookings_controls as controls
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.booking_query import BookingQuery, InvalidQuery, query_of
from fareledger.usecases.mail_links import MAX_LINKS, NobodyToWriteTo, mail_links, review_links
from fareledger.usecases.send_portal_link import MAILS_AN_HOUR
from fareledger.usecases.show_mailing import show_mailing

REASONS: Mapping[str, str] = {
    "cancelled": "Cancelled",
    "nothing_to_pay": "Nothing left to pay",
    "too_many_emails": f"This address has had {MAILS_AN_HOUR} links within an hour",
}


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show who of the ticked bookings, or of a whole list, would get a link; a POST sends to those named in it."""
    if request.method == "POST":
        return _send(request, staff=staff)
    back = _list_address(request.GET.get("list", ""), staff=staff)
    try:
        found = review_links(staff.operator, asked=_chosen(request, staff=staff), actor=staff.actor)
    except Refused as refusal:
        if refusal.code == "not_permitted":
            raise
        leave_notice(request, text=refusal.message, tone="danger")
        return SeeOther(back)
    context: dict[str, object] = {
        "section": "bookings",
        "review": found,
        "reasons": REASONS,
        "form_key": uuid4().hex,
        "back": back,
    }
    return page(request, staff=staff, template="office/bookings_links.html", context=context)


@staff_page
@require_safe
def mailing(request: HttpRequest, *, staff: Staff, mailing_id: UUID) -> HttpResponse:
    """Show how far a mailing is; while it goes on, the page asks again by itself."""
    shown = show_mailing(staff.operator, mailing_id=mailing_id)
    context: dict[str, object] = {"section": "bookings", "mailing": shown, "reasons": REASONS}
    return page(request, staff=staff, template="office/bookings_mailing.html", context=context)


def _send(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    ids = [found for one in request.POST.getlist("booking")[: MAX_LINKS + 1] if (found := _uuid(one))]
    key = request.POST.get("form_key", "")[:64] or uuid4().hex
    try:
        mailing_id = mail_links(staff.operator, booking_ids=ids, form_key=key, actor=staff.actor)
    except Refused as refusal:
        if refusal.code == "not_permitted":
            raise
        leave_notice(request, text=refusal.message, tone="danger")
        return SeeOther(reverse("office_bookings"))
    return SeeOther(reverse("office_mailing", kwargs={"mailing_id": mailing_id}))


def _chosen(request: HttpRequest, *, staff: Staff) -> BookingQuery:
    """Read which bookings are meant: those ticked, or all of a list. Raises InvalidQuery and NobodyToWriteTo."""
    if request.GET.get("all") == "yes":
        return query_of(_fields(request.GET.get("list", "")), operator=staff.operator)
    ids = tuple(str(found) for one in request.GET.getlist("booking") if (found := _uuid(one)))
    if not ids:
        raise NobodyToWriteTo
    return BookingQuery(ids=ids[: MAX_LINKS + 1], order="reference_up")


def _list_address(query: str, *, staff: Staff) -> str:
    try:
        return controls.address(query_of(_fields(query), operator=staff.operator))
    except InvalidQuery:
        return controls.address(BookingQuery())


def _fields(query: str) -> dict[str, str]:
    return dict(parse_qsl(query[:2000]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
