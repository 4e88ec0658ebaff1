"""What a template of an email finds at hand: the operator's frame, and the queued facts as dates and rows.

Facts are stored as JSON; here days become days again and codes become words of the customer's language. Sentences
stand in the templates.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

from fareledger.faces.shared.brand_css import on_dark, on_paper
from fareledger.faces.shared.formatting import amount, long_date
from fareledger.faces.shared.translation import direction, gettext, speaking, spoken_locale
from fareledger.faces.shared.wording import addressed_as
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.portal_address import portal_root

_CARD: Final = re.compile(r"(.+) ending (\w{4})")
_BANK: Final = re.compile(r"bank payment from (.+)")
_MOMENTS: Final = ("received_at", "expires_at", "given_at")
_DAYS: Final = (
    "due_date",
    "issued_on",
    "start_before",
    "start_after",
    "told_on",
    "charge_on",
    "withdraw_by",
    "retry_on",
    "last_good",
    "last_due",
)


def email_context(operator: Operator, *, facts: Mapping[str, Any]) -> dict[str, object]:
    """Return everything the templates of this operator's emails name, in the language of the email."""
    locale = spoken_locale(str(facts["locale"]), fallback=operator.locale)
    with speaking(locale):
        return {**_frame(operator, facts=facts, locale=locale), **_facts(facts, locale=locale)}


def _frame(operator: Operator, *, facts: Mapping[str, Any], locale: str) -> dict[str, object]:
    """Return what every email shows: whose it is, in which colours, where it leads."""
    portal = portal_root(operator)
    towards = direction(locale)
    return {
        "operator": operator,
        "zone": operator.time_zone,
        "direction": towards,
        "start": "right" if towards == "rtl" else "left",
        "end": "left" if towards == "rtl" else "right",
        "name": addressed_as(str(facts["customer_name"]), locale=locale),
        "trip": facts["package"] or gettext("your trip"),
        "booking_url": f"{portal}?booking={quote(str(facts['reference']))}",
        "light": {token: on_paper(value) for token, value in operator.brand.items()},
        "dark": {token: on_dark(value) for token, value in operator.brand.items()},
        "family": operator.brand.get("--font", ""),
    }


def _facts(stored: Mapping[str, Any], *, locale: str) -> dict[str, object]:
    """Return the queued facts with their dates and moments as such."""
    facts: dict[str, Any] = {**stored, "locale": locale}
    for name in _MOMENTS:
        if facts.get(name):
            facts[name] = datetime.fromisoformat(str(facts[name]))
    for name in _DAYS:
        if facts.get(name):
            facts[name] = date.fromisoformat(str(facts[name]))
    if "next_due" in facts:
        facts["next_due"] = [(date.fromisoformat(day), minor) for day, minor in facts["next_due"]]
    if "instrument" in facts:
        facts["instrument"] = _instrument(str(facts["instrument"]))
    if "due" in facts:
        facts["due_rows"] = due_rows(facts["due"], currency=facts["currency"], locale=locale)
    if "bank_details" in facts:
        facts["bank_rows"] = bank_rows(facts["bank_details"])
    if "approved" in facts:
        facts["approved_minor"] = sum(minor for _, minor in facts["approved"])
        facts["approved_rows"] = [
            (long_date(date.fromisoformat(day), locale), amount(minor, facts["currency"], locale))
            for day, minor in facts["approved"]
        ]
    if "plan_after" in facts:
        facts.update(_change(facts, locale=locale))
    return facts


def due_rows(due: Iterable[tuple[str, int]], *, currency: str, locale: str) -> list[tuple[str, str]]:
    """Return by when how much is to be paid, as rows of a table."""
    return [
        (
            _row_words("payment", due=long_date(date.fromisoformat(day), locale)),
            amount(minor, currency, locale),
        )
        for day, minor in due
    ]


def bank_rows(details: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return where to pay to, in the operator's order; a name we have no word for is the operator's own."""
    words = {
        "account_holder": gettext("Account holder"),
        "bank": gettext("Bank"),
        "iban": gettext("IBAN"),
        "bic": gettext("BIC"),
        "sort_code": gettext("Sort code"),
        "routing_number": gettext("Routing number"),
        "account_number": gettext("Account number"),
    }
    shown = {**details, "iban": _in_fours(details.get("iban", ""))}
    return [(words.get(name, name), shown[name]) for name in details if details[name]]


def _in_fours(iban: str) -> str:
    """Write an IBAN as it stands on paper, in groups of four."""
    plain = iban.replace(" ", "")
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _instrument(words: str) -> str:
    """Translate what a payment was made with; stored in English, such as "Visa ending 4242"."""
    card = _CARD.fullmatch(words)
    if card:
        return gettext("%(card)s ending %(digits)s") % {"card": card[1], "digits": card[2]}
    bank = _BANK.fullmatch(words)
    if bank:
        return gettext("bank payment from %(bank)s") % {"bank": bank[1]}
    known = {
        "credit card": gettext("credit card"),
        "bank transfer": gettext("bank transfer"),
        "cash": gettext("cash"),
        "other means": gettext("other means"),
        "the account it was paid from": gettext("the account it was paid from"),
    }
    return known.get(words, words)


def _change(facts: Mapping[str, Any], *, locale: str) -> dict[str, object]:
    """Return what a change did, as rows of two tables."""
    currency = facts["currency"]
    payable = [amount(facts[f"payable_{when}_minor"], currency, locale) for when in ("before", "after")]
    starts = [long_date(facts[f"start_{when}"], locale) for when in ("before", "after")]
    told = ((gettext("To pay in total"), *payable), (gettext("Start of the trip"), *starts))
    before, after = (_rows(facts[name]) for name in ("plan_before", "plan_after"))
    return {
        "changed": [row for row in told if row[1] != row[2]],
        "plan_moved": before != after,
        "payments_before": [(day, minor) for kind, minor, day in before if kind == "payment"],
        "plan_after": [
            (_row_words(kind, due=long_date(day, locale)), amount(minor, currency, locale))
            for kind, minor, day in after
        ],
    }


def _rows(stored: Iterable[tuple[str, int, str]]) -> list[tuple[str, int, date]]:
    rows = [(kind, minor, date.fromisoformat(day)) for kind, minor, day in stored]
    return sorted(rows, key=lambda row: (row[2], row[0], row[1]))


def _row_words(kind: str, *, due: str) -> str:
    words = gettext("To pay by %(date)s") if kind == "payment" else gettext("Refund to you by %(date)s")
    return words % {"date": due}
