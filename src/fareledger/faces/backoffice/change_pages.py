"""The page of a previewed change, whichever change it is: what it shows, and what is sent back to save it.

Drawn for a change by form, a cancellation and a reinstatement, at first and again when somebody was quicker. Nothing
is saved here.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from fareledger.faces.backoffice.change_words import differences, law_remarks, row_lines
from fareledger.faces.backoffice.pages import Staff, page
from fareledger.faces.shared.emails import preview_email
from fareledger.usecases.change_views import ChangePreview
from fareledger.usecases.queue_email import about_booking, change_payload
from fareledger.usecases.send_email import RenderedEmail
from fareledger.usecases.show_booking import Billing, EventView


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A previewed change on its way to being saved: what saving it is called, where it is sent, and what goes along.

    `do` is save, cancel or reinstate. `between` are the events that whoever made the draft has not seen; `outdated`
    says that saving was refused.
    """

    do: str = "save"
    action: str
    fields: tuple[tuple[str, str], ...] = ()
    notify: bool = True
    outdated: bool = False
    between: tuple[EventView, ...] = ()


def since(shown: Billing, *, seen: str) -> tuple[EventView, ...]:
    """Return what happened to a booking after the event that somebody saw last, by its number as it was sent."""
    last = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0
    return tuple(event for event in shown.timeline if event.seq > last)


def draw_preview(
    request: HttpRequest, *, staff: Staff, shown: Billing, preview: ChangePreview, draft: Draft
) -> HttpResponse:
    """Draw the page; 409 when what was to be saved is no longer what would be saved."""
    if preview.before is None:
        raise ValueError("the back office previews changes of bookings that are there")
    template = "office/change_preview.html" if draft.do == "save" else "office/cancel.html"
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "preview": preview,
        "draft": draft,
        "parts": tuple(
            zip(preview.before.details.components, preview.after.details.components, strict=False)
        ),
        "differences": differences(preview.before, after=preview.after),
        "lines": row_lines(preview, today=shown.today),
        "remarks": law_remarks(preview),
        "letter": _letter(staff, preview=preview),
        "seen": shown.booking.event_seq,
    }
    status = 409 if draft.outdated else 200
    return page(request, staff=staff, template=template, status=status, context=context)


def _letter(staff: Staff, *, preview: ChangePreview) -> RenderedEmail | None:
    """Draw the email as the customer would get it; None when they would get none."""
    if preview.facts is None:
        return None
    return preview_email(
        staff.operator,
        kind="booking_change",
        about=about_booking(preview.after),
        facts=change_payload(preview.facts),
    )
