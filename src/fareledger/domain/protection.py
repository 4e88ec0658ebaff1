"""Customer money held on trust for a booking until the travel is done.

Says how much is held and when it may be released. It moves nothing: the entries are made in `ledger.py`.
UK Package Travel Regulations 2018, reg. 23: the money stays with the trustee until the package is performed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fareledger.domain.accounts import Account

Policy = Literal["none", "full"]

# Balances of one booking by account, in minor units, debits positive.
Balances = Mapping[Account, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What the end of travel frees, in minor units: money in the trust bank and the top-up owed to it.

    `refunds_minor` went back to the customer online and is still to be taken off a payout: it is not freed, but owed.
    """

    protected_bank_minor: int
    top_up_minor: int
    refunds_minor: int = 0

    @property
    def total_minor(self) -> int:
        """The sum that the signed statement of a release names."""
        return self.protected_bank_minor + self.top_up_minor - self.refunds_minor


def is_protected(policy: Policy, *, travel_completed: bool) -> bool:
    """Say whether money of a booking belongs in the trust bank now."""
    return policy == "full" and not travel_completed


def held(balances: Balances, *, policy: Policy) -> int:
    """Compute what is held for one booking in minor units; never below 0 in a sound ledger.

    Money on its way from the acquirer counts as held under the policy `full`, since it can only arrive there.
    """
    if policy == "none":
        return 0
    accounts = (Account.PROTECTED_BANK, Account.PROTECTION_TOP_UP, Account.ACQUIRER_CLEARING)
    return sum(balances.get(account, 0) for account in accounts)


def releasable_on(end_date: date) -> date:
    """Give the first operator-local day on which the money of a trip may be released: that after its last day."""
    return end_date + timedelta(days=1)


def release_due(end_date: date, *, today: date) -> bool:
    """Say whether the money of a trip may be released."""
    return today >= releasable_on(end_date)


def released_amounts(balances: Balances, *, refunds_minor: int = 0) -> Release:
    """Give what a release moves now; what is owed back to the customer stays held until it is paid.

    Money still with the acquirer is not among it: it arrives released. Of what stays, the bank comes first, so
    that the refund can be paid from it. `refunds_minor` is what the acquirer is still to take for online refunds.
    """
    bank_minor = balances.get(Account.PROTECTED_BANK, 0)
    top_up_minor = balances.get(Account.PROTECTION_TOP_UP, 0)
    owed_minor = owed(balances)
    if not owed_minor:
        return Release(
            protected_bank_minor=bank_minor, top_up_minor=top_up_minor, refunds_minor=refunds_minor
        )
    free_minor = max(0, bank_minor + top_up_minor - owed_minor)
    freed_top_up_minor = min(top_up_minor, free_minor)
    return Release(
        protected_bank_minor=free_minor - freed_top_up_minor,
        top_up_minor=freed_top_up_minor,
        refunds_minor=refunds_minor,
    )


def owed(balances: Balances, *, change_minor: int = 0) -> int:
    """Compute what is owed back to the customer, in minor units, once the receivable has changed by this much."""
    return max(0, -balances.get(Account.CUSTOMER_RECEIVABLE, 0) - change_minor)


def given_by_trust(balances: Balances, *, amount_minor: int) -> int:
    """Compute what the trust bank gives when a payment is reversed after the travel, in minor units.

    It gives what it would hold beyond what is owed to the customer then; the rest was released long ago.
    """
    beyond_minor = still_held(balances) - owed(balances, change_minor=amount_minor)
    return min(amount_minor, max(0, beyond_minor))


def kept_by_trust(balances: Balances, *, amount_minor: int) -> int:
    """Compute what the trust bank keeps when a refund out of it is reversed after the travel, in minor units.

    It keeps what is owed to the customer again, because that is protected until it is paid back.
    """
    lacking_minor = owed(balances, change_minor=-amount_minor) - still_held(balances)
    return min(amount_minor, max(0, lacking_minor))


def still_held(balances: Balances) -> int:
    """Compute what stayed in the trust bank after the release, in minor units: a later refund takes it first."""
    return max(0, balances.get(Account.PROTECTED_BANK, 0))
