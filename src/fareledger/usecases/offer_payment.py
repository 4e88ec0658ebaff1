"""What the portal can offer somebody who is about to pay: how much, and from which banks. It starts nothing.

A list of banks is asked at the provider and remembered for a few minutes, because every pay page needs it and banks
come and go by the month.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from babel.numbers import get_territory_currencies

from fareledger.domain.figures import PlanRow
from fareledger.domain.paying import Choices, choices_of
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Bank, ProviderFailure
from fareledger.usecases.portal_settings import portal_settings
from fareledger.usecases.provider_accounts import NoProviderAccount, open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.show_booking import Billing

__all__ = ["Bank", "BanksOffered", "Choices", "banks_for", "may_have_banks", "offered_choices", "other_from"]

log = logging.getLogger(__name__)

REMEMBERED_S: Final = 600.0
_KNOWN: Final[dict[tuple[UUID, str], tuple[float, tuple[Bank, ...]]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class BanksOffered:
    """The banks that can pay a booking, popular ones first, or `why` there are none.

    `other_currency`: banks of the operator's country pay in their own currency only. `no_banks`: the provider reaches
    none there. `unavailable`: it does not answer now.
    """

    banks: tuple[Bank, ...] = ()
    why: Literal["", "other_currency", "no_banks", "unavailable"] = ""
    currency: str = ""

    @property
    def popular(self) -> tuple[Bank, ...]:
        """The banks that most customers have."""
        return tuple(bank for bank in self.banks if bank.popular)

    @property
    def others(self) -> tuple[Bank, ...]:
        """All the others."""
        return tuple(bank for bank in self.banks if not bank.popular)

    def named(self, bank_id: str) -> Bank | None:
        """Return a bank of the list by its id, or None."""
        return next((bank for bank in self.banks if bank.id == bank_id), None)


def offered_choices(operator: Operator, *, billing: Billing, row_id: UUID | None = None) -> Choices:
    """Give what may be paid now of a booking that was read; the next payment is the one that is named, if any."""
    return choices_of(
        _plan(billing),
        outstanding_minor=billing.figures.outstanding_minor,
        other_from_minor=other_from(operator, currency=billing.booking.currency),
        row_id=row_id,
    )


def other_from(operator: Operator, *, currency: str) -> int | None:
    """Give the least other amount of a currency in minor units; None when the operator takes no other amounts."""
    settings = portal_settings(operator)
    return settings.minimum.get(currency, 1) if settings.other_amount else None


def banks_for(operator: Operator, *, currency: str) -> BanksOffered:
    """Return the banks that can pay in a currency; asks the provider unless it was asked a moment ago."""
    if not _fits(operator, currency=currency):
        return BanksOffered(why="other_currency", currency=_currency_of(operator))
    known = _remembered(operator)
    if known is None:
        try:
            gateway = open_gateway(operator)
            with calling_provider():
                known = tuple(gateway.banks(operator.country))
        except (ProviderFailure, NoProviderAccount) as trouble:
            log.warning("operator %s: the banks cannot be listed: %s", operator.id, trouble)
            return BanksOffered(why="unavailable")
        _KNOWN[operator.id, operator.country] = (time.monotonic(), known)
    return BanksOffered(banks=known, why="" if known else "no_banks")


def may_have_banks(operator: Operator, *, currency: str) -> bool:
    """Say whether paying by bank is worth a link, without asking anybody."""
    return _fits(operator, currency=currency) and _remembered(operator) != ()


def _fits(operator: Operator, *, currency: str) -> bool:
    return currency == _currency_of(operator)


def _currency_of(operator: Operator) -> str:
    """Return the currency that banks of the operator's country pay in; "" for a country that has none."""
    return next(iter(get_territory_currencies(operator.country)), "")


def _remembered(operator: Operator) -> tuple[Bank, ...] | None:
    asked_at, banks = _KNOWN.get((operator.id, operator.country), (0.0, ()))
    return banks if asked_at and time.monotonic() - asked_at < REMEMBERED_S else None


def _plan(billing: Billing) -> Iterable[PlanRow]:
    for row in billing.open_rows:
        yield PlanRow(
            id=row.id, kind=row.kind, status=row.status, amount_minor=row.amount_minor, due_date=row.due_date
        )
