"""The chart of accounts: what a line of the ledger can be about.

The same accounts exist for every operator, currency and booking; balances are kept per booking and account.
How movements use them is `ledger.py`.
"""

from enum import StrEnum
from typing import Literal

Side = Literal["debit", "credit"]


class Account(StrEnum):
    """One account of the chart."""

    CUSTOMER_RECEIVABLE = "customer_receivable"
    CONTRACT_LIABILITY = "contract_liability"
    ACQUIRER_CLEARING = "acquirer_clearing"
    PROTECTED_BANK = "protected_bank"
    OPERATING_BANK = "operating_bank"
    REFUNDS_PAYABLE = "refunds_payable"
    ACQUIRER_FEES = "acquirer_fees"
    CHARGEBACKS = "chargebacks"
    PROTECTION_TOP_UP = "protection_top_up"
    TOP_UP_PAYABLE = "top_up_payable"
    REVENUE = "revenue"
    SUSPENSE = "suspense"

    @property
    def normal_side(self) -> Side:
        """The side that makes a balance of this account grow."""
        return "credit" if self in _CREDIT_NORMAL else "debit"


_CREDIT_NORMAL = frozenset(
    {Account.CONTRACT_LIABILITY, Account.REFUNDS_PAYABLE, Account.TOP_UP_PAYABLE, Account.REVENUE}
)
