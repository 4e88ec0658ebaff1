"""What a payment costs the merchant: by type of card a share and a fixed part, rounded half up; a bank's is flat."""

from __future__ import annotations

from sandbox_acquirer.money import exponent

# tier → share in basis points
BASIS_POINTS = {"debit": 80, "credit": 140, "amex": 240}
# tier → fixed part in minor units, by the digits of the currency's minor unit
FIXED = {
    "debit": {0: 15, 2: 15, 3: 50},
    "credit": {0: 25, 2: 25, 3: 80},
    "amex": {0: 25, 2: 25, 3: 80},
}
# what a payment at a bank costs, in minor units by the digits of the currency's minor unit
FLAT = {0: 20, 2: 20, 3: 60}


def bank_fee(currency: str) -> int:
    """Return the fee of a payment made at a bank, in minor units of its currency."""
    return FLAT[exponent(currency)]


def fee(amount_minor: int, *, currency: str, brand: str, funding: str) -> int:
    """Return the fee of a charge in minor units of its currency."""
    tier = "amex" if brand == "amex" else "debit" if funding == "debit" else "credit"
    share = (amount_minor * BASIS_POINTS[tier] + 5_000) // 10_000
    return share + FIXED[tier][exponent(currency)]
