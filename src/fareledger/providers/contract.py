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
SetupState = Literal["awaiting_customer", "succeeded", "failed", "cancelled", "expired"]
RefundState = Literal["pending", "succeeded", "failed"]
# soft: another day may work; authentication: its owner must approve it; hard: this way never again.
DeclineKind = Literal["soft", "hard", "authentication"]


class ProviderFailure(Exception):
    """Base of the ways a provider call can end without an answer that settles the matter."""


class Declined(ProviderFailure):
    """The provider refused this request for good; `code` is its reason word, `message` may be shown to the
    customer, `kind` says whether a new request can help, and `reference` is the provider's payment that failed
    ("" when it made none).
    """

    def __init__(self, *, code: str, message: str, kind: DeclineKind = "hard", reference: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.kind: DeclineKind = kind
        self.reference = reference


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
    returns to; `keep_card` has the card saved when it was paid with.
    """

    attempt_id: UUID
    idempotency_key: str
    amount_minor: int
    currency: str
    description: str
    return_url: str
    locale: str
    frame_style: Mapping[str, str]
    keep_card: bool = False


@dataclass(frozen=True)
class SavedCardRequest:
    """One charge of a saved card, by default with its owner away; with `off_session` false the owner is here,
    may be asked to approve it in the provider's frame, and returns to `return_url`.
    """

    attempt_id: UUID
    idempotency_key: str
    amount_minor: int
    currency: str
    description: str
    payment_method: str
    off_session: bool = True
    return_url: str = ""
    locale: str = "en-GB"
    frame_style: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BankPaymentRequest:
    """One payment that the customer approves at their bank, which is one of `Gateway.banks`."""

    attempt_id: UUID
    idempotency_key: str
    amount_minor: int
    currency: str
    description: str
    bank: str
    return_url: str
    locale: str


@dataclass(frozen=True)
class SetupRequest:
    """One card to save without a payment: our own reference and where the customer returns to."""

    setup_id: UUID
    idempotency_key: str
    return_url: str
    locale: str
    frame_style: Mapping[str, str]


@dataclass(frozen=True)
class RefundRequest:
    """One refund of part or all of a payment: our own reference, the provider's payment, minor units."""

    refund_id: UUID
    idempotency_key: str
    payment_reference: str
    amount_minor: int


@dataclass(frozen=True)
class Card:
    """What may be known of a card: never its number."""

    brand: str
    funding: str
    last4: str
    expires: str


@dataclass(frozen=True)
class ProviderPayment:
    """A payment as the provider tells it now.

    `payment_method` is the provider's name of the card it saved or charged, `bank` the name of the bank and
    `redirect_url` its address; each is "" where there is none. `decline_kind` says of one that failed by a decline
    whether a new one can help.
    """

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
    method: Literal["card", "bank"] = "card"
    payment_method: str = ""
    bank: str = ""
    redirect_url: str = ""
    refunded_minor: int = 0
    decline_kind: DeclineKind | Literal[""] = ""


@dataclass(frozen=True)
class ProviderSetup:
    """A card being saved without a payment, as the provider tells it now; `payment_method` is "" until it is."""

    reference: str
    setup_id: UUID | None
    state: SetupState
    frame_url: str
    hosted_url: str
    payment_method: str
    card: Card | None
    failure_code: str
    failure_message: str


@dataclass(frozen=True)
class SavedCard:
    """A card the provider keeps for us; one that was detached cannot be charged any more."""

    reference: str
    card: Card
    detached: bool


@dataclass(frozen=True)
class Bank:
    """A bank that a customer can pay from."""

    id: str
    name: str
    popular: bool


@dataclass(frozen=True)
class ProviderRefund:
    """A refund as the provider tells it now; a failed one has left the payment refundable as before."""

    reference: str
    refund_id: UUID | None
    payment_reference: str
    state: RefundState
    amount_minor: int
    currency: str
    failure_code: str
    failure_message: str


@dataclass(frozen=True)
class WebhookNotice:
    """What a webhook says: which payment, payout, refund, set-up or saved card it is about, and for how much.
    It is never taken as the truth.
    """

    event_id: str
    event_type: str
    payment_reference: str | None
    payout_reference: str | None
    amount_minor: int | None
    currency: str
    refund_reference: str | None = None
    setup_reference: str | None = None
    payment_method: str | None = None


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

    def charge_saved(self, request: SavedCardRequest) -> ProviderPayment:
        """Charge a saved card; the same idempotency key never charges twice.

        Raises Declined with its kind and the reference of the payment that failed.
        """

    def create_bank_payment(self, request: BankPaymentRequest) -> ProviderPayment:
        """Set up one payment at a bank; the customer approves it at its `redirect_url`."""

    def banks(self, country: str) -> list[Bank]:
        """Return the banks of a country (ISO 3166, "GB") by name; none when the provider reaches none."""

    def create_setup(self, request: SetupRequest) -> ProviderSetup:
        """Set up the saving of a card; the same idempotency key returns the same set-up."""

    def setup(self, reference: str) -> ProviderSetup:
        """Return one set-up by the provider's reference."""

    def find_setup(self, setup_id: UUID) -> ProviderSetup | None:
        """Return the set-up that carries our reference, or None when the provider never saw it."""

    def cancel_setup(self, reference: str) -> ProviderSetup:
        """Cancel a set-up that is still open; return it as it now stands."""

    def payment_method(self, reference: str) -> SavedCard:
        """Return a saved card as it is now: banks renew and replace them."""

    def detach(self, reference: str) -> SavedCard:
        """Make a saved card unusable for good; doing it again changes nothing."""

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a payment; the same idempotency key refunds once.

        Raises Declined when the payment has not that much left to refund.
        """

    def refund(self, reference: str) -> ProviderRefund:
        """Return one refund by the provider's reference."""

    def find_refund(self, refund_id: UUID) -> ProviderRefund | None:
        """Return the refund that carries our reference, or None when the provider never saw it."""

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
