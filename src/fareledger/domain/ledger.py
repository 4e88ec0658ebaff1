"""Journal entries: one pure function per movement of money, each giving a balanced posting.

A posting is what the ledger is asked to store. It does not know its booking, its source or its place in the
hash chain; the posting function of the database adds those, and refuses an unbalanced entry a second time.
Every movement is shown with figures in `docs/concepts/ledger.md`, which runs as a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fareledger.domain.accounts import Account, Side
from fareledger.domain.errors import Refused
from fareledger.domain.money import MAX_MINOR, is_currency
from fareledger.domain.protection import Policy, Release, is_protected

__all__ = [
    "Account",
    "EntryKind",
    "InvalidPosting",
    "Line",
    "Posting",
    "booking_sold",
    "online_refund_paid",
    "online_refund_reversed",
    "payment_received",
    "payment_reversed",
    "payment_settled",
    "protection_released",
    "refund_paid",
    "refund_reversed",
    "refund_settled",
    "revenue_recognised",
    "sale_changed",
]


class EntryKind(StrEnum):
    """What an entry records; with its source it is unique, so one outside fact posts once."""

    BOOKING_SOLD = "booking_sold"
    SALE_CHANGED = "sale_changed"
    PAYMENT_RECEIVED = "payment_received"
    REFUND_PAID = "refund_paid"
    PAYMENT_REVERSED = "payment_reversed"
    REFUND_REVERSED = "refund_reversed"
    PAYMENT_SETTLED = "payment_settled"
    REFUND_SETTLED = "refund_settled"
    PROTECTION_RELEASED = "protection_released"
    REVENUE_RECOGNISED = "revenue_recognised"


class InvalidPosting(Refused):
    """Lines that are no journal entry."""

    def __init__(self, message: str) -> None:
        super().__init__(code="invalid_posting", message=message)


@dataclass(frozen=True, slots=True)
class Line:
    """One debit or credit; the amount is positive, in minor units. Raises InvalidPosting."""

    account: Account
    side: Side
    amount_minor: int

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int or not 0 < self.amount_minor <= MAX_MINOR:
            raise InvalidPosting("A line has a whole amount above 0.")

    @property
    def signed_minor(self) -> int:
        """The amount with its sign: debits positive, credits negative."""
        return self.amount_minor if self.side == "debit" else -self.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A balanced entry of at least two lines in one currency. Raises InvalidPosting."""

    kind: EntryKind
    currency: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise InvalidPosting("An entry is in one currency in use.")
        if len(self.lines) < 2:
            raise InvalidPosting("An entry has at least two lines.")
        if sum(line.signed_minor for line in self.lines):
            raise InvalidPosting("The debits of an entry equal its credits.")

    @property
    def accounts(self) -> list[str]:
        """The account of every line, for the posting function of the database."""
        return [line.account.value for line in self.lines]

    @property
    def signed_minor(self) -> list[int]:
        """The amount of every line in the order of `accounts`, debits positive."""
        return [line.signed_minor for line in self.lines]


def booking_sold(payable_minor: int, *, currency: str) -> Posting | None:
    """Record the sale of a trip: the customer owes the payable amount, we owe the travel."""
    _refuse_negative(payable_minor)
    return _posting(
        EntryKind.BOOKING_SOLD,
        currency=currency,
        movements=[
            (Account.CUSTOMER_RECEIVABLE, payable_minor),
            (Account.CONTRACT_LIABILITY, -payable_minor),
        ],
    )


def sale_changed(delta_minor: int, *, currency: str, travel_completed: bool) -> Posting | None:
    """Record that the payable amount rose (positive delta) or fell, by what it changed.

    Once the travel is completed nothing is owed to the customer any more, so the difference is revenue.
    """
    other = Account.REVENUE if travel_completed else Account.CONTRACT_LIABILITY
    return _posting(
        EntryKind.SALE_CHANGED,
        currency=currency,
        movements=[(Account.CUSTOMER_RECEIVABLE, delta_minor), (other, -delta_minor)],
    )


def payment_received(
    amount_minor: int, *, currency: str, online: bool, policy: Policy, travel_completed: bool
) -> Posting | None:
    """Record money from the customer: with the acquirer when it came online, in a bank otherwise."""
    _refuse_negative(amount_minor)
    bank = _bank(policy, travel_completed=travel_completed)
    return _posting(
        EntryKind.PAYMENT_RECEIVED,
        currency=currency,
        movements=[
            (Account.ACQUIRER_CLEARING if online else bank, amount_minor),
            (Account.CUSTOMER_RECEIVABLE, -amount_minor),
        ],
    )


