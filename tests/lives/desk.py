"""One booking of a real database as a random life drives it: every deed is a use case, every look one of the faces."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.test import Client

from fareledger.domain.booking import BookingDetails
from fareledger.domain.plan import Kind, Terms
from fareledger.domain.plan_edit import DraftRow
from fareledger.faces.api.write_answers import billing_answer
from fareledger.faces.portal.standing import standing_of
from fareledger.faces.shared.formatting import amount, bare_amount
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.cancel_booking import cancel_booking, reinstate_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.edit_plan import WantedPlan, edit_plan, plan_mark
from fareledger.usecases.list_bookings import list_bookings
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.lives.words import Row, purpose_of
from tests.support.api import Caller
from tests.support.bookings import paid_at_checkout
from tests.support.people import BOOKING_API, MARTA
from tests.support.portal import inside
from tests.support.staff import signed_in


@dataclass(frozen=True)
class Seen:
    """The figures of a booking as one face tells them; None where the face does not show one."""

    payable: int | None
    paid: int | None
    refunded: int | None
    outstanding: int
    unplanned: int | None = None
    status: str | None = None
    refund_due: bool | None = None


@dataclass
class Desk:
    """One booking and those who deal with it."""

    operator: Operator
    details: BookingDetails
    booking_id: UUID
    today: date

    @classmethod
    def selling(cls, operator: Operator, *, trip: BookingDetails) -> Desk:
        """Sell a trip on the day on which it was booked."""
        accepted = accept_booking(operator, details=trip, channel="api", actor=BOOKING_API)
        return cls(operator=operator, details=trip, booking_id=accepted.booking_id, today=trip.booked_on)

    # Deeds.

    def send(self, details: BookingDetails) -> str:
        """Send the booking again as it is now; return what that did."""
        self.details = details
        return accept_booking(self.operator, details=details, channel="api", actor=BOOKING_API).outcome

    def pay(self, amount_minor: int, *, offline: bool) -> str:
        """Let a payment at checkout arrive with the booking, a provider's or a cashier's; return its reference."""
        received_at = datetime.combine(self.today, time(12), tzinfo=UTC)
        by_whom = {"provider": "offline", "method": "bank_transfer"} if offline else {}
        payment = replace(paid_at_checkout(amount_minor, **by_whom), received_at=received_at)
        self.send(replace(self.details, payments=(*self.details.payments, payment)))
        return payment.external_reference

    def cancel(self) -> None:
        """Cancel the whole booking."""
        cancel_booking(self.operator, booking_id=self.booking_id, actor=MARTA, channel="back_office")
        components = tuple(replace(one, cancelled=True) for one in self.details.components)
        self.details = replace(self.details, components=components)

    def reinstate(self) -> None:
        """Take the cancellation back."""
        reinstate_booking(self.operator, booking_id=self.booking_id, actor=MARTA, channel="back_office")
        components = tuple(replace(one, cancelled=False) for one in self.details.components)
        self.details = replace(self.details, components=components)

    def commit(self, row_id: UUID, *, amount_minor: int, confirm: bool) -> None:
        """Say that the money of a row moved."""
        received = Received(amount_minor=amount_minor, send_confirmation=confirm)
        commit_transaction(
            self.operator, booking_id=self.booking_id, transaction_id=row_id, received=received, actor=MARTA
        )

    def plan(self, kind: Kind, *, amount_minor: int, due: date) -> None:
        """Plan a row by hand."""
        wanted = WantedRow(
            kind=kind, method="credit_card", type="partial", amount_minor=amount_minor, due_date=due
        )
        plan_transaction(self.operator, booking_id=self.booking_id, wanted=wanted, actor=MARTA)

    def delete(self, row_id: UUID) -> None:
        """Take an open row out of the plan."""
        delete_transaction(self.operator, booking_id=self.booking_id, transaction_id=row_id, actor=MARTA)

    def reverse(self, row_id: UUID) -> None:
        """Take a movement back that was recorded by mistake."""
        reverse_transaction(
            self.operator,
            booking_id=self.booking_id,
            transaction_id=row_id,
            reason="Booked on the wrong trip",
            actor=MARTA,
        )

    def edit(self, *, terms: Terms | None = None, rows: tuple[DraftRow, ...] = ()) -> None:
        """Rewrite the plan, having seen it as it is."""
        wanted = WantedPlan(terms=terms, rows=rows, seen=plan_mark(self.billing))
        edit_plan(self.operator, booking_id=self.booking_id, wanted=wanted, actor=MARTA)
        if terms is not None:
            self.details = replace(self.details, terms=None)

    # Looks.

    @property
    def billing(self) -> Billing:
        """The booking as all pages read it."""
        return billing_by_id(self.operator, booking_id=self.booking_id)

    def stored_rows(self) -> list[Transaction]:
        """The rows of the table, oldest first, without deleted ones."""
        with operator_transaction(self.operator.id):
            rows = Transaction.objects.filter(operator_id=self.operator.id, booking_id=self.booking_id)
            return list(rows.exclude(status="deleted").order_by("id"))

    def read(self, billing: Billing) -> dict[str, Seen]:
        """Read the figures as the API, the portal, the back office's page and its list tell them."""
        return {
            "api": _by_api(billing),
            "portal": _by_portal(billing),
            "office": _by_office(billing),
            "list": self._by_list(),
        }

    def visit(self) -> tuple[str, str, str]:
        """Open the booking in all three faces and return the outstanding amount each shows, as it is written."""
        reference = self.details.reference
        told = Caller(self.operator).get(f"bookings/{reference}/billing").body["outstanding"]
        page = signed_in(self.operator).get(f"/office/bookings/{reference}/").content.decode()
        (office,) = re.findall(r">Outstanding</dt><dd class=\"amount\"><a [^>]*>([^<]+)<", page)
        client: Client = inside(self.operator, booking_id=self.booking_id)
        home = client.get(f"/p/{self.operator.slug}/").content.decode()
        portal = re.findall(r'<p class="amount hero">([^<]+)<', home)[0]
        return bare_amount(told, self.details.currency), html.unescape(office), html.unescape(portal)

    def _by_list(self) -> Seen:
        (row,) = list_bookings(self.operator, asked=BookingQuery(search=self.details.reference)).rows
        return Seen(
            payable=row.payable_minor,
            paid=row.paid_minor,
            refunded=row.refunded_minor,
            outstanding=row.outstanding_minor,
            unplanned=row.unplanned_minor,
            status=row.payment_status,
            refund_due=row.refund_due,
        )


