"""What a customer pressed to pay, and why it may not go ahead. Values only; `intend_payment.py` decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from fareledger.domain.errors import Conflict, NotFound, Refused
from fareledger.domain.paying import Wanted
from fareledger.usecases.open_portal_session import Visit

Means = Literal["card", "saved_card", "bank"]
# How a means is kept with the attempt and with the rows it closes.
METHODS: Final[Mapping[Means, str]] = {
    "card": "credit_card",
    "saved_card": "credit_card",
    "bank": "bank_transfer",
}


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
    """The amount is another than the customer was shown; nothing may be charged that was not shown."""

    def __init__(self, *, shown_minor: int, amount_minor: int, code: str = "amount_changed") -> None:
        super().__init__(code=code, message="The amount has changed since this page was opened.")
        self.shown_minor = shown_minor
        self.amount_minor = amount_minor


class BalanceChanged(AmountChanged):
    """What is left to pay in all is another amount than the customer was shown."""

    def __init__(self, *, shown_minor: int, amount_minor: int) -> None:
        super().__init__(shown_minor=shown_minor, amount_minor=amount_minor, code="balance_changed")


class FormKeyReused(Conflict):
    """A form key that belongs to another payment."""

    def __init__(self) -> None:
        super().__init__(code="form_key_reused", message="This form was used for another payment.")


class NoSavedCard(Conflict):
    """There is no stored card to charge, or not any more."""

    def __init__(self) -> None:
        super().__init__(code="no_saved_card", message="There is no saved card to pay with.")


@dataclass(frozen=True, kw_only=True)
class PaymentForm:
    """What the customer pressed: how much, with what, and a key made with the page. Amounts in minor units.

    `amount_minor` is what the button said; "next" means the row `transaction_id`, or the one due first. `balance_minor`
    is what was shown as left to pay (None: nothing was). `bank` is the provider's id of a bank and `bank_name` its
    name. `request_id` is a consent that this payment stores its card for. A saved card needs the `visit`. `return_url`
    may hold `{attempt}`, which becomes the attempt's id. `frame_style` maps surface, ink, muted, border, brand,
    brand_on, radius, color_scheme to values, so that the provider's form looks like the page around it.
    """

    booking_id: UUID
    amount_minor: int
    form_key: str
    channel: str
    return_url: str
    locale: str
    frame_style: Mapping[str, str]
    wanted: Wanted = "next"
    transaction_id: UUID | None = None
    balance_minor: int | None = None
    method: Means = "card"
    bank: str = ""
    bank_name: str = ""
    request_id: UUID | None = None
    visit: Visit | None = None
