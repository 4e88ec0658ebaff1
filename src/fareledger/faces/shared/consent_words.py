"""The words of a customer's consent to scheduled payments: written once, shown and kept as they are.

What the page shows is `ConsentWords`; what is kept as evidence is its `text`, so both are the same words. Whoever
changes a sentence here gives `VERSION` a new name. Each language is a translation of this version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from fareledger.faces.shared.formatting import amount, isolated, listed, long_date
from fareledger.faces.shared.translation import gettext, ngettext, speaking
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.find_operator import Operator

VERSION: Final = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWords:
    """What a customer agrees to, in one language: what holds for every payment, and the sentence that is ticked."""

    promises: tuple[str, ...]
    agreement: str
    locale: str

    @property
    def text(self) -> str:
        """Everything that was shown, a sentence a line; this is kept and hashed."""
        return "\n".join((*self.promises, self.agreement))


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the words are about: each payment as its day and minor units, and the card (None: entered next)."""

    payments: tuple[tuple[date, int], ...]
    currency: str
    card: tuple[str, str] | None


def consent_words(operator: Operator, *, agreed: Agreed, locale: str) -> ConsentWords:
    """Write the consent to these payments in a language, as it is shown and kept."""
    with speaking(locale):
        return ConsentWords(
            promises=tuple(_promises(operator)),
            agreement=_agreement(operator, agreed=agreed, locale=locale),
            locale=locale,
        )


def card_in_words(brand: str, *, last4: str) -> str:
    """Return "Visa ending 4242" in the language that is spoken."""
    return gettext("%(card)s ending %(digits)s") % {"card": card_name(brand, last4=""), "digits": last4}


def _promises(operator: Operator) -> Iterable[str]:
    yield gettext("No payment will be larger than shown here or taken earlier, unless you agree again.")
    days = int(operator.collecting.get("notice_days", 3))
    notice = ngettext(
        "We email you %(count)s day before each one. If your trip gets cheaper, we take less.",
        "We email you %(count)s days before each one. If your trip gets cheaper, we take less.",
        days,
    )
    yield notice % {"count": days}
    yield gettext("You can withdraw here with two clicks until the day before. What you owe stays due.")


def _agreement(operator: Operator, *, agreed: Agreed, locale: str) -> str:
    payments = [
        gettext("%(amount)s on %(date)s")
        % {
            "amount": isolated(amount(minor, agreed.currency, locale), locale),
            "date": long_date(day, locale),
        }
        for day, minor in agreed.payments
    ]
    named = {"payee": operator.legal_name, "payments": listed(payments, locale)}
    if agreed.card is None:
        return gettext("I agree that %(payee)s takes %(payments)s from the card that I enter next.") % named
    brand, last4 = agreed.card
    card = card_in_words(brand, last4=last4)
    return gettext("I agree that %(payee)s takes %(payments)s from my %(card)s.") % {**named, "card": card}