def costing(details: BookingDetails, *, price: int) -> BookingDetails:
    """The same trip with one component at this price, not cancelled."""
    component = replace(
        details.components[0],
        start_date=None,
        end_date=None,
        price_minor=price,
        cancellation_fee_minor=price // 5,
        cancelled=False,
    )
    return replace(details, components=(component,))


def words_of(row: Transaction) -> Row:
    """Say a stored row in the model's words."""
    status = "reversal" if row.reverses else row.status
    purpose = purpose_of(row.part, rule_based=row.rule_based)
    return row.kind, status, row.amount_minor, row.due_date, purpose, row.source


def hero(outstanding: int, *, currency: str) -> str:
    """Write the amount that the portal shows first: what is left, or what is owed back."""
    return amount(abs(outstanding), currency, "en-GB")


def receivable(billing: Billing) -> int:
    """Fold the entries of a booking into what its customer owes; every entry must balance by itself."""
    sums: Counter[str] = Counter()
    for entry in billing.entries:
        sides = Counter[str]()
        for line in entry.lines:
            assert line.amount_minor > 0
            sides[line.side] += line.amount_minor
            sums[line.account] += line.amount_minor if line.side == "debit" else -line.amount_minor
        assert len(entry.lines) > 1
        assert sides["debit"] == sides["credit"], entry
    assert sum(sums.values()) == 0
    return sums["customer_receivable"]


def _by_api(billing: Billing) -> Seen:
    told = billing_answer(billing, staff=False)
    return Seen(
        payable=told.payable,
        paid=told.total_payments,
        refunded=told.total_refunds.offline + told.total_refunds.online,
        outstanding=told.outstanding,
        unplanned=told.unplanned,
        status=told.status,
        refund_due=told.refund_due,
    )


def _by_portal(billing: Billing) -> Seen:
    standing = standing_of(billing)
    return Seen(payable=None, paid=None, refunded=None, outstanding=standing.left_minor - standing.owed_minor)


def _by_office(billing: Billing) -> Seen:
    figures = billing.figures
    return Seen(
        payable=figures.payable_minor,
        paid=figures.paid_minor,
        refunded=figures.refunded_offline_minor + figures.refunded_online_minor,
        outstanding=figures.outstanding_minor,
        unplanned=figures.unplanned_minor,
        status=figures.status,
        refund_due=figures.refund_due,
    )
