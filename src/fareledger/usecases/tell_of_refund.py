"""Emails to a customer about a refund on its way and one that did not get through; one that arrived has its receipt.

Each is queued in the transaction that records what the provider told, once a part, however often it is told. Who asked
for a refund, and why it failed, is the operator's own business.
"""

from __future__ import annotations

from typing import Literal

from fareledger.persistence.models import Attempt, RefundPart
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now
from fareledger.usecases.lock_booking import LockedBooking
from fareledger.usecases.queue_email import Letter, queue_email
from fareledger.usecases.refund_wording import instrument_of

RefundNews = Literal["refund_on_its_way", "refund_failed"]


def email_refund_news(
    operator: Operator, *, locked: LockedBooking, part: RefundPart, news: RefundNews
) -> None:
    """Queue the email about a part, unless the customer has it already, inside the caller's transaction."""
    payment = Attempt.objects.get(operator_id=operator.id, id=part.payment_attempt_id)
    payload: dict[str, object] = {
        "amount_minor": part.amount_minor,
        "instrument": instrument_of(payment),
        "told_on": now().astimezone(operator.time_zone).date().isoformat(),
    }
    letter = Letter(kind=news, source_key=f"{news}:{part.id}", payload=payload)
    queue_email(operator, booking=locked.booking, letter=letter)
