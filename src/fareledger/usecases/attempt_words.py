"""How an attempt is called in the sentences of the timeline and in receipts: by card, by bank, with a stored card.

Stored sentences are in English, as everything that is sealed; `faces/shared/email_facts.py` translates instruments.
"""

from typing import Final

from fareledger.persistence.models import Attempt

BANK: Final = "bank_transfer"


def payment_words(attempt: Attempt) -> str:
    """Return "Card payment" or "Bank payment", as the subject of a sentence."""
    return "Bank payment" if attempt.method == BANK else "Card payment"


def started_words(attempt: Attempt) -> str:
    """Say that an attempt was started."""
    if attempt.method == BANK:
        return f"Bank payment started at {attempt.bank_name or 'a bank'}"
    return "Payment with the saved card started" if attempt.mandate_id else "Card payment started"


def received_words(attempt: Attempt) -> str:
    """Say by which way money came: "received by card"."""
    if attempt.method != BANK:
        return "received by card"
    return (
        f"received by bank payment from {attempt.bank_name}"
        if attempt.bank_name
        else "received by bank payment"
    )


def instrument_of(attempt: Attempt) -> str:
    """Name what a payment was made with, as its customer recognises it: "Visa ending 4242"."""
    if attempt.method == BANK:
        return f"bank payment from {attempt.bank_name}" if attempt.bank_name else "bank transfer"
    brand = {"amex": "American Express"}.get(attempt.card_brand, attempt.card_brand.capitalize()) or "Card"
    return f"{brand} ending {attempt.card_last4}" if attempt.card_last4 else brand
