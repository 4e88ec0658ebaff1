"""The endpoint that makes one-time links into the customer portal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict

from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import PortalLinkAnswer
from fareledger.faces.api.bookings import Reference
from fareledger.faces.api.declared import KEYED, OF_BOOKING, SENDING, endpoint
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.once import answered_once
from fareledger.faces.api.parameters import refuse_unknown
from fareledger.faces.api.sending import Done
from fareledger.usecases.send_portal_link import create_portal_link, send_portal_link
from fareledger.usecases.show_booking import billing_by_reference

router = Router(tags=["Customer portal"])


class LinkBody(BaseModel):
    """What to do with a new link: email it to the customer, or answer its address."""

    model_config = ConfigDict(extra="forbid", strict=True)

    send_email: bool = False


@router.post(
    "/bookings/{reference}/portal-links",
    summary="Make a one-time portal link",
    **endpoint(
        "post_portal_link",
        scope=keys.LINKS,
        answers={201: PortalLinkAnswer},
        problems=(*SENDING, *KEYED, *OF_BOOKING, "too_many_link_emails"),
        examples=examples.PORTAL_LINK,
    ),
)
def post_portal_link(request: HttpRequest, *, reference: Reference, body: LinkBody) -> HttpResponse:
    """Make a link that opens this booking in the customer portal, once; older links stop working.

    With `send_email` it goes to the customer and its address is not answered.
    """
    refuse_unknown(request)
    caller = caller_of(request)

    def act() -> Done:
        booking_id = billing_by_reference(caller.operator, reference=reference).booking.id
        if body.send_email:
            sent = send_portal_link(
                caller.operator, booking_id=booking_id, asked_by="operator", actor=caller.actor
            )
            answer = PortalLinkAnswer(url=None, sent_to=sent.to_email, expires_at=sent.expires_at)
        else:
            made = create_portal_link(
                caller.operator, booking_id=booking_id, asked_by="operator", actor=caller.actor
            )
            answer = PortalLinkAnswer(url=made.url, sent_to=None, expires_at=made.expires_at)
        return Done(status=201, body=answer)

    return answered_once(request, act=act)
