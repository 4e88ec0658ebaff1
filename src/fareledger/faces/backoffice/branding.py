"""The branding page: choosing on one side, seeing on the other, publishing, and going back to what was.

What is typed is shown at once and kept by no one until "Save draft"; customers see nothing before "Publish".
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.brand import derive
from fareledger.domain.brand_checks import Check, checks
from fareledger.domain.brand_choices import FONTS, Choices, checked, tokens_of
from fareledger.domain.colour import InvalidColour, parse
from fareledger.domain.errors import FareledgerError
from fareledger.faces.backoffice.branding_form import FONT_WORDS, fault_of, posted_choices, posted_logos
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.brand_css import declarations
from fareledger.faces.shared.pictures import picture_answer
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.brand_versions import BrandHistory, brand_history, logo_of_version
from fareledger.usecases.edit_brand import edit_brand
from fareledger.usecases.publish_brand import publish_brand, roll_back

USE_WORDS: Final = {
    "button": "Text on the button",
    "button_hover": "Text on the button, pointed at",
    "link_light": "Link on light",
    "edge_light": "Button edge on light",
    "ink_on_tint_light": "Text on the tint, light",
    "link_dark": "Link on dark",
    "edge_dark": "Button edge on dark",
    "ink_on_tint_dark": "Text on the tint, dark",
}
_FALLBACK: Final = "#0a5c66"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the brand; a POST previews what was typed, keeps it as the draft, or keeps and publishes it."""
    history = brand_history(staff.operator, actor=staff.actor)
    if request.method != "POST":
        choices = history.latest.choices if history.latest else history.in_force
        return _page(request, staff=staff, history=history, choices=choices, faults=[])
    wanted, wish = posted_choices(request.POST), request.POST.get("do", "")
    try:
        if wish == "preview":
            return _page(request, staff=staff, history=history, choices=checked(wanted), faults=[])
        number = edit_brand(staff.operator, wanted=wanted, logos=posted_logos(request), actor=staff.actor)
        if wish == "publish":
            publish_brand(staff.operator, number=number, actor=staff.actor)
    except FareledgerError as refusal:
        if refusal.code == "not_permitted":
            raise
        return _page(request, staff=staff, history=history, choices=wanted, faults=[fault_of(refusal)])
    said = "Published. Customers see it from now on." if wish == "publish" else "Saved as a draft."
    leave_notice(request, text=said)
    return SeeOther(reverse("office_branding"))


@require_POST
@staff_page
def preview(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Answer the part of the page that shows the brand, for what is typed just now; nothing is kept."""
    history = brand_history(staff.operator, actor=staff.actor)
    shown = _shown(staff, history=history, choices=posted_choices(request.POST))
    return render(request, "office/branding_preview.html", {**shown, "operator": staff.operator})


@require_safe
@staff_page
def draft_css(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Answer with the tokens of a colour and a font for the preview: a rule for it, and for nothing else."""
    staff.actor.require(Permission.MANAGE_SETTINGS)
    choices = _drawable(Choices(
        name="-", primary=request.GET.get("primary", ""), font=request.GET.get("font", ""),
        support_email="", support_phone="", support_hours="",
    ))  # fmt: skip
    tokens = tokens_of(choices)
    rule = "\n".join(("@layer page {", "  .draft {", *declarations(tokens), "  }", "}", ""))
    return HttpResponse(rule, content_type="text/css; charset=utf-8")


@require_safe
@staff_page
def logo(request: HttpRequest, *, staff: Staff, number: int, mark: str) -> HttpResponse:
    """Answer with a logo of a version, a draft's too."""
    found = logo_of_version(staff.operator, number=number, mark=mark, actor=staff.actor)
    return picture_answer(found)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def back(request: HttpRequest, *, staff: Staff, number: int) -> HttpResponse:
    """Ask whether an earlier version is to be published again; a POST does it."""
    history = brand_history(staff.operator, actor=staff.actor)
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            roll_back(staff.operator, number=number, actor=staff.actor)
        except FareledgerError as refusal:
            if refusal.code != "invalid_brand":
                raise
            faults = [Fault("back", refusal.message)]
        else:
            leave_notice(request, text=f"Version {number} is published again, as a new version.")
            return SeeOther(reverse("office_branding"))
    version = next(
        (one for one in history.versions if one.number == number and one.status == "retired"), None
    )
    if version is None:
        return SeeOther(reverse("office_branding"))
    shown = _shown(staff, history=history, choices=version.choices)
    marks = {"version": version, "logo": version.logo, "logo_dark": version.logo_dark, "logo_of": number}
    context: dict[str, object] = {"section": "settings", **shown, **marks, "faults": faults}
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/branding_back.html", status=status, context=context)


def _page(
    request: HttpRequest, *, staff: Staff, history: BrandHistory, choices: Choices, faults: list[Fault]
) -> HttpResponse:
    context: dict[str, object] = {
        "section": "settings",
        "history": history,
        "faults": faults,
        "fonts": FONT_WORDS,
        **_shown(staff, history=history, choices=choices),
    }
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/branding.html", status=status, context=context)


def _shown(staff: Staff, *, history: BrandHistory, choices: Choices) -> dict[str, object]:
    """Return what the preview draws from; what is not a colour yet is shown in the colour that is published."""
    drawn = _drawable(choices, fallback=history.in_force.primary)
    base = history.latest
    return {
        "choices": choices,
        "drawn": drawn,
        "draft_css": f"{reverse('office_branding_css')}?{urlencode({'primary': drawn.primary, 'font': drawn.font})}",
        "checks": [(USE_WORDS[one.use], one) for one in _checks(drawn.primary)],
        "logo": base.logo if base else "",
        "logo_dark": base.logo_dark if base else "",
        "logo_of": base.number if base else 0,
        "currency": staff.operator.currencies[0],
        "locale": staff.operator.locale,
    }


def _checks(primary: str) -> tuple[Check, ...]:
    return checks(derive(primary))


def _drawable(choices: Choices, *, fallback: str = _FALLBACK) -> Choices:
    kept = choices.to_json()
    try:
        kept["primary"] = parse(choices.primary)
    except InvalidColour:
        kept["primary"] = parse(fallback)
    if choices.font not in FONTS:
        kept["font"] = "system"
    return Choices.from_json(kept)
