"""The words staff read for what the system calls by a code; an unknown code is shown as it is, with spaces.

Sentences stand in the templates; nothing here looks at amounts.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fareledger.domain.default_terms import DefaultTerms
from fareledger.domain.plan import Share, Terms
from fareledger.faces.shared.formatting import coded_amount

_WORDS: Mapping[str, Mapping[str, str]] = {
    "method": {
        "credit_card": "Credit Card",
        "bank_transfer": "Bank Transfer",
        "cash": "Cash",
        "other": "Other",
        "undecided": "Not chosen yet",
    },
    "refund_order": {
        "waiting": "Waits for a second person",
        "running": "On its way back",
        "done": "Refunded",
        "failed": "Refund failed",
        "refused": "Refused",
    },
    "refund_part": {
        "intended": "Being sent",
        "processing": "On its way",
        "unknown": "Outcome unknown",
        "succeeded": "Arrived",
        "failed": "Failed",
    },
    "source": {"plan": "Terms", "booking_change": "Booking change", "manual": "Staff"},
    "channel": {"back_office": "Back office", "api": "Booking API"},
    "account": {"protection_top_up": "Protection top-up", "top_up_payable": "Top-up payable"},
    "entry": {},
    "state": {
        "intended": "Being started",
        "awaiting_customer": "With the customer",
        "processing": "Being confirmed",
        "unknown": "Outcome unknown, being asked about",
        "succeeded": "Received",
    },
    "reason": {
        "not_a_payment": "Not a payment; refunds and chargebacks are booked by hand",
        "no_payment": "No closed payment has this provider reference",
        "several_payments": "Several payments have this provider reference",
        "already_settled": "This payment was settled by an earlier line",
        "currency_differs": "The currency differs from the payment’s",
        "amount_differs": "The amount differs from the payment’s",
        "": "Waiting to be matched",
    },
    "email": {
        "portal_link": "Pay link",
        "portal_code": "Code for the portal",
        "receipt": "Receipt",
        "refund_confirmation": "Refund confirmation",
        "refund_on_its_way": "Refund on its way",
        "refund_failed": "Refund that did not get through",
        "booking_change": "Booking change",
        "approval_given": "Copy of an approval",
        "approval_withdrawn": "Approval withdrawn",
        "approval_ended": "Approval ended",
        "collection_notice": "Notice of a charge",
        "charge_needs_you": "Approve a charge at the bank",
        "charge_failed": "Charge that failed",
        "card_expiring": "Card that expires",
        "cancellation": "Cancellation",
        "reminder_before": "Reminder before the due date",
        "reminder_after": "Reminder after the due date",
        "invoice": "Invoice",
        "staff_message": "Message from the customer",
    },
    "event": {"end_of_travel": "End of travel"},
    "booking": {"unpaid": "Unpaid", "partially_paid": "Partially paid", "paid": "Paid"},
}


def say(subject: str, code: str, /) -> str:
    """Return the word for a code, e.g. `say("method", "credit_card")`."""
    known = _WORDS[subject].get(code)
    return known if known is not None else code.replace("_", " ").capitalize()


def terms_in_words(terms: Terms, *, currency: str) -> str:
    """Return "25 % at booking, balance 30 days before the start", with the parts in between, and the way of paying."""
    parts = [*_first_words(terms, currency=currency), *map(_share_words, terms.schedule)]
    before = _before_start(terms.balance_due_days)
    if terms.instalments is not None:
        rest = "the rest" if parts else "everything"
        parts.append(f"{rest} in {terms.instalments} equal parts, the last {before}")
    elif not terms.takes_the_whole:
        parts.append(f"balance {before}" if parts else f"everything {before}")
    if terms.invoice:
        parts.append("on invoice")
    return ", ".join(parts)


def default_terms_in_words(terms: DefaultTerms, *, currencies: Sequence[str]) -> str:
    """Say the terms an operator sells by: in one breath, or by currency where a fixed amount makes them differ."""
    said = {currency: terms_in_words(terms.of(currency), currency=currency) for currency in currencies}
    if len(set(said.values())) == 1:
        return said[currencies[0]]
    return "; ".join(f"in {currency}, {words}" for currency, words in said.items())


def _first_words(terms: Terms, *, currency: str) -> list[str]:
    if terms.down_payment_percent is not None:
        return [f"{_plain(terms.down_payment_percent)} % at booking"]
    if terms.down_payment_minor is not None:
        return [f"{coded_amount(terms.down_payment_minor, currency)} at booking"]
    return []


def _share_words(share: Share) -> str:
    if share.days_before_start is not None:
        day = _before_start(share.days_before_start)
    else:
        days = share.days_after_booking or 0
        day = {0: "at booking", 1: "1 day after booking"}.get(days, f"{days} days after booking")
    return f"{_plain(share.percent)} % {day}"


def _before_start(days: int) -> str:
    words = {0: "on the first day of travel", 1: "1 day before the start"}
    return words.get(days, f"{days} days before the start")


def _plain(percent: Decimal) -> str:
    text = format(percent, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
