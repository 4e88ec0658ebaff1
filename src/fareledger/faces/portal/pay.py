"""Starting a payment: the choice of how much and with what, and the choice of a bank.

A stored card is charged only with the amount that the pressed button said. What follows (the provider's frame, the way
to the bank, what came of it) is `pay_attempt.py`.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.paying import amount_of
from fareledger.faces.portal.brand import frame_style
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.pay_attempt import address_of_attempt
from fareledger.faces.portal.pay_choice import PayChoice, StaleForm, asked_choice, read_choice
from fareledger.faces.portal.pay_page import draw_pay, pay_address, pay_context
from fareledger.faces.portal.visits import Guest, guest_page, public_origin
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.offer_payment import banks_for, offered_choices
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.start_payment import PaymentForm, PaymentInProgress, start_payment
from fareledger.usecases.visit_rights import NotProven, OnlyLooking


class _Refusal(Conflict):
    """What the page itself finds wrong with a form."""

    def __init__(self, code: str) -> None:
        super().__init__(code=code, message="The form cannot be taken as it is.")


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def pay(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show what may be paid and with what; on POST, start it and lead on to where it is paid."""
    if request.method != "POST":
        return draw_pay(request, guest=guest, choice=asked_choice(request.GET.dict()))
    billing = billing_by_id(guest.operator, booking_id=guest.visit.booking_id)
    locale = reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale)
    try:
        choice = read_choice(request.POST.dict(), currency=billing.booking.currency, locale=locale)
    except StaleForm:
        return draw_pay(request, guest=guest, refusal=_Refusal("stale_form"))
    try:
        return _go_on(request, guest=guest, choice=choice, billing=billing)
    except (OnlyLooking, NotProven):
        raise
    except (Conflict, Refused) as refusal:
        return draw_pay(request, guest=guest, choice=choice, refusal=refusal)


@require_safe
@guest_page
def banks(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show the banks, popular ones first, beside what is about to be paid."""
    asked = asked_choice({**request.GET.dict(), "method": "bank"})
    context = pay_context(request, guest=guest, choice=asked)
    return page(request, operator=guest.operator, template="banks.html", context=context)


def _go_on(request: HttpRequest, *, guest: Guest, choice: PayChoice, billing: Billing) -> HttpResponse:
    """Lead on to the card form, the banks, or what came of the charge. Raises what the pay page has to say."""
    if choice.wanted == "other" and not choice.amount_minor:
        raise _Refusal("unreadable_amount")
    if choice.method == "bank" and not choice.bank:
        return SeeOther(_to_the_banks(guest, choice=choice, billing=billing))
    if choice.method == "saved_card" and choice.said_minor not in (None, choice.amount_minor):
        raise _Refusal("look_again")
    form = _form(request, guest=guest, choice=choice, billing=billing)
    try:
        attempt = start_payment(guest.operator, form=form)
    except PaymentInProgress as standing:
        attempt = standing.attempt
    return SeeOther(address_of_attempt(guest, attempt=attempt))


def _to_the_banks(guest: Guest, *, choice: PayChoice, billing: Billing) -> str:
    choices = offered_choices(guest.operator, billing=billing)
    amount_minor = amount_of(choices, wanted=choice.wanted, typed_minor=choice.amount_minor)
    query = {"wanted": choice.wanted, "amount": str(amount_minor)}
    return pay_address(guest, name="portal_banks", query=query)


def _form(request: HttpRequest, *, guest: Guest, choice: PayChoice, billing: Billing) -> PaymentForm:
    home = reverse("portal_home", kwargs={"slug": guest.operator.slug})
    name = ""
    if choice.method == "bank":
        bank = banks_for(guest.operator, currency=billing.booking.currency).named(choice.bank)
        if bank is None:
            raise _Refusal("bank_not_offered")
        name = bank.name
    return PaymentForm(
        booking_id=guest.visit.booking_id,
        visit=guest.visit,
        wanted=choice.wanted,
        transaction_id=choice.transaction_id,
        amount_minor=choice.amount_minor,
        balance_minor=choice.balance_minor,
        method=choice.method,
        bank=choice.bank if choice.method == "bank" else "",
        bank_name=name,
        form_key=choice.form_key,
        channel="portal",
        return_url=f"{public_origin(request)}{home}payments/{{attempt}}/",
        locale=reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale),
        frame_style=frame_style(guest.operator),
    )
