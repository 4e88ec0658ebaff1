"""Money as whole minor units of one real currency.

No float ever comes near an amount, and no arithmetic crosses currencies: there is no exchange rate here and
no formatting either, which belongs to the faces, since it depends on the reader's locale.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final

from iso4217 import Currency, raw_xml

from fareledger.domain.errors import Refused

# Ten trillion pounds: far above any booking, and the sum of a thousand such rows still fits a 64-bit column.
MAX_MINOR: Final = 10**15


class CurrencyMismatch(Refused):
    """Two amounts of different currencies met."""

    def __init__(self, *, left: str, right: str) -> None:
        super().__init__(code="currency_mismatch", message=f"{left} and {right} cannot be combined.")
        self.left = left
        self.right = right


class UnknownCurrency(Refused):
    """A code that is no currency in use."""

    def __init__(self, currency: object, *, field: str | None = None) -> None:
        message = f"{str(currency)[:12]!r} is not a currency in use (ISO 4217, three capital letters)."
        super().__init__(code="unknown_currency", message=message, field=field)


class AmountOverflow(Refused):
    """An amount beyond what any booking can hold."""

    def __init__(self, *, field: str | None = None) -> None:
        message = f"The amount is larger than {MAX_MINOR} minor units."
        super().__init__(code="amount_overflow", message=message, field=field)


def _currencies_in_use() -> dict[str, int]:
    """Read the exponents of ISO 4217, without metals, test codes and codes of funds."""
    funds = {
        entry.findtext("Ccy")
        for entry in raw_xml.iter("CcyNtry")
        for name in entry.iter("CcyNm")
        if name.get("IsFund") == "true"
    }
    return {
        currency.code: currency.exponent
        for currency in Currency
        if currency.exponent is not None and currency.code not in funds
    }


_EXPONENTS: Final = _currencies_in_use()


def is_currency(code: object) -> bool:
    """Say whether this is the code of a currency in use, written as ISO 4217 writes it."""
    return isinstance(code, str) and code in _EXPONENTS


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency: 0 for JPY, 2 for EUR, 3 for KWD.

    Raises UnknownCurrency.
    """
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def percent_of(amount_minor: int, *, percent: Decimal) -> int:
    """Take a percentage of an amount in minor units, rounded half up (away from zero) to a whole unit."""
    with localcontext() as context:
        # The default 28 digits would round a large amount times a fine percentage before we do.
        context.prec = 60
        share = Decimal(amount_minor) * percent / 100
        return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Negative amounts are allowed; meaning gives them their sign.

    Raises TypeError for anything but an int, UnknownCurrency, AmountOverflow.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError(f"amount_minor is an int of minor units, not {type(self.amount_minor).__name__}")
        if not is_currency(self.currency):
            raise UnknownCurrency(self.currency)
        if abs(self.amount_minor) > MAX_MINOR:
            raise AmountOverflow

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount_minor >= self._same(other)

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money combines only with Money, not {type(other).__name__}")
        if other.currency != self.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.amount_minor
