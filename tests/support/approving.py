"""A customer who agrees to scheduled payments, and what the database must say afterwards."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fareledger.domain.approvals import Wanted
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Approval, CardSetup, ConsentEvidence, EmailMessage, Mandate
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.sandbox.admin import Merchant
from fareledger.usecases.approval_records import ShownConsent
from fareledger.usecases.approve_rows import ApprovalForm, approve_rows
from fareledger.usecases.ask_setups import refresh_setup
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.set_up_card import CardForm
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from fareledger.usecases.show_setup import RequestView, SetupView
from fareledger.usecases.withdraw_approval import withdraw_approval
from tests.support.acquirer import APPROVED, Acquirer, enter_card, join
from tests.support.bookings import a_trip_in, sell

NOBODY = Merchant(id="", publishable_key="", secret_key="", webhook_secret="")
TEXT = (
    "No payment will be larger.\nI agree that Acme takes £700.00 on 12 April 2027 from my Visa ending 4242."
)


@dataclass(frozen=True)
class Approver:
    """A proven customer of a booking for 1,000.00: 300.00 due today and 700.00 due in 170 days."""

    operator: Operator
    booking_id: UUID
    merchant: Merchant
    session_id: UUID

    @property
    def visit(self) -> Visit:
        """Their visit, in which they showed that the mailbox is theirs."""
        return Visit(session_id=self.session_id, booking_id=self.booking_id, viewer="customer", proven=True)

    @property
    def billing(self) -> Billing:
        """The booking as it stands."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    @property
    def rows(self) -> tuple[RowView, ...]:
        """The payments that are due later than today."""
        billing = self.billing
        return tuple(row for row in billing.open_rows if row.due_date > billing.today)

    @property
    def row(self) -> RowView:
        """The one payment that is due later than today."""
        (row,) = self.rows
        return row

    def form(self, **differences: Any) -> ApprovalForm:
        """Open the approve page and tick the box: everything that is ahead, from the stored card if there is one."""
        mandate = self.billing.mandate
        said: dict[str, Any] = {
            "shown": shown_of(self.rows),
            "mandate_id": mandate.id if mandate else None,
            "agreed": True,
            "consent": ShownConsent(
                text=TEXT, version="test-1", locale="en-GB", ip="198.51.100.7", user_agent="Browser"
            ),
            "form_key": secrets.token_hex(16),
            "card_form": CardForm(
                return_url="https://acme.example/approve/{request}/", locale="en-GB", frame_style={}
            ),
        }
        return ApprovalForm(**{**said, **differences})

    def press(self, form: ApprovalForm | None = None) -> RequestView:
        """Press the button of the approve page."""
        return approve_rows(self.operator, visit=self.visit, form=form or self.form())

    def setup_of(self, request: RequestView) -> SetupView:
        """The set-up of a consent, as the provider tells it now."""
        assert request.setup is not None
        return refresh_setup(self.operator, setup_id=request.setup.id)

    def approve(self, *, number: str = APPROVED) -> RequestView:
        """Agree to everything ahead, and enter a card if one is asked for."""
        request = self.press()
        if request.setup is not None:
            enter_card(request.setup.frame_url, number=number)
            self.setup_of(request)
        return request

    def withdraw(self, row: RowView | None = None) -> None:
        """Take the approval of a row back."""
        planned = row or self.row
        assert planned.approval is not None
        withdraw_approval(
            self.operator,
            visit=self.visit,
            transaction_id=planned.id,
            approval_id=planned.approval.id,
        )

    def approvals(self) -> list[tuple[int, str]]:
        """Every approval there ever was, oldest first: its amount, and why it ended or ""."""
        with operator_transaction(self.operator.id):
            ours = Approval.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.order_by("id").values_list("amount_minor", "ended_because"))

    def mandates(self) -> list[tuple[str, str]]:
        """Every mandate there ever was, oldest first: its last four digits, and why it ended or ""."""
        with operator_transaction(self.operator.id):
            ours = Mandate.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.order_by("id").values_list("card_last4", "ended_because"))

    def setups(self) -> list[str]:
        """The states of all set-ups, oldest first."""
        with operator_transaction(self.operator.id):
            ours = CardSetup.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.order_by("id").values_list("state", flat=True))

    def evidence(self) -> list[ConsentEvidence]:
        """The consents that were given, oldest first."""
        with operator_transaction(self.operator.id):
            ours = ConsentEvidence.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.order_by("id"))

    def emails(self, kind: str) -> list[EmailMessage]:
        """The emails of one kind, oldest first."""
        with operator_transaction(self.operator.id):
            ours = EmailMessage.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(ours.filter(kind=kind).order_by("queued_at", "id"))

    def told(self, kind: str) -> list[str]:
        """The sentences of one kind on the booking's timeline."""
        return [event.text for event in self.billing.timeline if event.kind == kind]


def an_approver(operator: Operator, *, acquirer: Acquirer, days: int = 200) -> Approver:
    """Sell a trip and give the operator an account at the acquirer."""
    merchant = join(operator, acquirer=acquirer)
    return Approver(operator, sell(operator, a_trip_in(days)).booking.id, merchant, new_id())


def another_approver(first: Approver) -> Approver:
    """Another customer of the same operator."""
    booking = sell(first.operator, a_trip_in(200)).booking
    return Approver(first.operator, booking.id, first.merchant, new_id())


def shown_of(rows: tuple[RowView, ...]) -> tuple[Wanted, ...]:
    """Rows as a page shows them."""
    return tuple(Wanted(row_id=row.id, amount_minor=row.amount_minor, due_date=row.due_date) for row in rows)
