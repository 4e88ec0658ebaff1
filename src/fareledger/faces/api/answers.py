"""The shapes of what the API answers: billing, movements, ledger, lists, links, imports and problems.

Amounts are whole minor units of the booking's currency; refunds are positive magnitudes, their kind
says the sign.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class FieldProblem(BaseModel):
    """One mistake: where it is (a JSON pointer), its stable code and its sentence."""

    pointer: str
    code: str
    detail: str


class ProblemAnswer(BaseModel):
    """RFC 9457: what is wrong. `code` is stable; `errors` names the fields at fault.

    `current_version` is there where another version of the booking was expected.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem]
    current_version: int | None = None


class TotalRefunds(BaseModel):
    """What went back to the customer, by way."""

    offline: int
    online: int


class TransactionAnswer(BaseModel):
    """One row of the payment plan. `comment` and `reason` are there only for keys with the staff scope.

    A row that `reverses` another takes it back and counts against its kind; that one names it as `reversed_by`.
    """

    id: UUID
    kind: Literal["payment", "refund"]
    method: str
    method_name: str
    type: str
    provider: str
    amount: int
    planned_amount: int
    due_date: date
    overdue: bool
    status: Literal["open", "closed"]
    source: str
    channel: str
    approved: bool
    closed_at: datetime | None
    value_date: date | None
    external_reference: str
    receipt_number: int | None
    split_from: UUID | None
    reverses: UUID | None
    reversed_by: UUID | None
    comment: str | None = None
    reason: str | None = None


class BillingAnswer(BaseModel):
    """The figures of a booking and the rows they are made of."""

    reference: str
    version: int
    currency: str
    sales_price: int
    non_payable: int
    payable: int
    total_payments: int
    total_refunds: TotalRefunds
    outstanding: int
    unplanned: int
    status: Literal["unpaid", "partially_paid", "paid"]
    refund_due: bool
    transactions: list[TransactionAnswer]


class MovementAnswer(BaseModel):
    """What became of one row: the row, the open one for the rest where less came than planned, and the figures now."""

    transaction: TransactionAnswer
    rest: TransactionAnswer | None
    billing: BillingAnswer


class LineAnswer(BaseModel):
    """One debit or credit."""

    account: str
    side: Literal["debit", "credit"]
    amount: int


class EntryAnswer(BaseModel):
    """One balanced journal entry, sealed by the hash of the one before it."""

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
    lines: list[LineAnswer]


class LedgerAnswer(BaseModel):
    """The journal of one booking, first entry first."""

    reference: str
    currency: str
    entries: list[EntryAnswer]


class BookingLine(BaseModel):
    """One booking of a list."""

    reference: str
    version: int
    currency: str
    customer_name: str
    lead_traveller: str
    package: str
    start_date: date
    end_date: date
    cancelled: bool
    payable: int
    total_payments: int
    outstanding: int
    unplanned: int
    status: Literal["unpaid", "partially_paid", "paid"]
    refund_due: bool
    overdue: bool
    next_due_date: date | None
    changed_at: datetime


class BookingListAnswer(BaseModel):
    """A stretch of the list, most lately changed first; `next_cursor` leads on, or is null at the end."""

    bookings: list[BookingLine]
    next_cursor: str | None


class PortalLinkAnswer(BaseModel):
    """A one-time link. When it was emailed, only the customer sees its address."""

    url: str | None
    sent_to: str | None
    expires_at: datetime


class ImportReason(BaseModel):
    """Why a booking of a file was not taken: its line, the column or pointer there, and the sentence."""

    line: int
    field: str
    reason: str


class ImportAnswer(BaseModel):
    """How far an import is. `reasons` are at most a thousand; `problem` says why a file was refused whole."""

    id: UUID
    status: Literal["queued", "running", "done", "failed"]
    format: Literal["csv", "jsonl"]
    percent: int
    created: int
    changed: int
    unchanged: int
    refused: int
    reasons: list[ImportReason]
    problem: str
    created_at: datetime
    finished_at: datetime | None
