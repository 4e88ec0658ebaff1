"""The bank's own pages, where a customer approves a payment: another firm than the acquirer, and looks it.

Plain forms, like the card form. Signing in is one button, because there is nobody to be.
"""

from __future__ import annotations

import json

from starlette.responses import RedirectResponse, Response

from sandbox_acquirer import banks, payments
from sandbox_acquirer.banks import REFUSED, Bank
from sandbox_acquirer.charging import PROCESSING_TIME
from sandbox_acquirer.clock import iso
from sandbox_acquirer.frame import Visit, caught_up, in_state
from sandbox_acquirer.merchants import by_id as merchant_by_id
from sandbox_acquirer.money import format_money, known_locale
from sandbox_acquirer.pages import css, origin, page
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.work import Work

ANSWERS = ("approve", "later", "refuse")
# How a payment stands once the customer has answered: there is nothing more to do here.
ANSWERED = ("processing", "succeeded", "failed")


def show(visit: Visit) -> Response:
    """Show the bank's sign-in, then its question; a payment that was answered goes straight back."""
    visit = caught_up(visit)
    link = visit.return_link()
    if visit.subject.status in ANSWERED and link is not None:
        return RedirectResponse(link, status_code=303)
    return _render(visit)


def answer(visit: Visit) -> Response:
    """Take the customer's answer and send them back to the merchant."""
    given = visit.form.get("answer", "")
    if given not in ANSWERS:
        return _render(visit, status=422)

    def act(work: Work, payment: Payment, /) -> Payment:
        return _answered(work, payment=payment, answer=given)

    visit = in_state(visit, status="requires_action", pay=act)
    return show(visit)


def _answered(work: Work, *, payment: Payment, answer: str) -> Payment:
    if answer == "refuse":
        failure = {"last_failure": json.dumps(REFUSED.public())}
        return payments.move(work, payment=payment, event="failed", changes=failure)
    if answer == "later":
        finish_at = iso(work.now + PROCESSING_TIME)
        return payments.move(work, payment=payment, event="taken_in", changes={"finish_at": finish_at})
    return payments.move(work, payment=payment, event="approved", changes={"captured_at": iso(work.now)})


def _render(visit: Visit, *, status: int = 200) -> Response:
    payment = visit.subject
    bank = banks.of_payment(payment.bank)
    merchant = merchant_by_id(visit.sandbox.storage.reader(), merchant_id=payment.merchant_id)
    return page(
        "bank.html",
        status=status,
        goes_to=origin(payment.return_url),
        visit=visit,
        payment=payment,
        bank=bank,
        signed_in=visit.signed_in,
        amount=format_money(payment.amount, currency=payment.currency, locale=known_locale(visit.locale)),
        payee=merchant.name,
        style=css(_colours(bank)),
    )


def _colours(bank: Bank) -> str:
    light, light_on, dark, dark_on = bank.colours
    return f":root {{ --brand: light-dark({light}, {dark}); --brand-on: light-dark({light_on}, {dark_on}); }}"
