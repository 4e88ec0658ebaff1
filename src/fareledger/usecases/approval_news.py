"""Tells what became of approvals: to the booking's timeline, to other systems and, by email, to the customer.

Everything is written in the transaction of the fact. Why an approval ends is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Approval, Booking, ConsentEvidence, EmailMessage, Mandate
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import found_once
from fareledger.usecases.announce import News, announce
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import counted, plain_amount
from fareledger.usecases.queue_email import Letter, queue_email

_WHY: Final = {
    "withdrawn": "withdrawn by the customer",
    "used": "used: the payment was made",
    "replaced": "replaced by a new one",
    "plan_changed": "ended, because the payment changed; it needs a new one",
    "cancelled": "ended with the booking",
    "card_removed": "ended, because its card was removed; it needs a new one",
}
# What the customer is written to about; a payment has its receipt, and a withdrawal its own email.
_WRITTEN: Final = ("plan_changed", "cancelled", "card_removed")


def tell_given(
    operator: Operator,
    *,
    booking: Booking,
    given: Sequence[Approval],
    evidence: ConsentEvidence,
    mandate: Mandate,
) -> None:
    """Tell that approvals began, and send the customer a copy of what they agreed to."""
    sum_minor = sum(approval.amount_minor for approval in given)
    payload: dict[str, object] = {
        "text": f"Approved {counted(len(given), noun='scheduled payment')} of "
        f"{plain_amount(sum_minor, currency=booking.currency)} in all, from {card_words(mandate)}",
        "approvals": [_told(approval) for approval in given],
        "consent_version": evidence.text_version,
        "consent_locale": evidence.locale,
        "consent_sha256": evidence.text_sha256,
        "evidence_id": str(evidence.id),
    }
    _append(booking, kind="approval_given", actor="Customer", payload=payload, key=str(given[0].id))
    _announce(booking, event="approval.given", approvals=given)
    letter = Letter(
        kind="approval_given",
        source_key=f"approval_given:{given[0].id}",
        payload={
            "approved": _rows(given),
            "instrument": card_words(mandate),
            "consent_text": evidence.text,
            "consent_version": evidence.text_version,
            "consent_sha256": evidence.text_sha256,
            "given_at": evidence.given_at.isoformat(),
        },
    )
    queue_email(operator, booking=booking, letter=letter)


def tell_ended(booking: Booking, *, ended: Sequence[Approval]) -> None:
    """Tell that approvals ended, for whatever reason; the customer is written to once a transaction."""
    for approval in ended:
        because = approval.ended_because
        amount = plain_amount(approval.amount_minor, currency=approval.currency)
        payload = {
            "text": f"Approval of {amount} on {approval.earliest_date.isoformat()} {_WHY[because]}",
            "because": because,
            **_told(approval),
        }
        kind = "approval_withdrawn" if because == "withdrawn" else "approval_ended"
        actor = "Customer" if because in ("withdrawn", "replaced") else "Worker"
        _append(booking, kind=kind, actor=actor, payload=payload, key=str(approval.id))
        _announce(booking, event=kind.replace("_", "."), approvals=[approval])
    _write_to_customer(booking, ended=[one for one in ended if one.ended_because in _WRITTEN])
    withdrawn = [one for one in ended if one.ended_because == "withdrawn"]
    if withdrawn:
        letter = Letter(
            kind="approval_withdrawn",
            source_key=f"approval_withdrawn:{withdrawn[0].id}",
            payload={"approved": _rows(withdrawn)},
        )
        queue_email(by_id(booking.operator_id), booking=booking, letter=letter)


def tell_not_begun(
    booking: Booking, *, missed: Iterable[tuple[str, str, int]], request_id: str, no_card: bool = False
) -> None:
    """Tell that payments changed before their card was stored, or that none was, so that they are not approved.

    Each is the id of its row, its due date as it was shown and its amount in minor units.
    """
    lost = sorted(missed, key=lambda one: one[1])
    payload: dict[str, object] = {
        "text": f"{counted(len(lost), noun='scheduled payment')} {'' if no_card else 'changed meanwhile and '}"
        f"{'is' if len(lost) == 1 else 'are'} not approved{': no card was stored' if no_card else ''}",
        "rows": [row_id for row_id, _, _ in lost],
    }
    _append(booking, kind="approval_ended", actor="Customer", payload=payload, key=f"request:{request_id}")
    letter = Letter(
        kind="approval_ended",
        source_key=f"approval_ended:request:{request_id}",
        payload={
            "approved": [[day, amount_minor] for _, day, amount_minor in lost],
            "cancelled": booking.status == "cancelled",
        },
    )
    queue_email(by_id(booking.operator_id), booking=booking, letter=letter)


def tell_left_out(booking: Booking, *, ended: Sequence[Approval]) -> None:
    """Write to the customer about approvals that ended with a card and are not among those from the next one."""
    _write_to_customer(booking, ended=ended)


def card_words(mandate: Mandate) -> str:
    """Write "Visa ending 4242", as receipts do."""
    brand = {"amex": "American Express"}.get(mandate.card_brand, mandate.card_brand.capitalize()) or "Card"
    return f"{brand} ending {mandate.card_last4}"


def _write_to_customer(booking: Booking, *, ended: Sequence[Approval]) -> None:
    """Queue one email for everything that ended in this transaction: what ends later in it joins the first."""
    if not ended:
        return
    queued = found_once("email of ended approvals", find=dict)
    standing = queued.get(booking.id)
    if standing is not None:
        email = EmailMessage.objects.get(operator_id=booking.operator_id, id=standing)
        email.payload["approved"] = sorted([*email.payload["approved"], *_rows(ended)])
        email.save()
        return
    letter = Letter(
        kind="approval_ended",
        source_key=f"approval_ended:{ended[0].id}",
        payload={
            "approved": _rows(ended),
            "cancelled": any(one.ended_because == "cancelled" for one in ended),
        },
    )
    queued[booking.id] = queue_email(by_id(booking.operator_id), booking=booking, letter=letter)


def _rows(approvals: Iterable[Approval]) -> list[list[object]]:
    ordered = sorted(approvals, key=lambda one: (one.earliest_date, one.id))
    return [[one.earliest_date.isoformat(), one.amount_minor] for one in ordered]


def _told(approval: Approval) -> dict[str, object]:
    return {
        "transaction_id": str(approval.transaction_id),
        "amount_minor": approval.amount_minor,
        "earliest_date": approval.earliest_date.isoformat(),
    }


def _append(booking: Booking, *, kind: str, actor: str, payload: dict[str, object], key: str) -> None:
    append_timeline(
        Event(
            operator_id=booking.operator_id,
            booking_id=booking.id,
            kind=kind,
            actor=actor,
            occurred_at=now(),
            payload={**payload, "currency": booking.currency},
            source_key=f"{kind}:{key}",
        )
    )


def _announce(booking: Booking, *, event: str, approvals: Sequence[Approval]) -> None:
    news = [
        News(
            event=event,
            booking_id=booking.id,
            source_key=f"{event}:{approval.id}",
            data={
                "approval": {
                    "transaction_id": str(approval.transaction_id),
                    "amount": approval.amount_minor,
                    "currency": approval.currency,
                    "earliest_date": approval.earliest_date.isoformat(),
                    "because": approval.ended_because or None,
                }
            },
        )
        for approval in approvals
    ]
    announce(booking.operator_id, news=news)
