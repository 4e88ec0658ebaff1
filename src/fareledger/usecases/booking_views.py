"""What is shown of one booking, as frozen values: the head, its rows, entries, events, attempts and emails.

They are read by `show_booking.py`. `comment` of a row is internal: customer pages, emails and customer-scoped
answers leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fareledger.domain.accounts import Side
from fareledger.domain.booking import Component, Traveller
from fareledger.domain.figures import Figures, RowStatus
from fareledger.domain.plan import Kind, Terms

OFFLINE = "offline"
_LIVE = ("intended", "awaiting_customer", "processing", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingView:
    """The head of a booking. `entry_seq` and `event_seq` grow with every entry and event."""

    id: UUID
    reference: str
    currency: str
    booked_on: date
    start_date: date
    end_date: date
    customer_name: str
    customer_email: str
    customer_locale: str
    travellers: tuple[Traveller, ...]
    package: str
    sales_price_minor: int
    non_payable_minor: int
    terms: Terms
    status: str
    version: int
    travel_completed_on: date | None
    created_at: datetime
    changed_at: datetime
    entry_seq: int
    event_seq: int

    @property
    def lead_traveller(self) -> str:
        """Name the lead passenger, or the customer where none is marked."""
        return next((traveller.name for traveller in self.travellers if traveller.lead), self.customer_name)

    @property
    def cancelled(self) -> bool:
        """Say whether the whole booking stands at its cancellation fees."""
        return self.status == "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """The live consent to one scheduled payment: at most this amount in minor units, not before this date."""

    id: UUID
    mandate_id: UUID
    amount_minor: int
    earliest_date: date
    approved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionView:
    """How far the collection of one approved row is; states and `next_on` as in `persistence.models.Collection`."""

    id: UUID
    state: str
    next_on: date | None
    noticed_at: datetime | None
    tries: int
    attempt_id: UUID | None
    failure_code: str
    failure_message: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateView:
    """A card that was stored for later charges of the booking: what may be known of it, `card_expires` as YYYY-MM."""

    id: UUID
    provider: str
    card_brand: str
    card_funding: str
    card_last4: str
    card_expires: str
    set_up_at: datetime
    ended_at: datetime | None
    ended_because: str

    @property
    def live(self) -> bool:
        """Say whether approved payments are still charged to it."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One open or closed transaction of the plan; the amount is a positive magnitude, for a refund too.

    A row that `reverses` another takes it back, for an internal `reason`; that one says by which row it was
    `reversed_by`. `method_name` says what the method "other" was.
    """

    id: UUID
    kind: Kind
    status: RowStatus
    type: str
    method: str
    method_name: str
    provider: str
    amount_minor: int
    planned_minor: int
    due_date: date
    overdue: bool
    rule_based: bool
    source: str
    channel: str
    external_reference: str
    comment: str
    split_from: UUID | None
    reverses: UUID | None
    reason: str
    reversed_by: UUID | None
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str
    value_date: date | None
    receipt_number: int | None
    approval: ApprovalView | None
    collection: CollectionView | None

    @property
    def online(self) -> bool:
        """Say whether the money moved through a provider."""
        return self.provider != OFFLINE

    @property
    def signed_minor(self) -> int:
        """The amount as screens show it: refunds negative, and a reversal the other way round."""
        return -self.amount_minor if (self.kind == "refund") != self.is_reversal else self.amount_minor

    @property
    def is_reversal(self) -> bool:
        """Say whether the row takes an earlier one back."""
        return self.reverses is not None


@dataclass(frozen=True, slots=True)
class LineView:
    """One debit or credit of an entry, in minor units of the entry's currency."""

    account: str
    side: Side
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One journal entry with its lines and its place in the hash chain."""

    id: UUID
    seq: int
    kind: str
    source: str
    source_id: str
    currency: str
    provider: str
    channel: str
    posted_on: date
    occurred_at: datetime
    recorded_at: datetime
    previous_hash: str
    hash: str
    lines: tuple[LineView, ...]

    @property
    def amount_minor(self) -> int:
        """The sum of the debits, which is that of the credits."""
        return sum(line.amount_minor for line in self.lines if line.side == "debit")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """One event of the timeline; `payload` has a `text` for people and the facts behind it."""

    id: UUID
    seq: int
    kind: str
    actor: str
    payload: dict[str, Any]
    occurred_at: datetime
    previous_hash: str
    hash: str

    @property
    def text(self) -> str:
        """The event as a sentence."""
        return str(self.payload.get("text", self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingAttempt:
    """One try to move money for the booking; states are those of `domain.payment_machine`.

    `off_session` charged a stored card with its owner away; `request_id` is the consent it stores a card for.
    """

    id: UUID
    provider: str
    state: str
    amount_minor: int
    currency: str
    channel: str
    provider_reference: str | None
    failure_code: str
    failure_message: str
    problem: str
    declines: int
    card_brand: str
    card_funding: str
    card_last4: str
    created_at: datetime
    changed_at: datetime
    method: str
    bank_name: str
    off_session: bool
    mandate_id: UUID | None
    request_id: UUID | None
    transaction_ids: tuple[UUID, ...]

    @property
    def live(self) -> bool:
        """Say whether its outcome is still open."""
        return self.state in _LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailView:
    """One email of the booking, queued, sent or failed."""

    id: UUID
    kind: str
    to_email: str
    subject: str
    status: str
    problem: str
    queued_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """A booking with its plan, figures, entries, timeline, attempts, emails and stored cards at one moment.

    `today` is the operator-local date against which rows are overdue.
    """

    booking: BookingView
    components: tuple[Component, ...]
    rows: tuple[RowView, ...]
    figures: Figures
    entries: tuple[EntryView, ...]
    timeline: tuple[EventView, ...]
    attempts: tuple[BookingAttempt, ...]
    emails: tuple[EmailView, ...]
    mandates: tuple[MandateView, ...]
    today: date

    @property
    def mandate(self) -> MandateView | None:
        """The card that approved payments are charged to, or None."""
        return next((one for one in self.mandates if one.live), None)

    @property
    def emails_not_arrived(self) -> tuple[EmailView, ...]:
        """The emails that failed or came back and were not sent since, first one first."""
        arrived = {email.kind: email.queued_at for email in self.emails if email.status in ("sent", "queued")}
        return tuple(
            email
            for email in self.emails
            if email.status in ("failed", "bounced")
            and not (email.kind in arrived and arrived[email.kind] > email.queued_at)
        )

    @property
    def open_rows(self) -> tuple[RowView, ...]:
        """The rows whose money has still to move, next due first."""
        return tuple(row for row in self.rows if row.status == "open")

    @property
    def closed_rows(self) -> tuple[RowView, ...]:
        """The rows whose money has moved."""
        return tuple(row for row in self.rows if row.status == "closed")

    @property
    def next_payment(self) -> RowView | None:
        """The open payment that is due first, or None."""
        return next((row for row in self.open_rows if row.kind == "payment"), None)
