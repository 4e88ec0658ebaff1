"""Portal, collecting and refunds: what customers may pay, when cards are charged, and what one person may send back.

Fields hold text; whether days and amounts make sense is for the use case to say, and its answer is led back to the
field it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import Permission
from fareledger.domain.errors import FareledgerError
from fareledger.faces.backoffice.amounts import not_an_amount, read_amount, typed_amount
from fareledger.faces.backoffice.entered import entered_number
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.portal_settings import (
    InvalidPortalSettings,
    PortalSettings,
    SettingsChanged,
    portal_settings,
    save_portal_settings,
)

_LONGEST: Final = 200


@dataclass(frozen=True, kw_only=True)
class SettingsText:
    """The fields as they are drawn; amounts by currency."""

    seen: str
    other_amount: bool
    minimum: Mapping[str, str]
    retry_days: str
    notice_days: str
    threshold: Mapping[str, str]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the settings, and keep what was changed."""
    staff.actor.require(Permission.MANAGE_SETTINGS)
    currencies = staff.operator.currencies
    text = text_of(portal_settings(staff.operator), currencies=currencies)
    faults: list[Fault] = []
    status = 200
    if request.method == "POST":
        text = posted_text(request.POST, currencies=currencies)
        wanted, faults = read_settings(text)
        status = 422
        try:
            if wanted is not None:
                save_portal_settings(staff.operator, wanted=wanted, seen=text.seen, actor=staff.actor)
                leave_notice(request, text="Saved. It counts from now on, for every booking.")
                return SeeOther(reverse("office_portal_settings"))
        except InvalidPortalSettings as refusal:
            faults = [fault_of(refusal)]
        except SettingsChanged as refusal:
            now_set = portal_settings(operator_by_id(staff.operator.id))
            text, faults, status = text_of(now_set, currencies=currencies), [fault_of(refusal)], 409
    context: dict[str, object] = {
        "section": "settings",
        "text": text,
        "faults": faults,
        "currencies": currencies,
    }
    return page(request, staff=staff, template="office/portal_settings.html", status=status, context=context)


def text_of(settings: PortalSettings, *, currencies: Sequence[str]) -> SettingsText:
    """Write settings as fields hold them."""
    return SettingsText(
        seen=settings.seen,
        other_amount=settings.other_amount,
        minimum=_amounts(settings.minimum, currencies=currencies),
        retry_days=", ".join(str(day) for day in settings.retry_days),
        notice_days=str(settings.notice_days),
        threshold=_amounts(settings.refund_threshold, currencies=currencies),
    )


def posted_text(posted: QueryDict, *, currencies: Sequence[str]) -> SettingsText:
    """Take the fields as they were sent."""

    def said(name: str) -> str:
        return posted.get(name, "").strip()[:_LONGEST]

    return SettingsText(
        seen=said("seen"),
        other_amount=bool(said("other_amount")),
        minimum={currency: said(f"minimum-{currency}") for currency in currencies},
        retry_days=said("retry_days"),
        notice_days=said("notice_days"),
        threshold={currency: said(f"threshold-{currency}") for currency in currencies},
    )


def read_settings(text: SettingsText) -> tuple[PortalSettings | None, list[Fault]]:
    """Read the fields as settings, or say what is wrong with each."""
    faults: list[Fault] = []
    minimum = _read_amounts(text.minimum, name="minimum", faults=faults)
    notice = entered_number(text.notice_days)
    if notice is None:
        faults.append(Fault("notice_days", "Enter a whole number, such as 3."))
    days = [entered_number(word) for word in text.retry_days.replace(",", " ").split()]
    retry = tuple(day for day in days if day is not None)
    if len(retry) < len(days):
        message = "Enter days as whole numbers with commas between them, such as 2, 5."
        faults.append(Fault("retry_days", message))
    threshold = _read_amounts(text.threshold, name="threshold", faults=faults)
    if faults or notice is None:
        return None, faults
    settings = PortalSettings(
        other_amount=text.other_amount,
        minimum=minimum,
        retry_days=retry,
        notice_days=notice,
        refund_threshold=threshold,
    )
    return settings, faults


def fault_of(refusal: FareledgerError) -> Fault:
    """Lead a refusal of the use case back to its field."""
    name = (refusal.field or "").removeprefix("/").replace("/", "-")
    return Fault(name.replace("refund_threshold", "threshold") or "other_amount", refusal.message)


def _amounts(amounts: Mapping[str, int], *, currencies: Sequence[str]) -> dict[str, str]:
    return {
        currency: typed_amount(amounts[currency], currency=currency) if currency in amounts else ""
        for currency in currencies
    }


def _read_amounts(typed: Mapping[str, str], *, name: str, faults: list[Fault]) -> dict[str, int]:
    """Read the amount of each currency; an empty field sets none."""
    amounts = {}
    for currency, text in typed.items():
        amount_minor = read_amount(text, currency=currency) if text else None
        if amount_minor is not None:
            amounts[currency] = amount_minor
        elif text:
            faults.append(Fault(f"{name}-{currency}", f"{not_an_amount(currency)}."))
    return amounts
