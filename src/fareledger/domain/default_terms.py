"""The terms an operator sells by unless a booking says otherwise.

They are those of a booking but for one thing: a fixed down payment is an amount for each currency, because the same
number of minor units is another sum of money in each. What a booking is paid by is `terms.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from fareledger.domain.errors import FareledgerError
from fareledger.domain.terms import InvalidTerms, Terms

_PER_CURRENCY = "down_payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTerms:
    """What all bookings share, and the fixed down payment of a booking by its currency, in minor units of it.

    A booking in a currency without an amount has no down payment. Raises InvalidTerms.
    """

    shared: Terms
    down_payments: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.shared.down_payment_minor is not None:
            message = "Give the fixed down payment for each currency."
            raise InvalidTerms(field="/down_payment_minor", message=message)
        for currency in self.down_payments:
            try:
                self.of(currency)
            except FareledgerError as error:
                raise InvalidTerms(field=f"/{_PER_CURRENCY}/{currency}", message=error.message) from error

    def of(self, currency: str) -> Terms:
        """Return the terms of a booking in this currency."""
        if currency not in self.down_payments:
            return self.shared
        return replace(self.shared, down_payment_minor=self.down_payments[currency])

    @classmethod
    def from_json(cls, value: Mapping[str, object], *, currencies: Sequence[str]) -> DefaultTerms:
        """Read default terms of an operator who sells in these currencies.

        Terms with one amount for all of them are older: it was typed in the first currency, so it counts for that one
        alone. Raises InvalidTerms.
        """
        rest = dict(value)
        amounts = rest.pop(_PER_CURRENCY, None)
        one = rest.pop("down_payment_minor", None)
        if amounts is None:
            amounts = {} if one is None else {currencies[0]: one}
        if not isinstance(amounts, Mapping):
            raise InvalidTerms(field=f"/{_PER_CURRENCY}", message="Give an amount by currency.")
        return cls(shared=Terms.from_json(rest), down_payments=dict(amounts))

    def to_json(self) -> dict[str, object]:
        """Write the terms in the form `from_json` reads; without fixed amounts they look as those of a booking do."""
        value = self.shared.to_json()
        return {**value, _PER_CURRENCY: dict(self.down_payments)} if self.down_payments else value
