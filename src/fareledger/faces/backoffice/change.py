"""Changing a booking in the back office: a form, a preview of what it does, and saving exactly that.

The form travels through the preview in hidden fields, so that nothing is kept between the two. What was previewed is
named by its mark; when saving would do something else by now, the preview is shown again with who was quicker.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from babel import Locale
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import NotPermitted, Permission
from fareledger.domain.booking import BookingDetails
from fareledger.domain.booking_rules import FieldError, InvalidBooking
from fareledger.domain.errors import Refused
from fareledger.domain.wording import LOCALES
from fareledger.faces.backoffice.billing import address
from fareledger.faces.backoffice.change_form import ChangeForm, Reading, form_from, form_of, read_form
from fareledger.faces.backoffice.change_pages import Draft, draw_preview, since
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.formatting import babel_locale
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.accept_booking import VersionMismatch
from fareledger.usecases.change_views import ChangePreview
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.save_change import Handling, PreviewOutdated, save_change
from fareledger.usecases.show_booking import Billing, billing_by_reference

CHANNEL: Final = "back_office"
LANGUAGES: Final = {
    locale: Locale.parse(babel_locale(locale)).get_display_name("en_GB") for locale in LOCALES
}
KINDS: Final = (
    "flight",
    "hotel",
    "activity",
    "transfer",
    "car_hire",
    "rail",
    "ferry",
    "cruise",
    "meal",
    "insurance",
    "fee",
    "discount",
)


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show the form, the preview of what it does, or save what was previewed."""
    staff.actor.require(Permission.CHANGE_BOOKINGS)
    shown = billing_by_reference(staff.operator, reference=reference)
    if request.method != "POST":
        if shown.booking.reference != reference:
            return SeeOther(_address(shown))
        return _form_page(request, staff=staff, shown=shown, form=form_of(shown))
    form = form_from(request.POST)
    match request.POST.get("do"):
        case "add_component":
            return _form_page(request, staff=staff, shown=shown, form=form.with_part())
        case "add_traveller":
            return _form_page(request, staff=staff, shown=shown, form=form.with_traveller())
        case "edit":
            return _form_page(request, staff=staff, shown=shown, form=form)
    return _read_and_go_on(request, staff=staff, shown=shown, form=form)


def _read_and_go_on(request: HttpRequest, *, staff: Staff, shown: Billing, form: ChangeForm) -> HttpResponse:
    """Preview or save what the form describes; show the form again with what is wrong with it."""
    reading = read_form(form, shown=shown)
    if reading.details is None:
        return _form_page(request, staff=staff, shown=shown, form=form, faults=reading.faults)
    mark = request.POST.get("mark", "")
    try:
        if request.POST.get("do") == "save" and mark:
            return _save(request, staff=staff, shown=shown, wanted=reading.details)
        return _preview(request, staff=staff, shown=shown, wanted=reading.details)
    except InvalidBooking as problem:
        faults = tuple(_fault(error, reading=reading) for error in problem.errors)
    except NotPermitted:
        raise
    except Refused as problem:
        faults = (Fault("change", problem.message),)
    return _form_page(request, staff=staff, shown=shown, form=form, faults=faults)


def _preview(request: HttpRequest, *, staff: Staff, shown: Billing, wanted: BookingDetails) -> HttpResponse:
    form = form_from(request.POST)
    version = int(form.version) if form.version.isascii() and form.version.isdigit() else 0
    try:
        preview = preview_change(staff.operator, details=wanted, actor=staff.actor, expected_version=version)
    except VersionMismatch:
        preview = preview_change(staff.operator, details=wanted, actor=staff.actor)
        return _again(request, staff=staff, preview=preview)
    draft = Draft(action=_address(shown), fields=form.now_at(shown).pairs)
    return draw_preview(request, staff=staff, shown=shown, preview=preview, draft=draft)


def _save(request: HttpRequest, *, staff: Staff, shown: Billing, wanted: BookingDetails) -> HttpResponse:
    notify = "notify" in request.POST
    handling = Handling(channel=CHANNEL, previewed=request.POST["mark"], notify=notify)
    try:
        done = save_change(staff.operator, wanted=wanted, actor=staff.actor, handling=handling)
    except PreviewOutdated as outdated:
        return _again(request, staff=staff, preview=outdated.preview)
    saved_already = done.outcome == "unchanged"
    leave_notice(request, text="This change was saved already." if saved_already else "The change is saved.")
    return SeeOther(address(shown.booking.reference))


def _again(request: HttpRequest, *, staff: Staff, preview: ChangePreview) -> HttpResponse:
    """Show the preview as it is now, and who changed what since the form was opened."""
    form = form_from(request.POST)
    shown = billing_by_reference(staff.operator, reference=preview.after.reference)
    draft = Draft(
        action=_address(shown),
        fields=form.now_at(shown).pairs,
        notify="notify" in request.POST or "mark" not in request.POST,
        outdated=True,
        between=since(shown, seen=form.seen),
    )
    return draw_preview(request, staff=staff, shown=shown, preview=preview, draft=draft)


def _form_page(
    request: HttpRequest,
    *,
    staff: Staff,
    shown: Billing,
    form: ChangeForm,
    faults: tuple[Fault, ...] = (),
) -> HttpResponse:
    used = {part.kind for part in form.parts} - set(KINDS)
    if not form.travellers:
        form = replace(form, travellers=("",))
    context: dict[str, object] = {
        "section": "bookings",
        "booking": shown.booking,
        "form": form,
        "faults": faults,
        "kinds": (*KINDS, *sorted(used)),
        "languages": LANGUAGES,
    }
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/change.html", status=status, context=context)


def _fault(error: FieldError, *, reading: Reading) -> Fault:
    """Say beside its field what a rule says of a place in the description; places are counted as they were typed."""
    steps = error.pointer.strip("/").split("/")
    match steps:
        case ["components", place, *rest]:
            at = reading.places[int(place)]
            return Fault("-".join(["components", str(at), *(rest or ["title"])]), error.message)
        case ["travellers", place, *rest]:
            at = reading.traveller_places[int(place)]
            return Fault("-".join(["travellers", str(at), *(rest or ["name"])]), error.message)
        case ["customer", name]:
            return Fault(f"customer_{name}", error.message)
        case ["booked_on"]:
            return Fault("start_date", "The trip cannot start before the day it was booked on.")
    return Fault(steps[0] or "change", error.message)


def _address(shown: Billing) -> str:
    return reverse("office_change", kwargs={"reference": shown.booking.reference})
