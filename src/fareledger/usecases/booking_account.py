"""What the customer of a booking was charged, paid and got back: the journal, as the customer's account.

A line is an entry that changes what the customer owes, so a line never changes once it is there, and the last balance
is the ledger's. Rows of the plan and attempts only say what the entry was about. Nothing is read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from fareledger.domain.accounts import Account
from fareledger.domain.receipts import correction_name, receipt_name
from fareledger.usecases.booking_views import Billing, BookingAttempt, EntryView, RowView

LineKind = Literal["sale", "sale_change", "payment", "refund", "payment_correction", "refund_correction"]
_KINDS: Final[dict[str, LineKind]] = {
    "booking_sold": "sale",
    "sale_changed": "sale_change",
    "payment_received": "payment",
    "refund_paid": "refund",
    "payment_reversed": "payment_correction",
    "refund_reversed": "refund_correction",
}
SALES: Final = ("sale", "sale_change")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """One entry as the customer sees it, in minor units of the booking's currency.

    `change_minor` is what it added to what the customer owes, `balance_minor` what was owed after it (negative: we owe
    the customer), `payable_minor` the price to pay as it then was. `on` is the day of the money where that is known.
    `rows` are those the money closed; `receipt` is empty where there is none, as for the sale.
    """

    seq: int
    kind: LineKind
    change_minor: int
    balance_minor: int
    payable_minor: int
    on: date
    recorded_at: datetime
    channel: str
    rows: tuple[RowView, ...]
    attempt: BookingAttempt | None
    receipt: str
    corrects: str

    @property
    def is_sale(self) -> bool:
        """Say whether it changed the price and moved no money."""
        return self.kind in SALES


def account_of(billing: Billing) -> tuple[AccountLine, ...]:
    """Return the customer's account of a booking, in the order in which it was recorded."""
    lines: list[AccountLine] = []
    by_entry: dict[str, AccountLine] = {}
    balance_minor = payable_minor = 0
    for entry in sorted(billing.entries, key=lambda one: one.seq):
        change_minor = _change(entry)
        kind = _KINDS.get(entry.kind)
        if not change_minor or kind is None:
            continue
        balance_minor += change_minor
        payable_minor += change_minor if kind in SALES else 0
        corrected = by_entry.get(entry.source_id) if entry.source == "reversal" else None
        attempt = _attempt_of(entry, billing=billing)
        moved_by = attempt if kind == "payment" else None
        rows = _rows_of(entry, billing=billing, attempt=moved_by, corrected=corrected)
        line = AccountLine(
            seq=entry.seq,
            kind=kind,
            change_minor=change_minor,
            balance_minor=balance_minor,
            payable_minor=payable_minor,
            on=next((row.value_date for row in rows if row.value_date), entry.posted_on),
            recorded_at=entry.recorded_at,
            channel=entry.channel,
            rows=rows,
            attempt=attempt or (corrected.attempt if corrected else None),
            receipt=_receipt(rows, billing=billing, corrected=corrected),
            corrects=corrected.receipt if corrected else "",
        )
        by_entry[str(entry.id)] = line
        lines.append(line)
    return tuple(lines)


def _attempt_of(entry: EntryView, *, billing: Billing) -> BookingAttempt | None:
    """Find the attempt that moved the money; a refund goes back to it, which is told where there is but one."""
    if entry.kind == "refund_paid":
        paid = [one for one in billing.attempts if (one.provider, one.state) == (entry.provider, "succeeded")]
        means = {(one.card_brand, one.card_last4) for one in paid}
        return paid[0] if len(means) == 1 else None
    return next((one for one in billing.attempts if str(one.id) == entry.source_id), None)


def _change(entry: EntryView) -> int:
    owed = (line for line in entry.lines if line.account == Account.CUSTOMER_RECEIVABLE.value)
    return sum(line.amount_minor if line.side == "debit" else -line.amount_minor for line in owed)


def _rows_of(
    entry: EntryView, *, billing: Billing, attempt: BookingAttempt | None, corrected: AccountLine | None
) -> tuple[RowView, ...]:
    """Find the closed rows an entry is about, by what its source is called."""
    if corrected is not None:
        taken_back = {row.id for row in corrected.rows}
        return tuple(row for row in billing.closed_rows if row.reverses in taken_back)
    return tuple(
        row
        for row in billing.closed_rows
        if not row.is_reversal
        and (
            entry.source_id in _names(row, booking_id=str(billing.booking.id))
            or (attempt is not None and _moved_by(row, attempt=attempt))
        )
    )


def _names(row: RowView, *, booking_id: str) -> Sequence[str]:
    if not row.external_reference:
        return (str(row.id),)
    outside = f"{row.provider}:{row.external_reference}"
    return (str(row.id), outside, f"{booking_id}:{outside}")


def _moved_by(row: RowView, *, attempt: BookingAttempt) -> bool:
    reference = attempt.provider_reference
    return bool(reference) and (row.provider, row.external_reference) == (attempt.provider, reference)


def _receipt(rows: Sequence[RowView], *, billing: Billing, corrected: AccountLine | None) -> str:
    if corrected is not None:
        return correction_name(corrected.receipt) if corrected.receipt else ""
    numbers = [row.receipt_number for row in rows if row.receipt_number]
    return receipt_name(billing.booking.reference, number=min(numbers)) if numbers else ""