def refund_paid(
    amount_minor: int, *, currency: str, policy: Policy, travel_completed: bool, still_held_minor: int = 0
) -> Posting | None:
    """Record money that went back to the customer from a bank; the magnitude is positive.

    After the travel it comes from what the release left in the trust bank (`still_held_minor`), then from the
    operator's own account.
    """
    _refuse_negative(amount_minor)
    _refuse_negative(still_held_minor)
    protected = is_protected(policy, travel_completed=travel_completed)
    from_trust_minor = amount_minor if protected else min(amount_minor, still_held_minor)
    return _posting(
        EntryKind.REFUND_PAID,
        currency=currency,
        movements=[
            (Account.CUSTOMER_RECEIVABLE, amount_minor),
            (Account.PROTECTED_BANK, -from_trust_minor),
            (Account.OPERATING_BANK, from_trust_minor - amount_minor),
        ],
    )


def online_refund_paid(
    amount_minor: int, *, currency: str, policy: Policy, travel_completed: bool, still_held_minor: int = 0
) -> Posting | None:
    """Record money that a provider gave back to the customer; it is taken off a later payout.

    Protected money is no longer held from this moment on, so it counts against what comes from the acquirer. Otherwise
    the operator owes it to the acquirer; what the release had left in the trust bank for it (`still_held_minor`) is
    then the operator's.
    """
    _refuse_negative(amount_minor)
    _refuse_negative(still_held_minor)
    protected = is_protected(policy, travel_completed=travel_completed)
    freed_minor = 0 if protected else min(amount_minor, still_held_minor)
    return _posting(
        EntryKind.REFUND_PAID,
        currency=currency,
        movements=[
            (Account.CUSTOMER_RECEIVABLE, amount_minor),
            (Account.ACQUIRER_CLEARING if protected else Account.REFUNDS_PAYABLE, -amount_minor),
            (Account.OPERATING_BANK, freed_minor),
            (Account.PROTECTED_BANK, -freed_minor),
        ],
    )


def online_refund_reversed(original: Posting, *, travel_completed: bool) -> Posting:
    """Take back a refund that a provider said had arrived, and that then failed: its lines, the other way round.

    At the end of travel the release moved what acquirers were still to take to `refunds_payable`, so it is undone
    there. Raises InvalidPosting for an entry that is not of a refund through a provider.
    """
    through = {Account.ACQUIRER_CLEARING, Account.REFUNDS_PAYABLE}
    if original.kind is not EntryKind.REFUND_PAID or not through & {line.account for line in original.lines}:
        raise InvalidPosting("Only a refund through a provider fails after it was paid.")
    moved = {Account.ACQUIRER_CLEARING: Account.REFUNDS_PAYABLE} if travel_completed else {}
    movements = [(moved.get(line.account, line.account), -line.signed_minor) for line in original.lines]
    posting = _posting(EntryKind.REFUND_REVERSED, currency=original.currency, movements=movements)
    if posting is None:
        raise AssertionError("an entry has an amount, so its reversal has one")
    return posting


def payment_reversed(original: Posting, *, from_trust_minor: int | None = None) -> Posting:
    """Take back a payment in a bank that never arrived: its lines, the other way round.

    After the travel the money was released, so only `from_trust_minor` of it comes out of the trust bank, the rest
    out of the operator's own. Raises InvalidPosting for an entry that is not of a payment in a bank.
    """
    return _reversed(original, kind=EntryKind.PAYMENT_REVERSED, trust_minor=from_trust_minor)


def refund_reversed(original: Posting, *, to_trust_minor: int | None = None) -> Posting:
    """Take back a refund from a bank that was never paid: its lines, the other way round.

    After the travel only `to_trust_minor` of it goes on to be protected, because it is owed to the customer again;
    the rest is the operator's. Raises InvalidPosting for an entry that is not of a refund from a bank.
    """
    return _reversed(original, kind=EntryKind.REFUND_REVERSED, trust_minor=to_trust_minor)


def payment_settled(
    gross_minor: int, *, fee_minor: int, currency: str, policy: Policy, travel_completed: bool
) -> Posting | None:
    """Record that the acquirer paid a payment out: gross less its fee.

    The fee never lowers what is held on trust: the operator owes the trust as much, as a top-up. A fee may be
    larger than a tiny payment; the net is then taken from the bank.
    """
    _refuse_negative(gross_minor)
    _refuse_negative(fee_minor)
    protected = is_protected(policy, travel_completed=travel_completed)
    top_up_minor = fee_minor if protected else 0
    return _posting(
        EntryKind.PAYMENT_SETTLED,
        currency=currency,
        movements=[
            (_bank(policy, travel_completed=travel_completed), gross_minor - fee_minor),
            (Account.ACQUIRER_FEES, fee_minor),
            (Account.ACQUIRER_CLEARING, -gross_minor),
            (Account.PROTECTION_TOP_UP, top_up_minor),
            (Account.TOP_UP_PAYABLE, -top_up_minor),
        ],
    )


