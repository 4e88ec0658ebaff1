"""The test cards, what each of them does, and the checks a typed card must pass.

Numbers follow the test cards of Stripe's documentation where one exists. Nothing here stores anything: what
leaves this module is a `Card` without its number and the name of a behaviour.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Decline:
    """Why a card was refused, for the API and for the customer; `field` is where the form shows it."""

    code: str
    decline_code: str
    message: str
    field: str = "number"

    def public(self) -> dict[str, object]:
        """Return `last_failure` of the payment object."""
        return {"code": self.code, "decline_code": self.decline_code, "message": self.message}


@dataclass(frozen=True)
class Behaviour:
    """What a card does when it is charged, kept by name so that no number has to be.

    `off_session_declines` is how often a saved card is declined before it works; None is every time.
    """

    decline: Decline | None = None
    off_session_decline: Decline | None = None
    off_session_declines: int | None = None
    challenge: bool = False
    challenge_once_saved: bool = False
    processing: bool = False
    refund: str = "succeeded"


@dataclass(frozen=True)
class Card:
    """All that is ever kept of a card."""

    brand: str
    funding: str
    last4: str
    exp_month: int
    exp_year: int
    country: str

    def public(self) -> dict[str, object]:
        """Return `card` of the payment object."""
        return {
            "brand": self.brand,
            "funding": self.funding,
            "last4": self.last4,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "country": self.country,
        }


@dataclass(frozen=True)
class PresentedCard:
    """A card that passed the form's checks."""

    card: Card
    behaviour: str
    fingerprint: str


AUTHENTICATION_FAILED = Decline(
    "authentication_failed",
    "authentication_failed",
    "The payment was not approved. Try again or use another card.",
)
AUTHENTICATION_REQUIRED = Decline(
    "authentication_required", "authentication_required", "The card needs its owner to approve this payment."
)
CARD_EXPIRED = Decline("expired_card", "expired_card", "This card has expired.", field="expiry")


def _declined(decline_code: str, *, message: str) -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC_DECLINE = _declined(
    "generic_decline", message="The card was declined. Use another card or ask your bank."
)
# A customer is not told that a card was reported lost: whoever holds it may not be its owner.
LOST_CARD = _declined("lost_card", message=GENERIC_DECLINE.message)
INSUFFICIENT_FUNDS = _declined(
    "insufficient_funds", message="The card does not have enough money on it. Use another card."
)

BEHAVIOURS: dict[str, Behaviour] = {
    "approve": Behaviour(),
    "generic_decline": Behaviour(decline=GENERIC_DECLINE),
    "insufficient_funds": Behaviour(decline=INSUFFICIENT_FUNDS),
    "lost_card": Behaviour(decline=LOST_CARD),
    "expired_card": Behaviour(decline=CARD_EXPIRED),
    "incorrect_cvc": Behaviour(
        decline=Decline("incorrect_cvc", "incorrect_cvc", "The security code is not right.", field="cvc")
    ),
    "processing_error": Behaviour(
        decline=Decline(
            "processing_error", "processing_error", "The bank could not be reached. Try again shortly."
        )
    ),
    "challenge_until_saved": Behaviour(challenge=True),
    "challenge_always": Behaviour(
        challenge=True, challenge_once_saved=True, off_session_decline=AUTHENTICATION_REQUIRED
    ),
    "off_session_decline": Behaviour(off_session_decline=GENERIC_DECLINE),
    "off_session_funds_twice": Behaviour(off_session_decline=INSUFFICIENT_FUNDS, off_session_declines=2),
    "off_session_funds": Behaviour(off_session_decline=INSUFFICIENT_FUNDS),
    "off_session_lost": Behaviour(off_session_decline=LOST_CARD),
    "processing": Behaviour(processing=True),
    "refund_fails": Behaviour(refund="failed"),
    "refund_waits": Behaviour(refund="pending"),
    # Not a card: what a payment at a bank keeps, whose refunds are transfers and take their time.
    "bank": Behaviour(refund="pending"),
}


@dataclass(frozen=True)
class TestCard:
    """One line of the table below."""

    number: str
    brand: str
    funding: str
    behaviour: str
    says: str


