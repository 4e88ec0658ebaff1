"""What an instrument that money goes back to is called, so that its owner recognises it; emails translate it."""

from __future__ import annotations

from typing import Final

from fareledger.persistence.models import Attempt

THE_ACCOUNT: Final = "the account it was paid from"
_BRANDS: Final = {"amex": "American Express"}


def instrument_of(payment: Attempt) -> str:
    """Return "Visa ending 4242", the name of a bank, or that it is the account the money came from."""
    if payment.method == "bank_transfer":
        return payment.bank_name or THE_ACCOUNT
    brand = _BRANDS.get(payment.card_brand, payment.card_brand.capitalize())
    if not brand:
        return THE_ACCOUNT
    return f"{brand} ending {payment.card_last4}" if payment.card_last4 else brand
