"""The form of the payment settings: what its fields hold, and what was typed into them as settings.

Whole days and percentages are read here; whether terms make sense is for the domain to say, and its answer is led
back to the field it is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.http import QueryDict

from fareledger.domain.default_terms import DefaultTerms
from fareledger.domain.errors import FareledgerError
from fareledger.domain.money import exponent
from fareledger.domain.reminders import Ladder
from fareledger.faces.backoffice.amounts import read_amount, typed_amount
from fareledger.faces.backoffice.entered import entered_number
from fareledger.faces.backoffice.forms import Fault
from fareledger.usecases.payment_settings import BANK_FIELDS, PaymentSettings

SHARES: Final = 6
_LONGEST: Final = 200
_FIELDS: Final = {
    "/down_payment_percent": "down_percent",
    "/balance_due_days": "balance_days",
    "/instalments": "instalments",
    "/schedule": "share-1",
    "/invoice": "invoice",
}


@dataclass(frozen=True, kw_only=True)
class ShareText:
    """One dated percentage as typed; `counted` is before_start or after_booking."""

    percent: str = ""
    days: str = ""
    counted: str = "before_start"

    @property
    def empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.percent and not self.days


@dataclass(frozen=True, kw_only=True)
class SettingsText:
    """The fields as they are drawn: text, chosen words, ticked boxes."""

    down: str
    down_percent: str
    down_fixed: Mapping[str, str]
    balance_days: str
    parts: str
    instalments: str
    shares: tuple[ShareText, ...]
    invoice: bool
    methods: tuple[str, ...]
    bank: Mapping[str, str]
    before: str
    after: str


@dataclass
class Entered:
    """What came of reading the form: settings, or what is wrong with it."""

    settings: PaymentSettings | None = None
    faults: list[Fault] = field(default_factory=list)


def text_of(settings: PaymentSettings, *, currencies: Sequence[str]) -> SettingsText:
    """Write settings as fields hold them; a fixed down payment has a field for each currency."""
    terms, amounts = settings.terms.shared, settings.terms.down_payments
    down = "percent" if terms.down_payment_percent is not None else "fixed" if amounts else "none"
    shares = tuple(
        ShareText(
            percent=_plain(share.percent),
            days=str(
                share.days_after_booking if share.days_before_start is None else share.days_before_start
            ),
            counted="after_booking" if share.days_before_start is None else "before_start",
        )
        for share in terms.schedule
    )
    return SettingsText(
        down=down,
        down_percent=_plain(terms.down_payment_percent) if terms.down_payment_percent else "",
        down_fixed={
            currency: typed_amount(amounts[currency], currency=currency) if currency in amounts else ""
            for currency in currencies
        },
        balance_days=str(terms.balance_due_days),
        parts="equal" if terms.instalments else "dated" if shares else "none",
        instalments=str(terms.instalments or ""),
        shares=(shares + (ShareText(),) * SHARES)[: max(SHARES, len(shares))],
        invoice=terms.invoice,
        methods=tuple(settings.extra_methods),
        bank={name: settings.bank_details.get(name, "") for name in BANK_FIELDS},
        before=", ".join(str(days) for days in settings.reminders.get("before", [])),
        after=", ".join(str(days) for days in settings.reminders.get("after", [])),
    )


def posted_text(posted: QueryDict, *, currencies: Sequence[str]) -> SettingsText:
    """Take the fields as they were sent."""

    def said(name: str) -> str:
        return posted.get(name, "").strip()[:_LONGEST]

    return SettingsText(
        down=said("down"),
        down_percent=said("down_percent"),
        down_fixed={currency: said(f"down_fixed-{currency}") for currency in currencies},
        balance_days=said("balance_days"),
        parts=said("parts"),
        instalments=said("instalments"),
        shares=tuple(
            ShareText(
                percent=said(f"share-{place}"),
                days=said(f"share-{place}-days"),
                counted=said(f"share-{place}-counted") or "before_start",
            )
            for place in range(1, max(SHARES, _shares_sent(posted)) + 1)
        ),
        invoice=bool(said("invoice")),
        methods=tuple(posted.getlist("methods")),
        bank={name: said(f"bank-{name}") for name in BANK_FIELDS},
        before=said("before"),
        after=said("after"),
    )


def read_settings(text: SettingsText) -> Entered:
    """Read the fields as settings, or say what is wrong with each."""
    entered = Entered()
    before, after = (
        _days(getattr(text, side), side=side, faults=entered.faults) for side in ("before", "after")
    )
    terms = _terms(text, faults=entered.faults)
    if terms is not None and not entered.faults:
        entered.settings = PaymentSettings(
            terms=terms,
            extra_methods=text.methods,
            bank_details=text.bank,
            reminders={"before": before, "after": after},
        )
    order = ("down", "balance", "parts", "instal", "share", "before", "after")
    entered.faults.sort(
        key=lambda fault: next((n for n, name in enumerate(order) if fault.field.startswith(name)), 9)
    )
    return entered


def fault_of(refusal: FareledgerError) -> Fault:
    """Lead a refusal of the use case back to its field."""
    pointer = refusal.field or ""
    for start, name in (("/bank_details/", "bank-"), ("/reminders/", "")):
        if pointer.startswith(start):
            return Fault(name + pointer.removeprefix(start), refusal.message)
    return Fault({"/extra_methods": "methods"}.get(pointer, "before"), refusal.message)


def _terms(text: SettingsText, *, faults: list[Fault]) -> DefaultTerms | None:
    problems = len(faults)
    value: dict[str, object] = {"invoice": text.invoice}
    if text.down not in ("none", "percent", "fixed"):
        faults.append(Fault("down", "Say whether a down payment is asked for."))
    elif text.down == "percent":
        value["down_payment_percent"] = text.down_percent.removesuffix("%").strip()
    elif text.down == "fixed":
        value["down_payments"] = _fixed(text.down_fixed, faults=faults)
    value["balance_due_days"] = _number(text.balance_days, name="balance_days", faults=faults)
    places = _parts(text, value=value, faults=faults)
    if len(faults) > problems:
        return None
    try:
        return DefaultTerms.from_json(value, currencies=[*text.down_fixed])
    except FareledgerError as refusal:
        faults.append(Fault(_field(refusal.field or "", places=places), refusal.message))
        return None


def _fixed(typed: Mapping[str, str], *, faults: list[Fault]) -> dict[str, int]:
    """Read the amount of each currency; an empty field asks for none, but not all of them may be empty."""
    amounts = {}
    nothing = not any(typed.values())
    for place, (currency, text) in enumerate(typed.items()):
        amount_minor = read_amount(text, currency=currency) if text else None
        if amount_minor:
            amounts[currency] = amount_minor
        elif text or (nothing and not place):
            example = typed_amount(200 * 10 ** exponent(currency), currency=currency)
            message = f"Enter an amount in {currency} above 0, such as {example}."
            faults.append(Fault(f"down_fixed-{currency}", message))
    return amounts


def _parts(text: SettingsText, *, value: dict[str, object], faults: list[Fault]) -> list[int]:
    """Read what is asked for in between; return in which row each dated percentage was typed."""
    if text.parts not in ("none", "equal", "dated"):
        faults.append(Fault("parts", "Say whether anything is due in between."))
    if text.parts == "equal":
        value["instalments"] = _number(text.instalments, name="instalments", faults=faults)
    if text.parts != "dated":
        return []
    filled = [(place, share) for place, share in enumerate(text.shares, 1) if not share.empty]
    if not filled:
        faults.append(Fault("share-1", "Enter at least one percentage and its days."))
    value["schedule"] = [
        {
            "percent": share.percent.removesuffix("%").strip(),
            "days_after_booking" if share.counted == "after_booking" else "days_before_start": _number(
                share.days, name=f"share-{place}-days", faults=faults
            ),
        }
        for place, share in filled
    ]
    return [place for place, _ in filled]


def _field(pointer: str, *, places: list[int]) -> str:
    parts = pointer.split("/")
    if parts[1:2] == ["down_payments"] and len(parts) > 2:
        return f"down_fixed-{parts[2]}"
    if len(parts) > 2 and parts[1] == "schedule":
        row = places[int(parts[2])]
        return f"share-{row}" if parts[-1] in ("percent", parts[2]) else f"share-{row}-days"
    return _FIELDS.get(pointer, "down")


def _number(text: str, *, name: str, faults: list[Fault]) -> int | None:
    number = entered_number(text)
    if number is None:
        faults.append(Fault(name, "Enter a whole number, such as 30." if text else "Enter a number."))
    return number


def _days(text: str, *, side: str, faults: list[Fault]) -> list[int]:
    words = [word for word in text.replace(",", " ").split() if word]
    days = [entered_number(word) for word in words]
    numbers = [number for number in days if number is not None]
    if len(numbers) < len(days):
        faults.append(Fault(side, "Enter days as whole numbers with commas between them, such as 7, 1."))
        return []
    try:
        Ladder.from_json({side: numbers})
    except FareledgerError as refusal:
        faults.append(Fault(side, refusal.message))
    return numbers


def _shares_sent(posted: QueryDict) -> int:
    return min(sum(name.startswith("share-") and name.count("-") == 1 for name in posted), 36)


def _plain(percent: Decimal) -> str:
    text = format(percent, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