TEST_CARDS: tuple[TestCard, ...] = (
    TestCard("4242424242424242", "visa", "credit", "approve", "approved"),
    TestCard("4000056655665556", "visa", "debit", "approve", "approved"),
    TestCard("5555555555554444", "mastercard", "credit", "approve", "approved"),
    TestCard("378282246310005", "amex", "credit", "approve", "approved, four-digit code"),
    TestCard(
        "4000002500003155", "visa", "credit", "challenge_until_saved", "3-D Secure, not again once saved"
    ),
    TestCard("4000002760003184", "visa", "credit", "challenge_always", "3-D Secure every time"),
    TestCard("4000000000000002", "visa", "credit", "generic_decline", "declined"),
    TestCard("4000000000009995", "visa", "credit", "insufficient_funds", "declined: insufficient funds"),
    TestCard("4000000000009987", "visa", "credit", "lost_card", "declined: lost card"),
    TestCard("4000000000000069", "visa", "credit", "expired_card", "declined: expired card"),
    TestCard("4000000000000127", "visa", "credit", "incorrect_cvc", "declined: wrong security code"),
    TestCard("4000000000000119", "visa", "credit", "processing_error", "declined: processing error"),
    TestCard("4000000000000341", "visa", "credit", "off_session_decline", "saved, then declined off session"),
    TestCard(
        "4000000000000358",
        "visa",
        "credit",
        "off_session_funds_twice",
        "saved, then short of funds twice, then approved",
    ),
    TestCard(
        "4000000000000366", "visa", "debit", "off_session_funds", "saved, then short of funds off session"
    ),
    TestCard("4000000000000374", "visa", "credit", "off_session_lost", "saved, then lost card off session"),
    TestCard("4000000000009235", "visa", "credit", "processing", "processing for 30 seconds"),
    TestCard(
        "4000000000005126", "visa", "credit", "refund_fails", "approved, its refunds fail after 30 seconds"
    ),
    TestCard("4000000000007726", "visa", "credit", "refund_waits", "approved, its refunds take 30 seconds"),
)
BY_NUMBER = {card.number: card for card in TEST_CARDS}
COUNTRY = "GB"


def check_card(
    form: dict[str, str], *, now: datetime, fingerprint_key: str
) -> PresentedCard | dict[str, str]:
    """Check the fields `number`, `expiry` and `cvc`; return the card, or a message for each field that is
    wrong.
    """
    number = "".join(letter for letter in form.get("number", "") if letter not in " -")
    test_card = BY_NUMBER.get(number)
    expiry = parse_expiry(form.get("expiry", ""))
    problems = {}
    if problem := _number_problem(number):
        problems["number"] = problem
    if expiry is None:
        problems["expiry"] = "Enter the expiry date as month and year, for example 08/29."
    elif has_expired(expiry, now=now):
        problems["expiry"] = "The expiry date is in the past."
    if problem := _cvc_problem(form.get("cvc", "").strip(), amex=number[:2] in {"34", "37"}):
        problems["cvc"] = problem
    if problems or test_card is None or expiry is None:
        return problems
    card = Card(test_card.brand, test_card.funding, number[-4:], *expiry, country=COUNTRY)
    return PresentedCard(card, test_card.behaviour, fingerprint_of(number, key=fingerprint_key))


def fingerprint_of(number: str, *, key: str) -> str:
    """Return what two cards of the same number have in common, and what does not give the number away."""
    return hmac.new(key.encode(), number.encode(), hashlib.sha256).hexdigest()[:16]


def parse_expiry(text: str) -> tuple[int, int] | None:
    """Read MM/YY, MM / YY, MMYY or MM/YYYY as (month, year)."""
    digits = "".join(letter for letter in text if letter not in " /-")
    if not digits.isascii() or not digits.isdigit() or len(digits) not in {4, 6}:
        return None
    month, year = int(digits[:2]), int(digits[2:])
    return (month, year if year > 99 else 2000 + year) if 1 <= month <= 12 else None


def has_expired(expiry: tuple[int, int], *, now: datetime) -> bool:
    """Say whether a card is past the last day of its month; `expiry` is (month, year)."""
    month, year = expiry
    return (year, month) < (now.year, now.month)


def passes_luhn(digits: str) -> bool:
    """Say whether the last digit is the check digit of the rest (ISO/IEC 7812)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(int(digit) for digit in digits[::-2]) + sum(
        value - 9 if value > 9 else value for value in doubled
    )
    return total % 10 == 0


def _number_problem(number: str) -> str | None:
    if not number:
        return "Enter the card number."
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19 or not passes_luhn(number):
        return "The card number is not right. Check it and try again."
    if number not in BY_NUMBER:
        return "This is a sandbox and takes its test cards only. Never enter a real card here."
    return None


def _cvc_problem(cvc: str, *, amex: bool) -> str | None:
    length = 4 if amex else 3
    if not cvc:
        return "Enter the security code."
    if not cvc.isascii() or not cvc.isdigit() or len(cvc) != length:
        return f"The security code of this card has {length} digits."
    return None