def refund_settled(
    gross_minor: int, *, fee_minor: int, currency: str, policy: Policy, travel_completed: bool
) -> Posting | None:
    """Record that the acquirer took a refund off a payout: its magnitude, and a fee where it charges one.

    It comes out of where the payout went; what is held does not change, because the refund itself had lowered it.
    """
    _refuse_negative(gross_minor)
    _refuse_negative(fee_minor)
    protected = is_protected(policy, travel_completed=travel_completed)
    top_up_minor = fee_minor if protected else 0
    return _posting(
        EntryKind.REFUND_SETTLED,
        currency=currency,
        movements=[
            (Account.ACQUIRER_CLEARING if protected else Account.REFUNDS_PAYABLE, gross_minor),
            (Account.ACQUIRER_FEES, fee_minor),
            (_bank(policy, travel_completed=travel_completed), -gross_minor - fee_minor),
            (Account.PROTECTION_TOP_UP, top_up_minor),
            (Account.TOP_UP_PAYABLE, -top_up_minor),
        ],
    )


def protection_released(release: Release, *, currency: str) -> Posting | None:
    """Record the release of a booking's protected money to the operator, and of the top-up it still owed.

    What the acquirer is still to take for refunds was given back already; from here on the operator owes it.
    """
    return _posting(
        EntryKind.PROTECTION_RELEASED,
        currency=currency,
        movements=[
            (Account.OPERATING_BANK, release.protected_bank_minor),
            (Account.PROTECTED_BANK, -release.protected_bank_minor),
            (Account.TOP_UP_PAYABLE, release.top_up_minor),
            (Account.PROTECTION_TOP_UP, -release.top_up_minor),
            (Account.ACQUIRER_CLEARING, release.refunds_minor),
            (Account.REFUNDS_PAYABLE, -release.refunds_minor),
        ],
    )


def revenue_recognised(contract_liability_minor: int, *, currency: str) -> Posting | None:
    """Record that the travel is done: what was owed as travel, a positive magnitude, is now earned."""
    _refuse_negative(contract_liability_minor)
    return _posting(
        EntryKind.REVENUE_RECOGNISED,
        currency=currency,
        movements=[
            (Account.CONTRACT_LIABILITY, contract_liability_minor),
            (Account.REVENUE, -contract_liability_minor),
        ],
    )


_REVERSES = {
    EntryKind.PAYMENT_REVERSED: EntryKind.PAYMENT_RECEIVED,
    EntryKind.REFUND_REVERSED: EntryKind.REFUND_PAID,
}
_IN_A_BANK = frozenset({Account.CUSTOMER_RECEIVABLE, Account.PROTECTED_BANK, Account.OPERATING_BANK})


def _reversed(original: Posting, *, kind: EntryKind, trust_minor: int | None) -> Posting:
    """Mirror an entry; `trust_minor` of its amount is the trust bank's, None: as much as it was in the original."""
    signed = {line.account: -line.signed_minor for line in original.lines}
    if original.kind is not _REVERSES[kind] or not signed.keys() <= _IN_A_BANK:
        raise InvalidPosting("Only money in a bank is reversed; a provider sends money back as a refund.")
    receivable_minor = signed[Account.CUSTOMER_RECEIVABLE]
    if trust_minor is None:
        trust_minor = abs(signed.get(Account.PROTECTED_BANK, 0))
    if not 0 <= trust_minor <= abs(receivable_minor):
        raise InvalidPosting("The trust bank has a part of the amount.")
    trust_signed_minor = -trust_minor if receivable_minor > 0 else trust_minor
    posting = _posting(
        kind,
        currency=original.currency,
        movements=[
            (Account.CUSTOMER_RECEIVABLE, receivable_minor),
            (Account.PROTECTED_BANK, trust_signed_minor),
            (Account.OPERATING_BANK, -receivable_minor - trust_signed_minor),
        ],
    )
    if posting is None:
        raise AssertionError("an entry has an amount, so its reversal has one")
    return posting


def _bank(policy: Policy, *, travel_completed: bool) -> Account:
    protected = is_protected(policy, travel_completed=travel_completed)
    return Account.PROTECTED_BANK if protected else Account.OPERATING_BANK


def _refuse_negative(amount_minor: int) -> None:
    if amount_minor < 0:
        raise InvalidPosting("The amount of this movement is not negative.")


def _posting(kind: EntryKind, *, currency: str, movements: Iterable[tuple[Account, int]]) -> Posting | None:
    """Build the entry of signed amounts, debits positive. An amount of 0 makes no line; no line, no entry."""
    lines = tuple(
        Line(account, "debit" if signed_minor > 0 else "credit", abs(signed_minor))
        for account, signed_minor in movements
        if signed_minor
    )
    return Posting(kind=kind, currency=currency, lines=lines) if lines else None
