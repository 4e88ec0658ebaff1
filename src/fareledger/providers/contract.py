"""What every payment provider must be able to do, in the words of the glossary, and how it may fail.

A failure says whether trying again can help: `Declined` (the money will not move), `Unavailable` (nothing was
done, safe to send again), `OutcomeUnknown` (ask, never send again), `Misconfigured` (a person must act).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

PaymentState = Literal["awaiting_customer", "processing", "succeeded", "failed", "cancelled", "expired"]


class ProviderFailure(Exception):
    """Base of the ways a provider call can end without an answer that settles the matter."""


class Declined(ProviderFailure):
    """The provider refused for good; `code` is its reason word, `message` may be shown to the customer."""

    def __init__(self, *, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Unavailable(ProviderFailure):
    """The provider did not take the request; sending the same again is safe."""


class OutcomeUnknown(ProviderFailure):
    """The request may have been carried out; ask for it by reference, never send a new one."""


class Misconfigured(ProviderFailure):
    """The provider refuses our account or our request as such; a person must act."""


class AlteredReport(ProviderFailure):
    """The lines of a payout are not those that the provider sealed it with; the message says how that shows."""


class ForgedWebhook(Exception):
    """A webhook whose signature, time or shape is not the provider's; the message says which."""


@dataclass(frozen=True)
class ProviderAccount:
    """The operator's account at a provider, with its secrets."""

    operator_id: UUID
    provider: str
    external_account: str
    base_url: str
    publishable_key: str
    secret_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class PaymentRequest:
    """One card payment to set up: our own reference (the attempt's id), the amount, where the customer
    returns to.
    """

    attempt_id: UUID
    idempotency_key: str
    amount_minor: int
    currency: str
    description: str
    return_url: str
    locale: str
    frame_style: Mapping[str, str]


@dataclass(frozen=True)
class Card:
    """What may be known of a card: never its number."""

    brand: str
    funding: str
    last4: str
    expires: str


@dataclass(frozen=True)
class ProviderPayment:
    """A payment as the provider tells it now."""

    reference: str
    attempt_id: UUID | None
    state: PaymentState
    amount_minor: int
    currency: str
    frame_url: str
    hosted_url: str
    card: Card | None
    failure_code: str
    failure_message: str
    captured_at: datetime | None


@dataclass(frozen=True)
class WebhookNotice:
    """What a webhook says: which payment (or payout) it is about, and for how much. It is never taken as the
    truth.
    """

    event_id: str
    event_type: str
    payment_reference: str | None
    payout_reference: str | None
    amount_minor: int | None
    currency: str


@dataclass(frozen=True)
class ProviderPayout:
    """A payout as the provider tells it: gross − fees − refunds − chargebacks + adjustments = deposit, minor
    units.
    """

    reference: str
    currency: str
    gross_minor: int
    fees_minor: int
    refunds_minor: int
    chargebacks_minor: int
    adjustments_minor: int
    deposit_minor: int
    line_count: int
    content_sha256: str
    paid_at: datetime


@dataclass(frozen=True)
class ProviderPayoutLine:
    """One line of a payout; a refund's gross and net are negative."""

    reference: str
    kind: Literal["payment", "refund", "chargeback", "adjustment"]
    payment_reference: str
    merchant_reference: str
    gross_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    card_brand: str
    card_funding: str
    occurred_at: datetime


class Gateway(Protocol):
    """A provider's account, ready to be called. Every method may raise the failures above."""

    def create_payment(self, request: PaymentRequest) -> ProviderPayment:
        """Set up one payment; the same idempotency key returns the same payment."""

    def payment(self, reference: str) -> ProviderPayment:
        """Return one payment by the provider's reference."""

    def find_payment(self, attempt_id: UUID) -> ProviderPayment | None:
        """Return the payment that carries our reference, or None when the provider never saw it."""

    def cancel_payment(self, reference: str) -> ProviderPayment:
        """Cancel a payment that the customer has not made; return it as it now stands (it may have
        succeeded).
        """

    def read_webhook(self, body: bytes, *, headers: Mapping[str, str], now: datetime) -> WebhookNotice:
        """Check the signature over the raw bytes; header names in lower case, `now` by the real clock.

        Raises ForgedWebhook.
        """

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        """Read a body whose signature was checked before; raises ForgedWebhook when it has not the right
        shape.
        """

    def payouts(self, after: str) -> list[ProviderPayout]:
        """Return the payouts after the given reference ("" = from the beginning), oldest first."""

    def payout_lines(self, payout: ProviderPayout) -> list[ProviderPayoutLine]:
        """Return every line of one payout; raises AlteredReport when they are not the ones it was sealed with."""
