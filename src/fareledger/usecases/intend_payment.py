"""The first of the three steps of a card payment: the attempt is committed before anybody outside hears of it
(P1).

It finds the attempt that the same form, or the same row of the plan, has started already (P2). It calls no
provider.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.identity import new_id
from fareledger.domain.payment_machine import State
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Attempt, AttemptCover, Booking, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import PaymentRequest, ProviderAccount
from fareledger.usecases.clock import now
from fareledger.usecases.provider_accounts import load_account
from fareledger.usecases.question_ladder import wait_s
from fareledger.usecases.show_attempt import AttemptView, view_of


class RowNotFound(NotFound):
    """No such row in the plan of this booking."""

    def __init__(self) -> None:
        super().__init__(code="transaction_not_found", message="There is no such payment in the plan.")


class NotAPayment(Refused):
    """The row is money we owe the customer."""

    def __init__(self) -> None:
        super().__init__(code="not_a_payment", message="This row is a refund; there is nothing to pay.")


class NoLongerOpen(Conflict):
    """The row was paid or taken away meanwhile."""

    def __init__(self) -> None:
        message = "This payment is no longer open: it was received or taken out of the plan meanwhile."
        super().__init__(code="no_longer_open", message=message)


class AmountChanged(Conflict):
    """The row's amount is another than the customer was shown; nothing may be charged that was not shown."""

    def __init__(self, *, shown_minor: int, amount_minor: int) -> None:
        super().__init__(code="amount_changed", message="The amount has changed since this page was opened.")
        self.shown_minor = shown_minor
        self.amount_minor = amount_minor


class FormKeyReused(Conflict):
    """A form key that belongs to another payment."""

    def __init__(self) -> None:
        super().__init__(code="form_key_reused", message="This form was used for another payment.")


@dataclass(frozen=True, kw_only=True)
class PaymentForm:
    """What the customer pressed: the row, the amount they were shown (minor units), and a key made with the
    page.

    `return_url` may hold `{attempt}`, which becomes the attempt's id. `frame_style` maps surface, ink, muted,
    border, brand, brand_on, radius, color_scheme to values, so that the provider's form looks like the page
    around it.
    """

    booking_id: UUID
    transaction_id: UUID
    shown_minor: int
    form_key: str
    channel: str
    return_url: str
    locale: str
    frame_style: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A new attempt that may now be sent to the provider, once."""

    attempt: AttemptView
    account: ProviderAccount
    request: PaymentRequest


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An attempt that was there before: of the same form, or of another form for the same row."""

    attempt: AttemptView
    same_form: bool


@retried_on_deadlock
def intend_payment(operator: Operator, *, form: PaymentForm) -> Intent | Standing:
    """Commit a new attempt for the row, or return the one that stands in its place.

    Raises RowNotFound, NotAPayment, NoLongerOpen, AmountChanged, FormKeyReused and NoProviderAccount.
    """
    with operator_transaction(operator.id):
        # Every start for a booking passes here one by one, so two presses cannot both find the row free.
        booking = (
            Booking.objects.select_for_update().filter(operator_id=operator.id, id=form.booking_id).first()
        )
        if booking is None:
            raise RowNotFound
        standing = _same_form(form, operator=operator)
        if standing is not None:
            return Standing(attempt=view_of(standing), same_form=True)
        row = _payable_row(form, operator=operator)
        standing = _live_for_row(form, operator=operator)
        if standing is not None:
            return Standing(attempt=view_of(standing), same_form=False)
        account = load_account(operator)
        attempt = _insert(form, row=row, booking=booking, provider=account.provider)
        return Intent(
            attempt=view_of(attempt),
            account=account,
            request=_request(form, attempt=attempt, description=f"{operator.name} {booking.reference}"),
        )


def _same_form(form: PaymentForm, *, operator: Operator) -> Attempt | None:
    found = Attempt.objects.filter(operator_id=operator.id, form_key=form.form_key).first()
    if found is None:
        return None
    covered = AttemptCover.objects.filter(
        operator_id=operator.id, attempt_id=found.id, transaction_id=form.transaction_id
    )
    if found.booking_id != form.booking_id or not covered.exists():
        raise FormKeyReused
    return found


def _live_for_row(form: PaymentForm, *, operator: Operator) -> Attempt | None:
    live = AttemptCover.objects.filter(
        operator_id=operator.id, transaction_id=form.transaction_id, live=True
    ).values("attempt_id")
    return Attempt.objects.filter(operator_id=operator.id, booking_id=form.booking_id, id__in=live).first()


def _payable_row(form: PaymentForm, *, operator: Operator) -> Transaction:
    row = Transaction.objects.filter(
        operator_id=operator.id, booking_id=form.booking_id, id=form.transaction_id
    ).first()
    if row is None:
        raise RowNotFound
    if row.kind != "payment":
        raise NotAPayment
    if row.status != "open":
        raise NoLongerOpen
    if row.amount_minor != form.shown_minor:
        raise AmountChanged(shown_minor=form.shown_minor, amount_minor=row.amount_minor)
    return row


def _insert(form: PaymentForm, *, row: Transaction, booking: Booking, provider: str) -> Attempt:
    moment, attempt_id = now(), new_id()
    attempt = Attempt.objects.create(
        operator_id=booking.operator_id,
        id=attempt_id,
        booking_id=booking.id,
        provider=provider,
        state=State.INTENDED,
        amount_minor=row.amount_minor,
        currency=booking.currency,
        channel=form.channel,
        form_key=form.form_key,
        provider_key=f"attempt-{attempt_id}",
        next_ask_at=moment + timedelta(seconds=wait_s(State.INTENDED, asked=0) or 0),
        created_at=moment,
        changed_at=moment,
    )
    AttemptCover.objects.create(
        operator_id=booking.operator_id,
        attempt_id=attempt_id,
        transaction_id=row.id,
        row_minor=row.amount_minor,
    )
    append_timeline(
        Event(
            operator_id=booking.operator_id,
            booking_id=booking.id,
            kind="attempt_started",
            actor="Customer",
            occurred_at=moment,
            payload={
                "text": "Card payment started",
                "amount_minor": row.amount_minor,
                "currency": booking.currency,
                "channel": form.channel,
                "attempt_id": str(attempt_id),
            },
            source_key=f"attempt:{attempt_id}:started",
        )
    )
    return attempt


def _request(form: PaymentForm, *, attempt: Attempt, description: str) -> PaymentRequest:
    return PaymentRequest(
        attempt_id=attempt.id,
        idempotency_key=attempt.provider_key,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=description,
        return_url=form.return_url.replace("{attempt}", str(attempt.id)),
        locale=form.locale,
        frame_style=form.frame_style,
    )
