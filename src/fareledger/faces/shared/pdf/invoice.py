"""What an invoice says on paper, in its customer's language, from the facts that were frozen when it was issued."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from fareledger.faces.shared.brand_css import on_paper
from fareledger.faces.shared.email_facts import bank_rows, due_rows
from fareledger.faces.shared.formatting import amount, date_range, isolated, long_date
from fareledger.faces.shared.pdf.typesetting import families, paper_logo, typeset
from fareledger.faces.shared.translation import direction, gettext, speaking, spoken_locale
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.letterhead import picture_of

_PLAIN_BLACK: Final = "#14171c"
_NOT_IN_A_NAME: Final = re.compile(r"[^\w.-]+")


def invoice_file_name(facts: Mapping[str, Any]) -> str:
    """Return "INV-TRV-48213-1.pdf", without anything a file system might stumble over."""
    return f"{_NOT_IN_A_NAME.sub('-', str(facts['invoice'])).strip('-')}.pdf"


def invoice_logo(operator: Operator, *, facts: Mapping[str, Any]) -> bytes:
    """Return the logo an invoice was issued with; empty for none."""
    return picture_of(operator, mark=str(facts["seller"].get("logo", "")))


def invoice_pdf(facts: Mapping[str, Any], *, logo: bytes = b"") -> bytes:
    """Return the invoice as PDF, under the logo it was issued with; the same facts give the same bytes."""
    locale = spoken_locale(str(facts["locale"]), fallback=str(facts["seller"]["locale"]))
    with speaking(locale):
        words = {**_words(facts, locale=locale), **_look(facts["seller"], logo=logo)}
    return typeset("invoice.typ", facts=words, dated=date.fromisoformat(facts["issued_on"]))


def _words(facts: Mapping[str, Any], *, locale: str) -> dict[str, object]:
    seller = facts["seller"]
    language, _, region = locale.partition("-")
    left = facts["left_minor"]
    return {
        "language": language,
        "region": region,
        "direction": direction(locale),
        "title": gettext("Invoice %(invoice)s") % {"invoice": facts["invoice"]},
        "seller": seller["name"],
        "replaces": gettext("It replaces %(replaces)s.") % facts if facts["replaces"] else "",
        "head": _head(facts, locale=locale),
        "left": [_left_words(left), _money(facts, minor=abs(left), locale=locale)],
        "table": [gettext("What"), gettext("When"), gettext("Amount")],
        "components": [_component(part, facts=facts, locale=locale) for part in facts["components"]],
        "sums": _sums(facts, locale=locale),
        "due_title": gettext("When to pay"),
        "due": due_rows(facts["due"], currency=facts["currency"], locale=locale),
        "bank_title": gettext("Pay by bank transfer"),
        "bank": _bank(facts) if left > 0 else [],
        "foot": foot_words(seller, locale=locale),
        "page": gettext("Page"),
    }


def _look(seller: Mapping[str, Any], *, logo: bytes) -> dict[str, object]:
    """Return how the paper looks; what invoices did not keep once is plain."""
    return {
        "colour": seller["colour"] or _PLAIN_BLACK,
        "edge": on_paper(seller.get("edge_colour", "")) or seller["colour"] or _PLAIN_BLACK,
        "families": families(seller.get("font", "")),
        "logo": paper_logo(logo, name=seller.get("logo_alt") or seller["name"]),
    }


def _head(facts: Mapping[str, Any], *, locale: str) -> list[tuple[str, str]]:
    start, end = (date.fromisoformat(facts[name]) for name in ("start_date", "end_date"))
    rows = [
        (gettext("Invoice for"), facts["customer_name"]),
        (gettext("Issued on"), long_date(date.fromisoformat(facts["issued_on"]), locale)),
        (gettext("Booking"), facts["reference"]),
        (gettext("Trip"), facts["package"]),
        (gettext("Dates of the trip"), date_range(start, end, locale)),
        (gettext("Travellers"), ", ".join(facts["travellers"])),
    ]
    return [row for row in rows if row[1]]


def _component(part: Mapping[str, Any], *, facts: Mapping[str, Any], locale: str) -> list[str]:
    title = part["title"]
    if part["cancelled"]:
        title = gettext("%(title)s (cancelled, at its cancellation fee)") % {"title": title}
    days = [date.fromisoformat(part[name]) for name in ("start_date", "end_date") if part[name]]
    when = date_range(days[0], days[-1], locale) if days else ""
    return [title, part["supplier"], when, _money(facts, minor=part["amount_minor"], locale=locale)]


def _sums(facts: Mapping[str, Any], *, locale: str) -> list[tuple[str, str]]:
    """Return the sum under the components, its result last; what is nothing is left out."""
    non_payable, received = facts["non_payable_minor"], facts["received_minor"]
    rows = [(gettext("Total price"), facts["sales_price_minor"])]
    if non_payable:
        rows.append((gettext("Not paid to us"), -non_payable))
        rows.append((gettext("To pay in total"), facts["payable_minor"]))
    if received:
        rows.append((gettext("Paid so far"), -received))
    rows.append((_left_words(facts["left_minor"]), abs(facts["left_minor"])))
    return [(name, _money(facts, minor=minor, locale=locale)) for name, minor in rows]


def _left_words(left_minor: int) -> str:
    return gettext("We owe you") if left_minor < 0 else gettext("Left to pay")


def _bank(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = bank_rows(facts["bank_details"])
    return [*rows, (gettext("Payment reference"), facts["reference"])] if rows else []


def foot_words(seller: Mapping[str, Any], *, locale: str) -> list[str]:
    """Return what stands at the foot of every page: whom to ask, how the money is kept, whose paper it is."""
    held = gettext("What you pay us is held in trust until your trip has ended.")
    questions = gettext("Questions? Write to %(email)s or call %(phone)s, %(hours)s.") % {
        name: isolated(seller[f"support_{name}"], locale) for name in ("email", "phone", "hours")
    }
    address = f"{seller['legal_name']}, {seller['address']}"
    return [questions, *([held] if seller["protection_policy"] == "full" else []), address]


def _money(facts: Mapping[str, Any], *, minor: int, locale: str) -> str:
    return amount(minor, facts["currency"], locale)
