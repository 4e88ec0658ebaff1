"""One operator of the demo at work: every method is the use case a face would call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from fareledger.config.demo.content.card_holder import CardHolder
from fareledger.config.demo.content.merchants import AcquirerDesk
from fareledger.config.demo.content.past import PastClock
from fareledger.domain.access import own_actor
from fareledger.domain.booking import BookingDetails
from fareledger.persistence.models import Mandate
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now, today
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.show_attempt import AttemptView
from fareledger.usecases.show_booking import RowView, billing_by_id
from fareledger.usecases.start_payment import PaymentForm, start_payment
from fareledger.usecases.watch_cards import reread_card

# How money comes in that no provider brings, the row's method then, and what is written down of it.
_METHODS = {"bank_transfer": "bank_transfer", "phone": "credit_card", "cash": "cash"}
_SLIPS = {"phone": "Terminal 2", "cash": "Desk, receipt 118"}


class Office:
    """The operator's office, its account at the acquirer and its customers' browsers."""

    def __init__(
        self, operator: Operator, *, account: str, desk: AcquirerDesk, clock: PastClock, base_url: str
    ) -> None:
        self.operator = operator
        self.account = account
        self._desk = desk
        self._clock = clock
        self._base_url = base_url
        self.card_holder = CardHolder()
        self._presses = 0
        # A link to the portal works for minutes, so the mail with it does not wait for the next round.
        self.mail_is_urgent = False

    def accept(self, details: BookingDetails) -> UUID:
        """Take a booking in, or a change of it, as the reservation system sends it."""
        handling = Handling(channel="api")
        actor = own_actor("Booking API")
        return save_change(self.operator, wanted=details, actor=actor, handling=handling).booking_id

    def open_rows(self, booking_id: UUID, *, kind: str) -> list[RowView]:
        """Return the open payments or refunds of a booking, the next due first."""
        rows = billing_by_id(self.operator, booking_id=booking_id).rows
        return sorted(
            (row for row in rows if row.status == "open" and row.kind == kind), key=lambda row: row.due_date
        )

    def take_at_checkout(self, details: BookingDetails, *, amount_minor: int, at: datetime) -> str:
        """Take a payment at the operator's own checkout and return the acquirer's reference."""
        self._clock.set(at + timedelta(seconds=20), acquirer_too=True)
        return self._desk.take_at_checkout(
            self.account,
            amount_minor=amount_minor,
            currency=details.currency,
            reference=details.reference,
            at=at,
        )

    def pay_on_portal(
        self, booking_id: UUID, *, row: RowView, card: str, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Pay one row by card: the same three steps as the portal, with the acquirer's form in between.

        While the form is open, somebody else may do something.
        """
        attempt = self._start(self._payment_form(booking_id, row=row))
        if meanwhile:
            meanwhile()
        if attempt.frame_url:
            self.card_holder.pay(attempt.frame_url, card=card)
        refresh_attempt(self.operator, attempt_id=attempt.id)

    def pay_at_bank(self, booking_id: UUID, *, row: RowView, bank: str) -> None:
        """Pay one row by bank: chosen by the beginning of its name, and approved on its own page."""
        chosen = next(
            one
            for one in open_gateway(self.operator).banks(self.operator.country)
            if one.name.startswith(bank)
        )
        form = self._payment_form(booking_id, row=row)
        attempt = self._start(replace(form, method="bank", bank=chosen.id, bank_name=chosen.name))
        self.card_holder.approve_at_bank(attempt.hosted_url)
        refresh_attempt(self.operator, attempt_id=attempt.id)

    def pay_other_amount(self, booking_id: UUID, *, amount_minor: int, card: str) -> None:
        """Pay an amount of the customer's own choice by card."""
        shown = billing_by_id(self.operator, booking_id=booking_id)
        form = self._payment_form(booking_id, row=shown.open_rows[0])
        attempt = self._start(
            replace(
                form,
                wanted="other",
                transaction_id=None,
                amount_minor=amount_minor,
                balance_minor=shown.figures.outstanding_minor,
            )
        )
        self.card_holder.pay(attempt.frame_url, card=card)
        refresh_attempt(self.operator, attempt_id=attempt.id)

    def renew_card(self, booking_id: UUID, *, ends: date) -> None:
        """Have its bank renew the stored card of a booking, and read it again as the acquirer's message has us do."""
        mandate = billing_by_id(self.operator, booking_id=booking_id).mandate
        if mandate is None:
            raise RuntimeError("no card is stored")
        with operator_transaction(self.operator.id):
            reference = Mandate.objects.get(operator_id=self.operator.id, id=mandate.id).provider_method
        self._desk.renew_card(reference, ends=ends)
        reread_card(self.operator, gateway=open_gateway(self.operator), reference=reference)

    def _payment_form(self, booking_id: UUID, *, row: RowView) -> PaymentForm:
        self._presses += 1
        return PaymentForm(
            booking_id=booking_id,
            transaction_id=row.id,
            amount_minor=row.amount_minor,
            form_key=f"past-{booking_id}-{self._presses}",
            channel="portal",
            return_url=self.portal_url,
            frame_style={},
            locale="en-GB",
        )

    def _start(self, form: PaymentForm) -> AttemptView:
        self.both_clocks()
        return start_payment(self.operator, form=form)

    def both_clocks(self) -> None:
        """Let the acquirer know what time it is; its clock is told only when it matters."""
        self._clock.set(now(), acquirer_too=True)

    @property
    def portal_url(self) -> str:
        """The first page of the operator's portal."""
        return f"{self._base_url}/p/{self.operator.slug}/"

    def commit(self, booking_id: UUID, *, row: RowView, by: str, more: bool = False) -> None:
        """Record money that arrived, or was paid back, outside any provider."""
        self._record(booking_id, row=row, by=by, amount_minor=row.amount_minor + 5000 if more else None)

    def commit_part(self, booking_id: UUID, *, row: RowView, amount_minor: int, by: str = "phone") -> None:
        """Record part of a planned payment, taken by card on the phone unless said otherwise; the rest stays open."""
        self._record(booking_id, row=row, by=by, amount_minor=amount_minor)

    def _record(self, booking_id: UUID, *, row: RowView, by: str, amount_minor: int | None) -> None:
        received = Received(
            amount_minor=amount_minor,
            value_date=self.today(),
            external_reference=_SLIPS.get(by, f"BT-{row.id.hex[-6:].upper()}"),
            method=_METHODS[by],
            channel="phone" if by == "phone" else "back_office",
        )
        commit_transaction(
            self.operator,
            booking_id=booking_id,
            transaction_id=row.id,
            received=received,
            actor=own_actor("Marta Lindgren" if self.operator.slug == "acme" else "Finance"),
        )

    def today(self) -> date:
        """Return the day it is where the operator is."""
        return today(self.operator)
