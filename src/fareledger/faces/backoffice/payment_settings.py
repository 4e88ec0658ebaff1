"""Payment settings: how customers pay unless a booking says otherwise. Each part says what a change affects."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import Permission
from fareledger.domain.errors import FareledgerError
from fareledger.domain.money import exponent
from fareledger.domain.plan import PlannedRow, plan_booking
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.payment_settings_form import (
    Entered,
    fault_of,
    posted_text,
    read_settings,
    text_of,
)
from fareledger.faces.backoffice.words import default_terms_in_words
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases import clock
from fareledger.usecases.payment_settings import payment_settings, save_payment_settings

BANK_WORDS: Final = {
    "account_holder": "Account holder",
    "bank": "Bank",
    "iban": "IBAN",
    "bic": "BIC",
    "sort_code": "Sort code",
    "routing_number": "Routing number",
    "account_number": "Account number",
}
_EXAMPLE_MAJOR: Final = 1000
_EXAMPLE_DAYS: Final = 180


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the settings, and keep what was changed."""
    staff.actor.require(Permission.MANAGE_SETTINGS)
    currency = staff.operator.currencies[0]
    text = text_of(payment_settings(staff.operator), currencies=staff.operator.currencies)
    entered = Entered()
    if request.method == "POST":
        text = posted_text(request.POST, currencies=staff.operator.currencies)
        entered = read_settings(text)
        if entered.settings is not None:
            try:
                save_payment_settings(staff.operator, wanted=entered.settings, actor=staff.actor)
            except FareledgerError as refusal:
                if refusal.code == "not_permitted":
                    raise
                entered.faults.append(fault_of(refusal))
            else:
                leave_notice(request, text="Saved. New bookings follow these terms.")
                return SeeOther(reverse("office_payment_settings"))
    context: dict[str, object] = {
        "section": "settings",
        "text": text,
        "faults": entered.faults,
        "currency": currency,
        "currencies": staff.operator.currencies,
        "bank_words": BANK_WORDS,
        "terms": default_terms_in_words(staff.operator.default_terms, currencies=staff.operator.currencies),
        "example": _example(staff),
        "example_minor": _EXAMPLE_MAJOR * 10 ** exponent(currency),
        "example_days": _EXAMPLE_DAYS,
    }
    status = 422 if entered.faults else 200
    return page(request, staff=staff, template="office/payment_settings.html", status=status, context=context)


def _example(staff: Staff) -> tuple[PlannedRow, ...]:
    """Return the plan that the terms in force make of a round amount sold today."""
    today = clock.now().astimezone(staff.operator.time_zone).date()
    return plan_booking(
        _EXAMPLE_MAJOR * 10 ** exponent(staff.operator.currencies[0]),
        booked_on=today,
        start_date=today + timedelta(days=_EXAMPLE_DAYS),
        terms=staff.operator.default_terms.of(staff.operator.currencies[0]),
    )
