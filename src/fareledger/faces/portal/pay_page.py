"""The page on which somebody chooses how much to pay and with what, and the same page with what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fareledger.domain.errors import FareledgerError
from fareledger.domain.paying import AmountOutOfRange, Choices, Wanted
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.news import KnownCard, known_cards
from fareledger.faces.portal.pay_choice import PayChoice
from fareledger.faces.portal.visits import Guest
from fareledger.faces.shared.formatting import bare_amount
from fareledger.faces.shared.typed_amount import example_amount, separators
from fareledger.usecases.offer_payment import BanksOffered, banks_for, offered_choices
from fareledger.usecases.payment_form import AmountChanged, Means
from fareledger.usecases.show_booking import Billing, billing_by_id

# Refusals that are about the amount field; everything else is said above the form.
_AT_THE_FIELD: Final = ("amount_out_of_range", "unreadable_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may be chosen: the amounts, the banks, the stored card, and whether it only wants proof of who pays."""

    choices: Choices
    banks: BanksOffered
    saved: KnownCard | None
    saved_wants_proof: bool

    def methods(self) -> tuple[Means, ...]:
        """The ways to pay, the easiest first."""
        saved: tuple[Means, ...] = ("saved_card",) if self.saved else ()
        return (*saved, "card", "bank") if self.banks.banks else (*saved, "card")


def offer_of(guest: Guest, *, billing: Billing) -> Offer:
    """Say what this visit may choose."""
    mandate = billing.mandate
    card = known_cards(billing).get(mandate.id) if mandate else None
    usable = card if card and card.until >= billing.today else None
    return Offer(
        choices=offered_choices(guest.operator, billing=billing),
        banks=banks_for(guest.operator, currency=billing.booking.currency),
        saved=usable if guest.visit.proven else None,
        saved_wants_proof=usable is not None and not guest.visit.proven and guest.visit.may_pay,
    )


def settled(choice: PayChoice | None, *, offer: Offer) -> PayChoice:
    """Choose what is asked for where it can be chosen, and the obvious otherwise."""
    choices, methods = offer.choices, offer.methods()
    wanted: Wanted = choice.wanted if choice else "next"
    if choice and choice.amount_minor:
        wanted = choices.wanted_for(choice.amount_minor) or wanted
    possible: dict[Wanted, bool] = {
        "next": choices.next_row is not None,
        "full": choices.full_minor > 0,
        "other": choices.other is not None,
    }
    if not possible[wanted]:
        wanted = "next" if possible["next"] else "full"
    method: Means = choice.method if choice and choice.method in methods else methods[0]
    chosen = choice or PayChoice(wanted=wanted, method=method)
    amounts: dict[Wanted, int] = {
        "next": choices.next_minor,
        "full": choices.full_minor,
        "other": chosen.amount_minor,
    }
    return replace(chosen, wanted=wanted, method=method, amount_minor=amounts[wanted])


def draw_pay(
    request: HttpRequest,
    *,
    guest: Guest,
    choice: PayChoice | None = None,
    refusal: FareledgerError | None = None,
) -> HttpResponse:
    """Draw the page; with a refusal it answers 422 and keeps what was chosen."""
    context = pay_context(request, guest=guest, choice=choice)
    code = refusal.code if refusal else ""
    changed = refusal if isinstance(refusal, AmountChanged) else None
    beyond = refusal if isinstance(refusal, AmountOutOfRange) else None
    context |= {
        "refusal": code,
        "fault": code if code in _AT_THE_FIELD else "",
        "shown_minor": changed.shown_minor if changed else 0,
        "now_minor": changed.amount_minor if changed else 0,
        "range": beyond,
    }
    return page(
        request, operator=guest.operator, template="pay.html", context=context, status=422 if refusal else 200
    )


def pay_context(request: HttpRequest, *, guest: Guest, choice: PayChoice | None) -> dict[str, object]:
    """Return what the pay page and the page of banks draw from, read from one billing."""
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    offer = offer_of(guest, billing=billing)
    chosen = settled(choice, offer=offer)
    currency = billing.booking.currency
    locale = reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale)
    decimal, group = separators(locale)
    typed = chosen.typed or (
        bare_amount(chosen.amount_minor, currency, locale) if chosen.amount_minor else ""
    )
    return {
        **booking_context(guest, billing=billing),
        "offer": offer,
        "choices": offer.choices,
        "choice": chosen,
        "typed": typed if chosen.wanted == "other" else chosen.typed,
        "example": example_amount(currency, locale),
        "decimal": decimal,
        "group": group,
    }


def retry_query(attempt_minor: int, *, choices: Choices, method: Means) -> Mapping[str, str] | None:
    """Return what an address says to have an amount chosen again; None when it can no longer be paid."""
    wanted = choices.wanted_for(attempt_minor)
    return {"wanted": wanted, "amount": str(attempt_minor), "method": method} if wanted else None


def pay_address(guest: Guest, *, name: str, query: Mapping[str, str]) -> str:
    """Return the address of a page that takes payments, with what it should have chosen."""
    address = reverse(name, kwargs={"slug": guest.operator.slug})
    return f"{address}?{urlencode(query)}" if query else address
