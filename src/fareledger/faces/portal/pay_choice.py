"""What somebody pressed on a page that takes payments: how much, with what, and what they had been shown.

It only reads. Whether the amount may be paid is the domain's to say, and whether it was shown `intend_payment`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fareledger.domain.paying import Wanted
from fareledger.faces.shared.typed_amount import read_typed_amount
from fareledger.usecases.payment_form import Means

MAX_KEY: Final = 64
MAX_TYPED: Final = 40
MAX_BANK: Final = 80
_LARGEST_MINOR: Final = 2**63 - 1
_WANTED: Final[Mapping[str, Wanted]] = {"full": "full", "next": "next", "other": "other"}
_MEANS: Final[Mapping[str, Means]] = {"card": "card", "saved_card": "saved_card", "bank": "bank"}


class StaleForm(Exception):
    """A form that says nothing we asked for, such as one of an older version of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayChoice:
    """What was chosen; amounts in minor units. An `amount_minor` of 0 is one that could not be read.

    `typed` is the other amount as it was written. `said_minor` is what the button said, None when it said nothing.
    """

    wanted: Wanted
    method: Means
    amount_minor: int = 0
    typed: str = ""
    transaction_id: UUID | None = None
    balance_minor: int | None = None
    said_minor: int | None = None
    bank: str = ""
    form_key: str = ""


def read_choice(sent: Mapping[str, str], *, currency: str, locale: str) -> PayChoice:
    """Read a sent form; raises StaleForm when a field is missing or is not what the page had put there."""
    wanted = _WANTED.get(sent.get("wanted", "next"))
    method = _MEANS.get(sent.get("method", "card"))
    key, bank, typed = sent.get("form_key", ""), sent.get("bank", ""), sent.get("amount", "").strip()
    if wanted is None or method is None or not 0 < len(key) <= MAX_KEY or len(bank) > MAX_BANK:
        raise StaleForm
    if len(typed) > MAX_TYPED or not (typed + bank).isprintable():
        raise StaleForm
    balance_minor = _minor(sent, name="balance_minor", wanted=wanted == "full")
    shown_minor = _minor(sent, name="shown_minor", wanted=wanted == "next")
    exact_minor = _minor(sent, name="amount_minor", wanted=False)
    amounts: dict[Wanted, int | None] = {"full": balance_minor, "next": shown_minor, "other": exact_minor}
    amount_minor = amounts[wanted]
    if wanted == "other" and exact_minor is None:
        amount_minor = read_typed_amount(typed, currency=currency, locale=locale)
    return PayChoice(
        wanted=wanted,
        method=method,
        amount_minor=amount_minor or 0,
        typed=typed,
        transaction_id=_row(sent) if wanted == "next" else None,
        balance_minor=balance_minor,
        said_minor=_minor(sent, name="said_minor", wanted=False),
        bank=bank,
        form_key=key,
    )


def asked_choice(asked: Mapping[str, str]) -> PayChoice | None:
    """Read what an address asks to have chosen already, such as a retry; None when it asks nothing we know."""
    wanted = _WANTED.get(asked.get("wanted", ""))
    method = _MEANS.get(asked.get("method", "card"))
    try:
        amount_minor = _minor(asked, name="amount", wanted=False)
    except StaleForm:
        amount_minor = None
    if method is None or not (asked.get("wanted") or asked.get("method")):
        return None
    return PayChoice(
        wanted=wanted or "next", method=method, amount_minor=(amount_minor or 0) if wanted else 0
    )


def _minor(sent: Mapping[str, str], *, name: str, wanted: bool) -> int | None:
    text = sent.get(name, "")
    if not text and not wanted:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= _LARGEST_MINOR):
        raise StaleForm
    return int(text)


def _row(sent: Mapping[str, str]) -> UUID:
    try:
        return UUID(sent.get("transaction", ""))
    except ValueError as wrong:
        raise StaleForm from wrong
